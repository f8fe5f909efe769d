"""What is over is deleted, to the microsecond, and nothing else; counting first gives the same numbers."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from kneecoach.accounts.models import AccessLog, Consent, Invitation, Patient, User
from kneecoach.desk.audit.tables import events_of
from kneecoach.privacy.rules import Period, load_plan
from kneecoach.privacy.services.expiring import apply_retention, delete_expired
from kneecoach.reminders.jobs import load_jobs
from tests.cast import NOW
from tests.factories import a_moment, make_invitation
from tests.rows import all_rows

MOMENT = timedelta(microseconds=1)
DAYS = st.integers(0, 5000)


@given(days=DAYS, ago=st.timedeltas(timedelta(0), timedelta(days=6000)))
def test_over_means_that_all_its_days_have_passed(days: int, ago: timedelta):
    cutoff = Period("some", "some", days).ended_before(NOW)

    assert cutoff is not None
    assert (NOW - ago <= cutoff) == (ago >= timedelta(days=days))


def test_without_days_nothing_is_ever_over():
    assert Period("record", "as long as the law says").ended_before(NOW) is None


def counts(now: Any = NOW, *, dry_run: bool = True) -> dict[str, int]:
    """Return what is over, without what is not."""
    return {over.what: over.count for over in apply_retention(now, dry_run=dry_run) if over.count}


def make_session(ends: timedelta) -> str:
    """Make a log-in that ends so much after NOW."""
    key = uuid4().hex
    Session.objects.create(session_key=key, session_data="x", expire_date=NOW + ends)
    return key


@pytest.mark.django_db
def test_log_ins_are_over_to_the_microsecond(patient: Patient):
    kept, over = (
        make_session(MOMENT),
        [make_session(timedelta(0)), make_session(-MOMENT), make_session(-timedelta(days=9))],
    )
    found = counts()

    deleted = counts(dry_run=False)

    assert found == deleted == {"sessions.Session": len(over)}
    assert list(Session.objects.values_list("session_key", flat=True)) == [kept]
    assert counts() == {}


@pytest.mark.django_db
def test_invitations_go_after_ninety_days_and_those_that_were_accepted_stay(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    old, _token = make_invitation(patient=patient, by=physiotherapist, now=NOW, way="sheet")
    accepted, _token = make_invitation(patient=other_patient, by=physiotherapist, now=NOW, way="sheet")
    Invitation.objects.filter(pk=accepted.pk).update(accepted_at=NOW)
    Consent.objects.create(patient=other_patient, invitation=accepted, version=1, agreed_at=NOW)
    day = old.expires_at + timedelta(days=90)

    assert delete_expired(day - MOMENT) is not None
    assert Invitation.objects.count() == 2
    assert counts(day)["accounts.Invitation"] == 1

    delete_expired(day)

    assert list(Invitation.objects.values_list("pk", flat=True)) == [accepted.pk]


@pytest.mark.django_db
def test_counters_of_the_cache_go(patient: Patient):
    cache.set("over", 1, timeout=60)
    cache.set("counts", 1, timeout=86400)
    with connection.cursor() as cursor:
        for name, expires in (("over", NOW), ("counts", NOW + MOMENT)):
            query = "UPDATE kneecoach_cache SET expires = %s WHERE cache_key = %s"
            cursor.execute(query, [expires, cache.make_key(name)])

    assert counts() == counts(dry_run=False) == {"kneecoach_cache": 1}


# --- what only the owner may remove ----------------------------------------------------------------------------------
SIX_YEARS = timedelta(days=2192)
# Long over by the database's clock too, which no test sets.
LONG_AGO = a_moment("2019-11-25 08:00")


def look(at: datetime, patient: Patient, by: User) -> int:
    """Write down a look at a patient."""
    return AccessLog.objects.create(actor=by, patient_id=patient.pk, view="patient", at=at).pk


def entry(at: datetime, by: User) -> int:
    """Write down what somebody changed at the desk."""
    return LogEntry.objects.create(user=by, action_time=at, object_repr="x", action_flag=2, change_message="").pk


@pytest.mark.django_db
def test_worker_deletes_old_rows_of_both_logs_to_the_microsecond(patient: Patient, physiotherapist: User):
    assert load_plan().of("accounts.AccessLog").kept.days == SIX_YEARS.days
    ended = LONG_AGO - SIX_YEARS
    kept = [look(ended + MOMENT, patient, physiotherapist), look(NOW, patient, physiotherapist)]
    kept_entries = [entry(ended + MOMENT, physiotherapist)]
    for at in (ended, ended - MOMENT):
        look(at, patient, physiotherapist)
        entry(at, physiotherapist)
    found = counts(LONG_AGO)

    deleted = counts(LONG_AGO, dry_run=False)

    assert found == deleted == {"accounts.AccessLog": 2, "admin.LogEntry": 2}
    assert sorted(AccessLog.objects.values_list("pk", flat=True)) == kept
    assert sorted(LogEntry.objects.values_list("pk", flat=True)) == kept_entries
    assert counts(LONG_AGO) == {}


@pytest.mark.django_db
def test_worker_deletes_the_history_of_what_is_gone(patient: Patient, other_patient: Patient, physiotherapist: User):
    over, _token = make_invitation(patient=patient, by=physiotherapist, now=LONG_AGO, way="sheet")
    accepted, _token = make_invitation(patient=other_patient, by=physiotherapist, now=LONG_AGO, way="sheet")
    Invitation.objects.filter(pk=accepted.pk).update(accepted_at=LONG_AGO)
    new, _token = make_invitation(patient=patient, by=physiotherapist, now=NOW, way="sheet")
    day = over.expires_at + timedelta(days=90)
    of_over = events_of(Invitation).objects.filter(pgh_obj_id=over.pk).count()
    found = counts(day)

    deleted = counts(day, dry_run=False)

    assert found == deleted == {"accounts.Invitation": 1, "accounts.Invitation, history": of_over}
    assert of_over > 0
    assert set(events_of(Invitation).objects.values_list("pgh_obj_id", flat=True)) == {accepted.pk, new.pk}


@pytest.mark.django_db
def test_clock_of_the_database_counts_where_somebody_says_that_it_is_later(patient: Patient, physiotherapist: User):
    look(NOW, patient, physiotherapist)
    entry(NOW, physiotherapist)
    before = all_rows()

    apply_retention(NOW + timedelta(days=40_000), dry_run=False)

    assert all_rows() == before
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("DELETE FROM accounts_accesslog")


@pytest.mark.django_db
def test_command_counts_and_deletes(patient: Patient, physiotherapist: User, capsys: Any):
    look(a_moment("2001-01-01 08:00"), patient, physiotherapist)

    call_command("apply_retention", "--dry-run")
    counted = capsys.readouterr().out.splitlines()
    assert AccessLog.objects.count() == 1
    call_command("apply_retention")
    deleted = capsys.readouterr().out.splitlines()

    assert "        1  accounts.AccessLog" in counted
    assert sorted(counted[:-1]) == sorted(deleted[:-1])
    assert (counted[-1], deleted[-1]) == ("Nothing has changed.", "Done.")
    assert not AccessLog.objects.exists()


def test_worker_does_it():
    assert "kneecoach.privacy.services.expiring.delete_expired" in [job.name for job in load_jobs()]
    assert django_settings.WORKER_JOBS
