"""What breaks in or around the database, while eight phones go on: `make chaos`."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from tests.chaos.newer import INDEX
from tests.chaos.runs import Run
from tests.chaos.servers import Postgres, Web, url_of
from tests.plugins.database import TestDatabase

# connect_timeout and lock_timeout are 5 s. Who comes when all threads of a worker wait for the lock waits for one of them
# first, and then for the lock.
REFUSED_WITHIN_S, REFUSED_BEHIND_OTHERS_WITHIN_S = 6.5, 12
HOG = "hog"


def test_postgres_restarts_at_once(run: Run, web: Web, postgres: Postgres):
    def restart() -> str:
        took = []
        for _ in range(4):
            begun = time.monotonic()
            postgres.restart_at_once()
            took.append(time.monotonic() - begun)
            time.sleep(2.5)
        return f"pg_ctl itself took up to {max(took):.1f} s"

    outcome = run("pg_ctl restart -m immediate, 4 times", web.address, restart)

    assert outcome.refused.get("503", 0) > 0
    assert "500" not in outcome.refused


def test_no_connection_left(run: Run, web: Web, postgres: Postgres, live_db: TestDatabase):
    def hog() -> str:
        taken: list[psycopg.Connection] = []
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND application_name <> %s"
        until = time.monotonic() + 8
        with postgres.superuser() as superuser:
            while time.monotonic() < until:
                superuser.execute(others, [live_db.app, HOG])
                with suppress(psycopg.OperationalError):
                    while True:
                        taken.append(psycopg.connect(url_of(live_db.app), application_name=HOG))
                time.sleep(0.2)
            for one in taken:
                one.close()
        return f"{len(taken)} taken for 8 s"

    outcome = run("no connection left", web.address, hog)

    assert outcome.refused.get("503", 0) > 0
    assert "500" not in outcome.refused
    assert outcome.slowest_refusal < REFUSED_WITHIN_S


def test_lock_is_held(run: Run, web: Web, live_db: TestDatabase):
    def hold() -> None:
        with live_db.owner_connection() as holder, holder.transaction():
            holder.execute("LOCK TABLE progress_rep IN ACCESS EXCLUSIVE MODE")
            time.sleep(12)

    outcome = run("lock on the repetitions for 12 s", web.address, hold)

    assert outcome.refused.get("503", 0) > 0
    assert "500" not in outcome.refused
    assert outcome.slowest_refusal < REFUSED_BEHIND_OTHERS_WITHIN_S


def test_migration_under_traffic(run: Run, web: Web, live_db: TestDatabase):
    """As in an update: `prepare_database` of the newer version, while the older one serves."""
    environment = {**os.environ, "DATABASE_URL": url_of(live_db.owner), "DATABASE_APP_ROLE": live_db.app}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.chaos.newer_settings"

    def migrate() -> str:
        begun = time.monotonic()
        command = [sys.executable, "manage.py", "prepare_database"]
        subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, stdout=subprocess.DEVNULL)
        return f"prepare_database took {time.monotonic() - begun:.1f} s"

    try:
        outcome = run("migration that adds an index", web.address, migrate)
        with live_db.owner_connection() as owner:
            query = "SELECT count(*) FROM pg_indexes WHERE indexname = %s"
            assert owner.execute(query, [INDEX]).fetchone() == (1,)
    finally:
        with live_db.owner_connection() as owner:
            owner.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(INDEX)))
            owner.execute("DELETE FROM django_migrations WHERE app = 'newer'")

    assert outcome.retries == 0


def test_backup_under_load(run: Run, web: Web, postgres: Postgres):
    """The dump holds exactly what stood at its instant, also after it was restored elsewhere."""
    folder = Path("/tmp") / f"kneecoach-chaos-{os.getpid()}"  # noqa: S108 -- the account of PostgreSQL has to reach it
    folder.mkdir()
    folder.chmod(0o777)
    place = ("-h", postgres.host, "-p", str(postgres.port), "-U", "postgres")
    stood: dict[str, tuple[int, str]] = {}

    def dump() -> str:
        begun = time.monotonic()
        with postgres.superuser() as looker, looker.transaction():
            looker.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            snapshot = looker.execute("SELECT pg_export_snapshot()").fetchone()[0]
            name = connection.settings_dict["NAME"]
            postgres.run("pg_dump", *place, "-Fc", "--snapshot", snapshot, "-f", folder / "dump", name)
            took = time.monotonic() - begun
            stood.update(sums_of(looker))
        return f"pg_dump took {took:.1f} s"

    try:
        run("pg_dump under load, restored", web.address, dump)
        with postgres.superuser() as superuser:
            superuser.execute("CREATE DATABASE restored")
        postgres.run("pg_restore", *place, "-d", "restored", "--exit-on-error", folder / "dump")
        with postgres.superuser("restored") as looker:
            assert sums_of(looker) == stood
        assert stood["progress_rep"][0] > 0
    finally:
        with postgres.superuser() as superuser:
            superuser.execute("DROP DATABASE IF EXISTS restored")
        (folder / "dump").unlink(missing_ok=True)
        folder.rmdir()


def sums_of(looker: psycopg.Connection) -> dict[str, tuple[int, str]]:
    """Return how many rows each table has, and a sum over all of them."""
    tables = looker.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    query = sql.SQL("SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {} t")
    return {name: looker.execute(query.format(sql.Identifier(name))).fetchone() for (name,) in tables}


def test_disk_full(run: Run, web: Web, postgres: Postgres):
    """The table of repetitions lies on a disk of its own, which somebody fills."""
    disk = Path("/tmp") / f"kneecoach-disk-{os.getpid()}"  # noqa: S108 -- as above
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0777", "tmpfs", disk], check=False)
    if mounted.returncode:
        disk.rmdir()
        pytest.skip("NOT CHECKED: a disk that fills up needs the right to mount one")
    place = disk / "space"
    subprocess.run(["mkdir", "-m", "700", place], check=True, user=postgres.system_user)
    filler = disk / "filler"

    def fill() -> str:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
        time.sleep(8)
        filler.unlink()
        return "full for 8 s"

    try:
        with postgres.superuser() as superuser:
            superuser.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(place))))
            move(superuser, "small")
        outcome = run("disk full", web.address, fill)
    finally:
        filler.unlink(missing_ok=True)
        with postgres.superuser() as superuser:
            move(superuser, "pg_default")
            superuser.execute("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()

    assert outcome.refused.get("503", 0) > 0
    assert "500" not in outcome.refused


def move(superuser: psycopg.Connection, space: str) -> None:
    """Move the repetitions and their indexes to another disk."""
    query = "SELECT indexname FROM pg_indexes WHERE tablename = 'progress_rep'"
    for (name,) in superuser.execute(query).fetchall():
        superuser.execute(sql.SQL("ALTER INDEX {} SET TABLESPACE {}").format(*map(sql.Identifier, (name, space))))
    superuser.execute(sql.SQL("ALTER TABLE progress_rep SET TABLESPACE {}").format(sql.Identifier(space)))
