"""What is done to a database while it is used, and eight phones go on: an update, a backup. `make chaos`."""

import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import sql

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, ExerciseSet, Rep
from progress.rules.days import Slot
from tests.bench.tables import Table
from tests.chaos.newer import COLUMN, INDEX, take_back
from tests.chaos.runs import Run
from tests.chaos.servers import Postgres, Web, url_of
from tests.factories import make_patient, make_prescription
from tests.plugins.database import TestDatabase
from tests.rows import make_history

MANY, REPS_OF_A_SET = 1_000_000, 20
READ_S = 5


def test_migration_under_traffic(run: Run, web: Web, patients: list[Patient], live_db: TestDatabase):
    """As in an update: `prepare_database` of the newer version, while the older one serves and a backup still reads."""
    environment = {**os.environ, "DATABASE_URL": url_of(live_db.owner), "DATABASE_APP_ROLE": live_db.app}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.chaos.newer_settings"
    command = [sys.executable, "manage.py", "prepare_database"]
    place = "SELECT pg_relation_filenode('progress_rep')"

    def migrate() -> str:
        begun = time.monotonic()
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)
        with live_db.owner_connection() as reader, reader.transaction():
            reader.execute("SELECT 1 FROM progress_rep LIMIT 1")
            time.sleep(READ_S)
        assert process.wait(300) == 0
        return f"prepare_database took {time.monotonic() - begun:.1f} s"

    try:
        with live_db.owner_connection() as owner:
            make_reps(owner, MANY)
            stood = owner.execute(place).fetchone()
        outcome = run(f"migrations at {MANY:,} repetitions", web.address, migrate)
        with live_db.owner_connection() as owner:
            query = "SELECT count(*) FROM pg_indexes WHERE indexname = %s"
            assert owner.execute(query, [INDEX]).fetchone() == (1,)
            query = "SELECT convalidated FROM pg_constraint WHERE conname = %s"
            assert owner.execute(query, [f"{COLUMN}_known"]).fetchone() == (True,)
            assert owner.execute(place).fetchone() == stood, "the table was written anew"
    finally:
        with live_db.owner_connection() as owner:
            take_back(owner)
            # Deleted row by row, as the rows of other tests are, so many take minutes.
            owner.execute("TRUNCATE progress_exercisesession CASCADE")

    outcome.note += f", no request more than {max(outcome.longest_waits.values()):.2f} s"
    assert outcome.retries == 0


def make_reps(owner: psycopg.Connection, count: int) -> None:
    """Load as many repetitions of one more patient, who has done sessions for a very long time."""
    patient = make_patient(email="long@example.org", time_zone="UTC")
    make_history(patient=patient, prescription=make_prescription(patient=patient), until=timezone.now(), sessions=1)
    session, row = (model.objects.latest("started_at") for model in (ExerciseSession, ExerciseSet))
    names = [[field.attname for field in model._meta.concrete_fields] for model in (ExerciseSession, ExerciseSet)]
    sessions, sets = Table(ExerciseSession, *names[0]), Table(ExerciseSet, *names[1])
    reps = Table(Rep, "id", "exercise_set_id", "number", "held_ms", "outcome", "method", "done_at", "received_at")
    at = row.started_at
    for _ in range(count // REPS_OF_A_SET):
        session.pk, row.pk, session.slot = uuid4(), uuid4(), Slot.EXTRA
        row.exercise_session_id = session.pk
        sessions.add(*(getattr(session, name) for name in names[0]))
        sets.add(*(getattr(row, name) for name in names[1]))
        for number in range(1, REPS_OF_A_SET + 1):
            reps.add(uuid4(), row.pk, number, 3000, "ok", "guided", at, at)
    connection.close()
    with owner.transaction(), owner.cursor() as cursor:
        for table in (sessions, sets, reps):
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table.name)))
            table.write(cursor)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table.name)))
    owner.execute("VACUUM ANALYZE progress_rep")


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
