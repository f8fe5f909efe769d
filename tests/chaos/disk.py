"""A disk that fills up under the database, while eight phones go on: `make chaos`.

First the one that holds the whole database but the log, then the one of the log, then what `web` keeps for a while
(/tmp). Each is a small one of its own.
"""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.chaos.phones import NOBODY_TO_ASK, Books, Phone
from tests.chaos.runs import STARTED_WITHIN_S, Run
from tests.chaos.servers import Postgres, Web, webs
from tests.plugins.database import TestDatabase

FULL_S = 8
# A page of each kind that a patient reads.
PAGES = ("/", "/progress/", "/learn/", "/messages/", "/me/reminders/")
SPARE_MB, LOG_MB, TMP_MB = 16, 64, 4
DOCKER_STARTS_ANEW_S = 1.0


class Disk:
    """A small disk; PostgreSQL may write into `place`."""

    def __init__(self, folder: Path, system_user: str | None) -> None:
        self.filler, self.place = folder / "filler", folder / "place"
        subprocess.run(["mkdir", "-m", "700", self.place], check=True, user=system_user)

    def fill(self) -> None:
        """Take all the room that is left."""
        with suppress(OSError), self.filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)

    def free(self) -> None:
        """Give it back."""
        self.filler.unlink(missing_ok=True)


@contextmanager
def small_disk(megabytes: int, postgres: Postgres) -> Iterator[Disk]:
    """Mount a disk, and take it away again; skip where no disk may be mounted."""
    folder = Path("/tmp") / f"kneecoach-disk-{os.getpid()}"  # noqa: S108 -- the account of PostgreSQL has to reach it
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", folder]
    if subprocess.run(command, check=False).returncode:
        folder.rmdir()
        pytest.skip("NOT CHECKED: a disk that fills up needs the right to mount one")
    try:
        yield Disk(folder, postgres.system_user)
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


# --- the disk of the tables ------------------------------------------------------------------------------------------
@contextmanager
def database_on(disk: Disk, postgres: Postgres) -> Iterator[None]:
    """Let the tables, their indexes and what a query sets aside lie there."""
    with postgres.superuser("postgres") as superuser:
        superuser.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(disk.place))))
        move(superuser, "small")
        try:
            yield
        finally:
            disk.free()
            move(superuser, "pg_default")
            superuser.execute("DROP TABLESPACE small")


def move(superuser: psycopg.Connection, space: str) -> None:
    """Move the whole database to another disk. Nobody may be connected meanwhile."""
    connection.close()
    name = connection.settings_dict["NAME"]
    superuser.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
    superuser.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE {}").format(*map(sql.Identifier, (name, space))))


def test_disk_full(run: Run, web: Web, postgres: Postgres, live_db: TestDatabase):
    """Nothing can be written; what is there can be read."""
    with live_db.owner_connection() as owner:
        taken = owner.execute("SELECT pg_database_size(current_database())").fetchone()[0]
    read: list[int] = []

    def fill() -> str:
        reading = Phone(web.address, "phone0@example.org", Books(), threading.Event())
        reading.log_in()
        disk.fill()
        until = time.monotonic() + FULL_S
        while time.monotonic() < until:
            read.extend(reading.ask("GET", page, None, {})[0].status for page in PAGES)
            time.sleep(0.2)
        disk.free()
        reading.hang_up()
        return f"{read.count(200)} of {len(read)} pages read meanwhile"

    with small_disk(taken // 2**20 + SPARE_MB, postgres) as disk, database_on(disk, postgres):
        outcome = run(f"disk of the tables full for {FULL_S} s", web.address, fill, lasts=FULL_S)

    assert outcome.refused.get("503", 0) > 0
    assert {"500", NOBODY_TO_ASK}.isdisjoint(outcome.refused)
    assert set(read) == {200}


# --- the disk of the log ---------------------------------------------------------------------------------------------
@contextmanager
def log_on(disk: Disk, postgres: Postgres) -> Iterator[None]:
    """Let the log (pg_wal) lie there, which begins anew: it has grown with the tests before."""
    log = postgres.folder / "pg_wal"
    connection.close()
    postgres.stop()
    postgres.run("pg_resetwal", "-D", postgres.folder)
    postgres.run("/bin/mv", log, disk.place)
    postgres.run("/bin/ln", "-s", disk.place / log.name, log)
    postgres.start()
    try:
        yield
    finally:
        disk.free()
        connection.close()
        postgres.start_where_it_ended()
        postgres.stop()
        log.unlink()
        postgres.run("/bin/mv", disk.place / log.name, postgres.folder)
        postgres.start()


def test_disk_of_the_log_full(run: Run, web: Web, postgres: Postgres):
    """PostgreSQL ends itself then, and again with each start; what was acknowledged is there once there is room."""

    def fill() -> str:
        disk.fill()
        # What is left of the piece of the log that is just written would last for a while.
        with suppress(psycopg.Error), postgres.superuser() as superuser:
            while True:
                superuser.execute("SELECT pg_switch_wal()")
                superuser.execute("SELECT pg_logical_emit_message(false, 'chaos', 'one more')")
        ended = 0
        until = time.monotonic() + FULL_S
        while time.monotonic() < until:
            ended += postgres.start_where_it_ended()
            time.sleep(DOCKER_STARTS_ANEW_S)
        disk.free()
        freed = time.monotonic()
        while not postgres.is_taking():
            time.sleep(DOCKER_STARTS_ANEW_S)
            postgres.start_where_it_ended()
        assert ended > 0, "PostgreSQL never noticed"
        return f"PostgreSQL ended {ended} times, and was there {time.monotonic() - freed:.1f} s after there was room"

    with small_disk(LOG_MB, postgres) as disk, log_on(disk, postgres):
        name = f"disk of the log full for {FULL_S} s"
        outcome = run(name, web.address, fill, lasts=FULL_S, within=STARTED_WITHIN_S)

    assert outcome.refused.get("503", 0) > 0
    assert {"500", NOBODY_TO_ASK}.isdisjoint(outcome.refused)


# --- the disk of what is kept for a while ----------------------------------------------------------------------------
def test_tmp_full(run: Run, postgres: Postgres, live_db: TestDatabase):
    """Nothing that `web` does needs room there: nobody notices, and a server can be started."""
    read: list[int] = []

    with small_disk(TMP_MB, postgres) as disk:
        disk.fill()
        with webs(live_db, tmp=str(disk.filler.parent)) as (web,):

            def read_on() -> str:
                reading = Phone(web.address, "phone0@example.org", Books(), threading.Event())
                reading.log_in()
                for number in range(FULL_S):
                    time.sleep(1 if number else 0)
                    read.extend(reading.ask("GET", page, None, {})[0].status for page in PAGES)
                reading.hang_up()
                return f"{read.count(200)} of {len(read)} pages read"

            outcome = run("disk of /tmp of web full", web.address, read_on)
        disk.free()

    assert outcome.refused == {}
    assert set(read) == {200}
