"""What breaks in or around the database, while eight phones go on: `make chaos`."""

import threading
import time
from contextlib import suppress

import psycopg

from kneecoach.accounts.models import Patient
from tests.chaos.phones import NOBODY_TO_ASK
from tests.chaos.runs import SERVED_WITHIN_S, STARTED_WITHIN_S, Run, under_load
from tests.chaos.servers import Postgres, Web, every, url_of
from tests.plugins.database import TestDatabase

REFUSED_WITHIN_S = 3.0
LOCKED_S, ONE_LOCKED_S, TAKEN_S = 60, 20, 8
HANGS_S = SERVED_WITHIN_S + 5
# In the order in which a request locks them.
ROWS_OF_ONE = (
    "SELECT FROM progress_exerciseset row JOIN progress_exercisesession one ON one.id = exercise_session_id"
    " WHERE patient_id = %s FOR UPDATE OF row",
    "SELECT FROM progress_exercisesession WHERE patient_id = %s FOR UPDATE",
    "SELECT FROM accounts_patient WHERE id = %s FOR UPDATE",
)
HOG = "hog"


def test_postgres_restarts_at_once(run: Run, web: Web, postgres: Postgres):
    def restart() -> str:
        took: list[float] = []

        def once() -> None:
            begun = time.monotonic()
            postgres.restart_at_once()
            took.append(time.monotonic() - begun)

        every(2.5, 4, once)
        return f"pg_ctl itself took up to {max(took):.1f} s"

    outcome = run("pg_ctl restart -m immediate, 4 times", web.address, restart, within=STARTED_WITHIN_S)

    assert outcome.refused.get("503", 0) > 0
    assert {"500", NOBODY_TO_ASK}.isdisjoint(outcome.refused)


def test_no_connection_left(run: Run, web: Web, postgres: Postgres, live_db: TestDatabase):
    def hog() -> str:
        taken: list[psycopg.Connection] = []
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND application_name <> %s"
        until = time.monotonic() + TAKEN_S
        with postgres.superuser() as superuser:
            while time.monotonic() < until:
                superuser.execute(others, [live_db.app, HOG])
                with suppress(psycopg.OperationalError):
                    while True:
                        taken.append(psycopg.connect(url_of(live_db.app), application_name=HOG))
                time.sleep(0.2)
            for one in taken:
                one.close()
        return f"{len(taken)} taken for {TAKEN_S} s"

    outcome = run("no connection left", web.address, hog, lasts=TAKEN_S)

    assert outcome.refused.get("503", 0) > 0
    assert {"500", NOBODY_TO_ASK}.isdisjoint(outcome.refused)
    assert outcome.slowest_refusal < REFUSED_WITHIN_S


def test_lock_is_held(run: Run, web: Web, live_db: TestDatabase):
    """Everybody waits for it: each is told to come again, also who waits behind others."""

    def hold() -> None:
        with live_db.owner_connection() as holder, holder.transaction():
            holder.execute("LOCK TABLE progress_rep IN ACCESS EXCLUSIVE MODE")
            time.sleep(LOCKED_S)

    outcome = run(f"lock on the repetitions for {LOCKED_S} s", web.address, hold, lasts=LOCKED_S)

    assert outcome.refused.get("503", 0) > 0
    assert {"500", NOBODY_TO_ASK}.isdisjoint(outcome.refused)
    assert outcome.slowest_refusal < REFUSED_WITHIN_S


def test_one_patient_is_locked(run: Run, web: Web, patients: list[Patient], live_db: TestDatabase):
    """Only they wait: everybody else goes on, though each try of theirs takes a thread."""
    locked = patients[0]

    def hold() -> None:
        with live_db.owner_connection() as holder, holder.transaction():
            for query in ROWS_OF_ONE:
                holder.execute(query, [locked.pk])
            time.sleep(ONE_LOCKED_S)

    outcome = run(f"lock on one patient for {ONE_LOCKED_S} s", web.address, hold, lasts=ONE_LOCKED_S)

    waited = dict(outcome.longest_waits)
    assert waited.pop(str(locked.user.email)) > ONE_LOCKED_S / 2
    outcome.note = f"the others waited up to {max(waited.values()):.2f} s"
    assert outcome.refused.get("503", 0) > 0
    assert {"500", NOBODY_TO_ASK}.isdisjoint(outcome.refused)
    assert outcome.slowest_refusal < REFUSED_WITHIN_S
    assert max(waited.values()) < REFUSED_WITHIN_S


def test_one_phone_that_hangs_is_seen(web: Web, patients: list[Patient], live_db: TestDatabase):
    """The control: a fault that is not over for one phone of eight, so the run above would fail."""
    locked = patients[0]
    holder = live_db.owner_connection()
    emails = [str(patient.user.email) for patient in patients]

    def begin_to_hold() -> None:
        holder.execute("BEGIN")
        for query in ROWS_OF_ONE:
            holder.execute(query, [locked.pk])
        threading.Timer(HANGS_S, holder.close).start()

    outcome = under_load("control: the fault is not over for one phone", web.address, begin_to_hold, emails=emails)

    assert (outcome.lost, outcome.doubled, outcome.troubles) == ([], [], [])
    late = outcome.late(lasts=0, within=SERVED_WITHIN_S)
    assert {line.split()[0] for line in late} == {emails[0]}
    assert any(line.endswith("afterwards") for line in late)
