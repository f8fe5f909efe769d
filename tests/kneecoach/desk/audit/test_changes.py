"""The change history of one patient: complete, in words, however the change came, and cheap whatever its length."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exercises.models import PrescriptionPause
from kneecoach.accounts.models import Patient, User
from kneecoach.desk.audit.changes import ROWS, Change, load_changes
from progress import services
from progress.models import ExerciseSet, PainRating, RedFlagSign, Rep
from tests.factories import a_moment, make_finished_session, make_message, make_prescription, make_red_flag
from tests.rows import make_mornings

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


def changes(patient: Patient, table: str, **asked: Any) -> list[Change]:
    """Return the changes of one kind of row, the oldest first."""
    found: list[Change] = []
    for number in range(1, 9):
        page = load_changes(patient.pk, page=str(number), **asked)
        found += page.object_list
        if not page.has_next():
            break
    return [change for change in reversed(found) if change.table == table]


def told(change: Change) -> dict[str, tuple[str, str]]:
    """Return the fields of a change: from what to what."""
    return {field.label: (field.before, field.after) for field in change.fields}


def test_tells_who_changed_what_from_what_to_what(physio_client: Client, physiotherapist: User, patient: Patient):
    form = {"name": "Anna Changed", "birth_date": "1990-05-17", "side": "left", "time_zone": "Europe/London"}
    response = physio_client.post(
        f"/admin/accounts/patient/{patient.pk}/change/", {**form, "lead_physiotherapist": str(physiotherapist.pk)}
    )
    assert response.status_code == 302

    added, changed = changes(patient, "Patient")

    assert (added.kind, added.kind_words) == ("insert", "added")
    assert added.who == "nobody logged in: the system or the database"
    assert told(added)["name"] == ("–", "Anna Knee")
    assert told(added)["lead physiotherapist"] == ("–", "Petra Physio")
    assert (changed.kind, changed.who) == ("update", "Petra Physio")
    assert told(changed) == {"name": ("Anna Knee", "Anna Changed"), "knee": ("right", "left")}


def test_what_goes_past_the_site_is_there_too(patient: Patient):
    make_finished_session(patient=patient, now=NOW, reps=2)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE progress_painrating SET value = 9 WHERE patient_id = %s AND moment = 'worst'", [patient.pk]
        )
    Rep.objects.filter(exercise_set__exercise_session__patient=patient).update(voided_at=NOW)
    ExerciseSet.objects.bulk_update(
        [row for row in ExerciseSet.objects.all() if not setattr(row, "felt_muscle", "no")], ["felt_muscle"]
    )

    rated = [change for change in changes(patient, "Pain rating") if change.kind == "update"]
    assert [(told(change)["pain"][1], change.who) for change in rated] == [
        ("9", "nobody logged in: the system or the database")
    ]
    taken_back = changes(patient, "Repetition")
    assert [(change.kind, told(change)["taken back"]) for change in taken_back] == [
        ("update", ("?", "25 November 2026, 08:00:00"))
    ] * 2
    felt = [change for change in changes(patient, "Set") if "felt the muscle" in told(change)]
    assert told(felt[-1])["felt the muscle"][1] == "no"


def test_rows_without_a_column_of_the_patient_and_rows_that_are_gone(
    physiotherapist: User, patient: Patient, other_patient: Patient
):
    for who in (patient, other_patient):
        prescription = make_prescription(patient=who, now=NOW)
        pause = PrescriptionPause.objects.create(prescription=prescription, from_on="2026-12-24")
        report = make_red_flag(patient=who, now=NOW)
        RedFlagSign.objects.create(report=report, code="calf")
        pause.delete()

    assert [change.kind for change in changes(patient, "Pause")] == ["insert", "delete"]
    assert told(changes(patient, "Pause")[1])["from"] == ("24 December 2026", "–")
    signs = [told(change)["sign"] for change in changes(patient, "Sign")]
    assert signs == [("–", "calf painful, swollen, warm or of another colour")]


def test_corrections_are_part_of_it(physiotherapist: User, patient: Patient):
    session = make_finished_session(patient=patient, now=NOW, reps=1)
    services.correct(session=session, changes=[services.Change("effort", value=3)], by=physiotherapist, now=NOW)

    (corrected,) = changes(patient, "Correction")

    assert (corrected.who, corrected.at, told(corrected)["corrected value"]) == ("Petra Physio", NOW, ("–", "3"))


def test_zero_and_missing_are_two_things(patient: Patient):
    make_mornings(patient=patient, until=NOW, days=1, pain=0)
    PainRating.objects.update(status="skipped", value=None)

    rated = changes(patient, "Pain rating")

    assert [told(change)["pain"] for change in rated] == [("–", "0"), ("0", "–")]


def test_account_of_the_patient_is_part_of_it_without_a_password(patient: Patient):
    patient.user.email = "elsewhere@example.org"
    patient.user.set_password("a secret long word")
    patient.user.save()

    changed = changes(patient, "User")[-1]

    assert told(changed) == {"e-mail": ("anna.knee@example.org", "elsewhere@example.org")}


def test_without_texts_only_their_length_is_told(patient: Patient):
    make_message(patient=patient, body="It clicks", now=NOW)

    with_texts, without = (changes(patient, "Message", with_texts=value)[0] for value in (True, False))

    assert told(with_texts)["text"] == ("–", "It clicks")
    assert told(without)["text"] == ("–", "a text of 9 characters")
    assert told(changes(patient, "Patient", with_texts=False)[0])["name"] == ("–", "Anna Knee")


def test_nothing_of_somebody_else(patient: Patient, other_patient: Patient):
    make_finished_session(patient=other_patient, now=NOW, reps=1)
    PainRating.objects.update(value=9)

    assert {change.table for change in load_changes(patient.pk).object_list} == {"Patient", "User"}


def test_between_two_instants(patient: Patient):
    before = timezone.now() - timedelta(minutes=5)

    assert changes(patient, "Patient", since=before, until=timezone.now())
    assert changes(patient, "Patient", until=before) == []
    assert changes(patient, "Patient", since=timezone.now() + timedelta(minutes=5)) == []


def test_pages_hold_all_of_it_once(patient: Patient):
    make_mornings(patient=patient, until=NOW, days=ROWS + 20)

    pages = [load_changes(patient.pk, page=str(number)) for number in (1, 2)]
    days = [told(change)["day"][1] for page in pages for change in page.object_list if change.table == "Pain rating"]

    assert [len(page.object_list) for page in pages] == [ROWS, 22]
    assert len(set(days)) == len(days) == ROWS + 20


def test_number_of_queries_is_flat(patient: Patient, other_patient: Patient):
    make_mornings(patient=other_patient, until=NOW, days=1)
    make_mornings(patient=patient, until=NOW, days=200)
    PainRating.objects.update(value=4)
    counts = []
    for who in (other_patient, patient):
        with CaptureQueriesContext(connection) as captured:
            load_changes(who.pk)
        counts.append(len(captured))

    assert counts[1] <= counts[0] <= 12
