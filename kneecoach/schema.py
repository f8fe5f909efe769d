"""The state of the database against the migrations of this version, and changing it by one process at a time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg.errors import LockNotAvailable

# Any number, as long as it stays: PostgreSQL's advisory locks have no names.
LOCK_ID = 0x6B6E6565
SECONDS_BETWEEN_TRIES = 1.0
# Whoever wants a table that a migration waits for queues behind it: so it gives up before they do (env.REQUEST_LIMITS).
MIGRATION_LOCK_TIMEOUT = "'500ms'"
LONGEST_WAIT_FOR_A_TABLE = 600.0
Say = Callable[[str], object]


class DatabaseUnreachable(Exception):
    """No database answered in time; the text is the last reason that was given."""


class NewerDatabase(Exception):
    """The database was used by a newer version; the text names what this one does not know."""


def missing_migrations() -> list[str]:
    """Return the migrations that this version has and the database has not. Raises DatabaseError."""
    executor = MigrationExecutor(connection)
    return [str(migration) for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def unknown_migrations() -> list[str]:
    """Return the migrations that the database has and this version has not: it is newer. Raises DatabaseError."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in set(applied) - known_migrations())


def refuse_newer_database() -> None:
    """Raise NewerDatabase where this version would be a step back."""
    unknown = unknown_migrations()
    if unknown:
        raise NewerDatabase(", ".join(unknown))


def wait_for_database(seconds: float, say: Say) -> None:
    """Return as soon as the database takes a connection; say once that it is waited for. Raises DatabaseUnreachable."""
    end = time.monotonic() + seconds
    has_said = False
    while True:
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            reason = " ".join(str(error).split())
        else:
            return
        if time.monotonic() >= end:
            raise DatabaseUnreachable(reason)
        if not has_said:
            has_said = True
            say(f"Waiting up to {seconds:.0f} s for the database: {reason}")
        time.sleep(SECONDS_BETWEEN_TRIES)


@contextmanager
def only_one(say: Say) -> Iterator[None]:
    """Hold the one lock under which the schema is changed, and wait for whoever holds it.

    It belongs to the connection: a process that dies gives it back.
    """
    with connection.cursor() as cursor:
        # A migration, and the one that is waited for, may take longer than a page may.
        cursor.execute("SET statement_timeout = 0")
        has_said = False
        # Asked for again and again: a statement that waits would itself be waited for by an index that is made meanwhile
        # (CONCURRENTLY), and neither would end.
        while not _has_lock(cursor):
            if not has_said:
                has_said = True
                say("Another process prepares the database; waiting until it is done.")
            time.sleep(SECONDS_BETWEEN_TRIES)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_ID])


class _Migrate(django_migrate.Command):
    """Django's, for a database that is used meanwhile."""

    def migration_progress_callback(self, action: str, migration: Any | None = None, fake: bool = False) -> None:  # noqa: FBT001, FBT002 -- Django's
        """Set how long the next migration may wait for a table."""
        if action == "apply_start" and migration:
            # What is not atomic makes or drops indexes CONCURRENTLY: nobody queues behind that, and given up it leaves
            # half an index.
            _set_lock_timeout(MIGRATION_LOCK_TIMEOUT if migration.atomic else "0")
        super().migration_progress_callback(action, migration, fake)


def migrate(say: Say, *, verbosity: int = 1) -> None:
    """Apply the missing migrations, each as soon as nobody uses its tables for longer than a moment; say once if it waits.

    Requests go on meanwhile. A backup reads every table until it is done. Raises OperationalError after ten minutes.
    """
    end = time.monotonic() + LONGEST_WAIT_FOR_A_TABLE
    has_said = False
    try:
        while True:
            try:
                call_command(_Migrate(), interactive=False, verbosity=verbosity)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable) or time.monotonic() >= end:
                    raise
            else:
                return
            if not has_said:
                has_said = True
                say("A table is in use, by a backup perhaps; trying again until it is free.")
            time.sleep(SECONDS_BETWEEN_TRIES)
    finally:
        _set_lock_timeout("DEFAULT")


def _set_lock_timeout(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {value}")


def _has_lock(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_ID])
    return bool(cursor.fetchone()[0])


@lru_cache(maxsize=1)
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return every migration of this version, also those that one of them stands in for."""
    loader = MigrationLoader(None)
    replaced = (key for migration in loader.disk_migrations.values() for key in migration.replaces)
    return frozenset([*loader.disk_migrations, *replaced])
