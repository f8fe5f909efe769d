"""What can be asked of the database: the wrong role, missing migrations, a silent worker and another clock are told."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql

from kneecoach.accounts.models import AccessLog
from kneecoach.hosting.doctor import Level, database
from kneecoach.reminders.heartbeat import beat
from tests.factories import a_moment
from tests.kneecoach.hosting.doctor.saying import levels

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


def test_owner_role_is_wrong(as_owner):
    ((level, text),) = levels(database.roles())

    assert level == Level.WRONG
    assert text.startswith("kneecoach_owner owns ")


@pytest.mark.django_db
def test_app_role_that_may_rewrite_the_log_is_wrong(django_db_setup):
    with django_db_setup.owner_connection() as owner:
        owner.execute(f"GRANT UPDATE ON accounts_accesslog TO {django_db_setup.app}")
        try:
            ((level, text),) = levels(database.roles())
        finally:
            owner.execute(f"REVOKE UPDATE ON accounts_accesslog FROM {django_db_setup.app}")

    assert (level, text) == (Level.WRONG, f"{django_db_setup.app} can change or remove rows of accounts_accesslog")


def test_missing_and_unknown_migrations_are_wrong(as_owner):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = '9999_later' WHERE app = 'sessions'")

    found = levels(database.migrations())

    assert found == [
        (Level.WRONG, "1 missing, the first is sessions.0001_initial"),
        (Level.WRONG, "the database is of a newer version, which knows sessions.9999_later"),
    ]


@pytest.mark.django_db
def test_worker_that_was_not_heard_of_is_wrong():
    before = levels(database.worker(NOW))
    beat(NOW - timedelta(minutes=1))

    assert before == [(Level.WRONG, "worker never started")]
    assert levels(database.worker(NOW)) == [(Level.OK, "was heard of in the last five minutes")]


@pytest.mark.django_db
def test_what_should_have_been_deleted_is_wrong(patient, physiotherapist):
    over = a_moment("2010-01-01 08:00") + timedelta(days=2192)
    AccessLog.objects.create(actor=physiotherapist, patient_id=patient.pk, view="x", at=a_moment("2010-01-01 08:00"))

    # The worker deletes each hour: within a day nothing is amiss.
    assert levels(database.retention(over + timedelta(hours=23))) == [
        (Level.OK, "nothing is there for longer than it may be")
    ]
    assert levels(database.retention(over + timedelta(hours=25))) == [
        (Level.WRONG, "1 rows should have been deleted, of accounts.AccessLog")
    ]


def test_databases_that_were_set_aside_are_told_and_wrong_after_a_month(live_db):
    own = connection.settings_dict["NAME"]
    names = [f"{own}_before_{when}" for when in ("20261029080000", "20261101080000", "now")]
    with live_db.owner_connection() as owner:
        for name in names:
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            found, later = (levels(database.set_aside(now)) for now in (NOW, NOW + timedelta(days=1)))
        finally:
            for name in names:
                owner.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))

    stays = "whoever is erased meanwhile stays in it"
    assert found == [
        (Level.NOTE, f"{names[0]} is kept for 30 days: {stays}"),
        (Level.NOTE, f"{names[1]} is kept for 27 days: {stays}"),
    ]
    assert [level for level, _text in later] == [Level.WRONG, Level.NOTE]
    assert levels(database.set_aside(NOW)) == []


@pytest.mark.django_db
def test_clock_of_the_database_that_differs_is_wrong():
    ((level, text),) = levels(database.database_clock(timezone.now() - timedelta(minutes=3)))

    assert (level, text) == (Level.WRONG, "the database's clock differs by 180 s")
