"""Preparing the database: patience, one at a time, and no way back."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from kneecoach import schema
from tests.chaos.newer import take_back
from tests.plugins.database import TestDatabase

# At ten a second: through several tries of the migration.
RECORDED_MEANWHILE = 40
APP_MAY_READ = "SELECT has_table_privilege(%s, 'django_session', 'SELECT')"


def prepare(database: TestDatabase, name: str, settings_module: str = "tests.settings") -> subprocess.Popen[str]:
    """Start `prepare_database` as its own process, as the owner, on one of the server's databases."""
    parts = connection.settings_dict
    address = f"postgresql://{database.owner}@/{name}?host={parts['HOST']}&port={parts['PORT']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "prepare_database", "--verbosity=0"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings_module,
            "DATABASE_URL": address,
            "DATABASE_APP_ROLE": database.app,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def empty_database(django_db_setup: TestDatabase) -> Iterator[str]:
    """Return the name of a database with nothing in it."""
    with django_db_setup.empty_database() as name:
        yield name


# --- patience --------------------------------------------------------------------------------------------------------
def test_database_that_does_not_come_is_told_with_the_reason(unreachable_database):
    with pytest.raises(CommandError) as refused:
        call_command("prepare_database", "--wait=0")

    assert refused.value.returncode == 3
    assert str(refused.value).startswith("No database answered within 0 s: ")
    assert '"/nowhere' in str(refused.value)


def test_database_that_comes_late_is_waited_for(django_db_setup, django_db_blocker, monkeypatch):
    said: list[str] = []
    reachable = connection.settings_dict["HOST"]
    monkeypatch.setattr(time, "sleep", lambda seconds: connection.settings_dict.update(HOST=reachable))
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    with django_db_blocker.unblock():
        connection.close()
        schema.wait_for_database(60, said.append)
        is_usable = connection.is_usable()
        connection.close()

    assert is_usable
    assert [line.partition(": ")[0] for line in said] == ["Waiting up to 60 s for the database"]


# --- one at a time ---------------------------------------------------------------------------------------------------
def test_a_second_process_waits_for_the_first(django_db_setup):
    with django_db_setup.owner_connection() as first:
        first.execute("SELECT pg_advisory_lock(%s)", [schema.LOCK_ID])
        second = prepare(django_db_setup, connection.settings_dict["NAME"])
        try:
            # Longer than any statement of a page may wait for a lock.
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(10)
            first.execute("SELECT pg_advisory_unlock(%s)", [schema.LOCK_ID])
            said, _nothing = second.communicate(timeout=60)
        finally:
            second.kill()

    assert said.splitlines() == [
        "Another process prepares the database; waiting until it is done.",
        "The database is ready.",
    ]
    assert second.returncode == 0


@pytest.mark.slow
def test_two_at_once_on_an_empty_database_both_succeed(django_db_setup, empty_database):
    both = [prepare(django_db_setup, empty_database) for _ in range(2)]

    said = [process.communicate(timeout=300)[0].splitlines() for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(len(lines) for lines in said) == [1, 2]


# --- while the site is used ------------------------------------------------------------------------------------------
def test_nobody_queues_behind_a_migration_that_waits_for_a_table(live_db):
    """A backup reads the table to be changed: it is tried again and again, and whoever records gets in between."""
    name = connection.settings_dict["NAME"]
    recorded = 0
    try:
        with live_db.owner_connection() as reader, live_db.owner_connection() as recorder:
            recorder.execute("SET lock_timeout = '3s'")
            with reader.transaction():
                reader.execute("LOCK TABLE progress_rep IN ACCESS SHARE MODE")
                migrating = prepare(live_db, name, "tests.chaos.newer_settings")
                while not migrating.stdout.readline().startswith("A table is in use"):
                    assert migrating.poll() is None
                while recorded < RECORDED_MEANWHILE:
                    with recorder.transaction():
                        recorder.execute("LOCK TABLE progress_rep IN ROW EXCLUSIVE MODE")
                    recorded += 1
                    time.sleep(0.1)
                assert migrating.poll() is None
            said, _nothing = migrating.communicate(timeout=60)
            changed = recorder.execute("SELECT convalidated FROM pg_constraint WHERE conname = 'chaos_leg_known'")
            assert changed.fetchall() == [(True,)]
    finally:
        migrating.kill()
        with live_db.owner_connection() as owner:
            take_back(owner)

    assert (migrating.returncode, said.splitlines()[-1]) == (0, "The database is ready.")


# --- no way back -----------------------------------------------------------------------------------------------------
def test_a_newer_database_is_left_as_it_is(as_owner):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('progress', '9999_later', now())")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        cursor.execute(sql.SQL("REVOKE SELECT ON django_session FROM {}").format(sql.Identifier(as_owner)))

        with pytest.raises(CommandError) as refused:
            call_command("prepare_database", verbosity=0)

        cursor.execute(APP_MAY_READ, [as_owner])
        may_read = cursor.fetchone()
    assert refused.value.returncode == 4
    assert "This version does not know: progress.9999_later." in str(refused.value)
    assert may_read == (False,)
    assert schema.missing_migrations() == ["sessions.0001_initial"]


def test_a_migration_that_another_stands_in_for_is_known(monkeypatch):
    class Squashed:
        replaces = (("progress", "0001_of_long_ago"),)

    class Loader:
        disk_migrations = {("progress", "0001_squashed"): Squashed}

    monkeypatch.setattr(schema, "MigrationLoader", lambda *args, **options: Loader)

    known = schema.known_migrations.__wrapped__()

    assert known == {("progress", "0001_squashed"), ("progress", "0001_of_long_ago")}
