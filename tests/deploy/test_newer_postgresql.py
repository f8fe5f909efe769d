"""From PostgreSQL 15 to that of the tests by dump and restore, as docs/hosting.md says."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.deploy.conftest import script_on

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")
OS_RELEASE = Path("/etc/os-release")
# Debian 12, whose packages have PostgreSQL 15.
HAS_15 = re.compile("^VERSION_CODENAME=bookworm$", flags=re.MULTILINE)


@pytest.fixture
def postgresql_15() -> Iterator[dict[str, str]]:
    """Start PostgreSQL 15 with owner, app role and an empty database; return how to reach it."""
    if not POSTGRESQL_15.is_dir() or os.geteuid() != 0:
        missing = "NOT CHECKED: PostgreSQL 15 is not installed here, or this is not root"
        if os.environ.get("CI") == "true" and os.geteuid() == 0 and HAS_15.search(OS_RELEASE.read_text()):
            pytest.fail(f"{missing}; .ci/run installs it")
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="kneecoach-15-"))
    shutil.chown(folder, "postgres", "postgres")

    def as_postgres(*command: str | Path) -> None:
        subprocess.run(["runuser", "-u", "postgres", "--", *command], check=True, cwd="/", stdout=subprocess.DEVNULL)

    as_postgres(POSTGRESQL_15 / "initdb", "-D", folder / "data", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    as_postgres(
        POSTGRESQL_15 / "pg_ctl",
        "-D",
        folder / "data",
        "-w",
        "-l",
        folder / "log",
        "-o",
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off",
        "start",
    )
    try:
        with psycopg.connect(dbname="postgres", user="postgres", host=str(folder), autocommit=True) as server:
            for statement in (
                "CREATE ROLE kneecoach_owner LOGIN",
                "CREATE ROLE kneecoach_app LOGIN",
                "CREATE DATABASE kneecoach OWNER kneecoach_owner",
            ):
                server.execute(statement)
        yield {"HOST": str(folder), "PORT": "5432", "NAME": "kneecoach"}
    finally:
        as_postgres(POSTGRESQL_15 / "pg_ctl", "-D", folder / "data", "-m", "fast", "stop")
        shutil.rmtree(folder)


@pytest.mark.slow
def test_from_postgresql_15_to_18_by_dump_and_restore(live_db, postgresql_15, empty, tmp_path):
    def manage(*arguments: str, owner: str, server: dict[str, str], name: str, stdin: str = "") -> None:
        address = f"postgresql://{owner}@/{name}?host={server['HOST']}&port={server['PORT']}"
        known = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings", "CHECK_PASSWORD": "x" * 20}
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env={**os.environ, **known},
            input=stdin,
            text=True,
            check=True,
            timeout=300,
        )

    seed = (settings.BASE_DIR / "deploy" / "check_seed.py").read_text()
    manage("prepare_database", "--verbosity=0", owner="kneecoach_owner", server=postgresql_15, name="kneecoach")
    manage("shell", "--verbosity=0", owner="kneecoach_app", server=postgresql_15, name="kneecoach", stdin=seed)
    made = script_on(postgresql_15, "kneecoach_owner", tmp_path)("now")
    assert made.returncode == 0, made.stderr

    new = connection.settings_dict
    restored = script_on(new, live_db.owner, tmp_path)("restore", made.stdout.strip(), empty)

    assert restored.returncode == 0, restored.stderr
    stamp = json.loads((tmp_path / f"{made.stdout.strip()}.json").read_text())
    assert (stamp["postgresql"], stamp["tables"]["exercises_prescription"]["rows"]) == (15, 1)
    manage("prepare_database", "--verbosity=0", owner=live_db.owner, server=new, name=empty)
