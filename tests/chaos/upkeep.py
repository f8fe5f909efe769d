"""What is done to a database while it is used, and eight phones go on: an update, a backup that is restored. `make chaos`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
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
from tests.chaos.servers import Web, url_of
from tests.deploy.conftest import in_database, script_on
from tests.factories import make_patient, make_prescription
from tests.plugins.database import TestDatabase
from tests.rows import make_history

MANY, REPS_OF_A_SET = 1_000_000, 20
READ_S = 5
RESTORED_WITHIN_S = 120
REPS_OF_PHONES = """
    SELECT rep.id FROM progress_rep rep JOIN progress_exerciseset row ON row.id = rep.exercise_set_id
    JOIN progress_exercisesession one ON one.id = row.exercise_session_id WHERE one.patient_id = ANY(%s)
"""


@pytest.fixture
def many(live_db: TestDatabase) -> Iterator[None]:
    """Let a clinic have recorded a million repetitions."""
    with live_db.owner_connection() as owner:
        make_reps(owner, MANY)
        yield
        # Deleted row by row, as the rows of other tests are, so many take minutes.
        owner.execute("TRUNCATE progress_exercisesession CASCADE")


def test_migration_under_traffic(many: None, run: Run, web: Web, live_db: TestDatabase):
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


def test_backup_under_load(
    many: None, run: Run, web: Web, patients: list[Patient], live_db: TestDatabase, tmp_path: Path
):
    """The script of the container `backup`: what was acknowledged before it began is there once it was restored elsewhere.

    That every table is what stood at the instant of the dump is compared by the script itself, with its stamp.
    """
    backup = script_on(connection.settings_dict, live_db.owner, tmp_path)
    stood: set[UUID] = set()
    made: list[str] = []

    def back_up() -> str:
        with live_db.owner_connection() as owner:
            stood.update(reps_of(owner, patients))
        begun = time.monotonic()
        done = backup("now")
        assert done.returncode == 0, done.stderr
        made.append(done.stdout.strip())
        return f"made in {time.monotonic() - begun:.1f} s"

    outcome = run(f"backup of {MANY:,} repetitions", web.address, back_up)
    with live_db.empty_database() as name:
        begun = time.monotonic()
        restored = backup("restore", made[0], name)
        took = time.monotonic() - begun
        assert restored.returncode == 0, restored.stderr
        with in_database(live_db, name) as other, live_db.owner_connection() as owner:
            held, now = reps_of(other, patients), reps_of(owner, patients)

    outcome.note += f", restored and compared with its stamp in {took:.1f} s"
    assert "tables have the rows and checksums of the stamp" in restored.stderr
    # Some came while it was made, so it was made under load.
    assert set() < stood <= held < now
    assert took < RESTORED_WITHIN_S


def reps_of(looker: psycopg.Connection, patients: list[Patient]) -> set[UUID]:
    """Return which repetitions of these patients a database holds."""
    return {row for (row,) in looker.execute(REPS_OF_PHONES, [[patient.pk for patient in patients]])}
