"""What is over is deleted, to the microsecond, and nothing else; counting first gives the same numbers."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kneecoach.accounts.models import AccessLog, Consent, Invitation, Patient, User
from kneecoach.desk.audit.tables import events_of
from kneecoach.privacy.rules import Period, load_plan
from kneecoach.privacy.services.expiring import apply_retention, delete_expired
from kneecoach.reminders.jobs import load_jobs
from tests.cast import NOW, Cast
from tests.factories import make_invitation
from tests.kneecoach.privacy.conftest import be
from tests.plugins.database import TestDatabase
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
        cursor.execute("UPDATE kneecoach_cache SET expires = %s WHERE cache_key LIKE %s", [NOW, "%over"])
        cursor.execute("UPDATE kneecoach_cache SET expires = %s WHERE cache_key LIKE %s", [NOW + MOMENT, "%counts"])

    assert counts() == counts(dry_run=False) == {"kneecoach_cache": 1}


@pytest.mark.django_db
def test_app_role_leaves_the_log_alone_and_says_so(patient: Patient, physiotherapist: User, capsys: Any):
    AccessLog.objects.create(actor=physiotherapist, patient_id=patient.pk, view="patient", at=NOW)
    later = NOW + timedelta(days=4000)
    before = all_rows()

    found = {over.what: (over.count, over.is_done) for over in apply_retention(later, dry_run=False)}
    call_command("apply_retention", "--dry-run")

    assert found["accounts.AccessLog"] == (1, False)
    assert all_rows() == before
    assert "accounts.AccessLog  (needs the role that owns the tables)" in capsys.readouterr().out


def test_owner_deletes_old_looks_and_the_history_of_what_is_gone(cast: Cast, as_owner: TestDatabase, capsys: Any):
    period = load_plan().of("accounts.AccessLog").kept
    assert period.days == 2192
    looks = AccessLog.objects.count()
    first = AccessLog.objects.order_by("at").first().at
    AccessLog.objects.create(actor=cast.physiotherapist, patient_id=cast.patient.pk, view="new", at=first + MOMENT)
    day = first + timedelta(days=period.days)
    waiting = Invitation.objects.count()

    found, deleted = counts(day), counts(day, dry_run=False)

    assert found["accounts.AccessLog"] == looks - AccessLog.objects.exclude(view="new").count()
    assert deleted == found
    assert AccessLog.objects.filter(view="new").exists()
    assert deleted["accounts.Invitation"] == waiting
    assert not events_of(Invitation).objects.exists()
    assert Patient.objects.count() == 2
    be(as_owner.app)
    call_command("apply_retention")
    assert "Done." in capsys.readouterr().out


def test_worker_does_it():
    assert "kneecoach.privacy.services.expiring.delete_expired" in [job.name for job in load_jobs()]
    assert django_settings.WORKER_JOBS
