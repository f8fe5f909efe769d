"""What the PostgreSQL of docker-compose.yml writes into its log when a statement fails, on the real server of the tests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from psycopg import sql

from kneecoach.accounts.models import User
from kneecoach.hosting.doctor import Level
from kneecoach.hosting.doctor.database import QUIET_LOG, server_log
from tests.plugins.database import TestDatabase

pytestmark = pytest.mark.skipif(
    not settings.STARTS_OWN_DATABASE, reason="reads the log of a server that it has started"
)
COMMAND = re.compile(r"^    command: \[postgres, (.*)\]$", flags=re.MULTILINE)
OPTION = re.compile(r"-c, (\w+)=(\w+)")


def in_compose() -> dict[str, str]:
    """Return what the command of `db` sets."""
    (command,) = COMMAND.findall((settings.BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8"))
    return dict(OPTION.findall(command))


@contextmanager
def server_with(options: dict[str, str], role: str) -> Iterator[Path]:
    """Let the server treat a role as if it was started with these options; give the path of its log."""
    parts = connection.settings_dict
    of_role = sql.SQL("ALTER ROLE {} IN DATABASE {} ").format(sql.Identifier(role), sql.Identifier(parts["NAME"]))
    with psycopg.connect(
        host=parts["HOST"], port=parts["PORT"] or None, user="postgres", dbname="postgres", autocommit=True
    ) as superuser:
        (folder,) = superuser.execute("SELECT current_setting('data_directory')").fetchone() or ("",)
        for name, value in options.items():
            superuser.execute(of_role + sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        connection.close()
        try:
            yield Path(folder) / "log"
        finally:
            connection.close()
            superuser.execute(of_role + sql.SQL("RESET ALL"))


def logged_for_a_taken_address(log: Path) -> str:
    """Open two accounts with one address; return what the server has logged of it."""
    User.objects.create(email="anna.knee@example.org", password="md5$a-salt$a-hash", name="Anna Knee")
    before = log.stat().st_size
    with pytest.raises(IntegrityError):
        User.objects.create(email="anna.knee@example.org", password="md5$a-salt$a-hash", name="Anna Knee")
    return log.read_bytes()[before:].decode(errors="replace")


def test_server_as_in_compose_logs_that_an_address_was_taken_and_not_which(live_db: TestDatabase):
    with server_with(in_compose(), live_db.app) as log:
        said = logged_for_a_taken_address(log)

    assert "duplicate key value violates unique constraint" in said
    assert [word for word in ("anna.knee", "a-hash", "Anna Knee", "INSERT") if word in said] == []


def test_server_as_it_comes_would_log_the_row(live_db: TestDatabase):
    with server_with({}, live_db.app) as log:
        said = logged_for_a_taken_address(log)

    assert [word for word in ("anna.knee", "a-hash", "Anna Knee", "INSERT") if word not in said] == []


def test_doctor_is_content_with_the_server_of_compose(live_db: TestDatabase):
    with server_with(in_compose(), live_db.app):
        (finding,) = server_log()

    assert (finding.level, finding.text) == (Level.OK, "the server logs no statement and no row")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_min_error_statement", "error"),
        ("log_error_verbosity", "default"),
        ("log_statement", "mod"),
        ("log_min_duration_statement", "10s"),
    ],
)
def test_doctor_names_what_lets_the_server_log_rows(name: str, value: str, live_db: TestDatabase):
    assert name in QUIET_LOG
    with server_with(in_compose() | {name: value}, live_db.app):
        (finding,) = server_log()

    assert finding.level == Level.WRONG
    assert finding.text.endswith(f"password hashes too: {name}={value}")
    assert finding.help.startswith("Set log_min_error_statement=panic, log_error_verbosity=terse")
