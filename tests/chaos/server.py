"""What breaks on a server, while eight phones go on: `make chaos`. First the harness itself, then the web server."""

import random
import signal
import time
from itertools import cycle

import pytest

from tests.chaos.runs import NO_ANSWER, STARTED_WITHIN_S, Run
from tests.chaos.servers import Balancer, Web, every, webs
from tests.chaos.urls import NAIVE_TABLE
from tests.faults.proxy import Asked, Fault, Proxy
from tests.plugins.database import TestDatabase

CUT_S = 0.5
RECEIVED_EARLIER = """
    SELECT count(*) FROM progress_rep late JOIN progress_rep early USING (exercise_set_id)
    WHERE late.number = early.number + 1 AND late.received_at < early.received_at
"""


# --- the harness itself ----------------------------------------------------------------------------------------------
def test_nothing(run: Run, web: Web):
    outcome = run("none", web.address, lambda: time.sleep(5))

    assert outcome.retries == 0


@pytest.mark.parametrize("is_naive", [False, True], ids=["ours", "naive"])
def test_answers_swallowed(run: Run, web: Web, live_db: TestDatabase, is_naive: bool):  # noqa: FBT001 -- a parameter
    """The control: without an identity of their own, repetitions are there twice. So the harness bites."""
    with live_db.owner_connection() as owner:
        owner.execute("DROP TABLE IF EXISTS naive_rep")
        owner.execute(NAIVE_TABLE)
        owner.execute(f"GRANT SELECT, INSERT ON naive_rep TO {live_db.app}")
        owner.execute(f"GRANT USAGE ON SEQUENCE naive_rep_id_seq TO {live_db.app}")
    proxy = Proxy(web.address)

    def swallow(asked: Asked) -> Fault:
        return Fault.SWALLOW if asked.is_rep and asked.count % 5 == 0 else Fault.NONE

    def fault() -> None:
        proxy.rule = swallow
        time.sleep(6)
        proxy.rule = lambda asked: Fault.NONE

    try:
        name = "every 5th answer swallowed" + (", control: naive" if is_naive else "")
        outcome = run(name, proxy.address, fault, is_naive=is_naive)
    finally:
        proxy.close()
        with live_db.owner_connection() as owner:
            owner.execute("DROP TABLE naive_rep")

    assert outcome.retries > 0
    assert bool(outcome.doubled) is is_naive


def test_connections_cut(run: Run, web: Web):
    """As by a proxy that restarts: reset in the middle of a request, in the middle of an answer, or turned away by it."""
    proxy = Proxy(web.address)
    kinds = cycle((Fault.CUT_REQUEST, Fault.CUT_ANSWER, Fault.BAD_GATEWAY, Fault.DROP))

    def cut() -> None:
        proxy.rule = lambda asked: next(kinds)
        time.sleep(CUT_S)
        proxy.rule = lambda asked: Fault.NONE

    try:
        outcome = run("every connection cut for 0.5 s, 6 times", proxy.address, lambda: every(1.5, 6, cut), lasts=CUT_S)
    finally:
        proxy.close()

    assert outcome.retries > 0


# --- the server ------------------------------------------------------------------------------------------------------
def test_worker_killed(run: Run, web: Web):
    def kill_one() -> None:
        workers = web.workers()
        if workers:
            random.choice(workers).send_signal(signal.SIGKILL)  # noqa: S311 -- any of them

    outcome = run("SIGKILL of a worker, 8 times", web.address, lambda: every(1.0, 8, kill_one))

    assert outcome.retries > 0


def test_whole_group_killed(run: Run, web: Web):
    def kill_and_start() -> None:
        web.kill()
        web.start()

    outcome = run(
        "SIGKILL of the whole group, 3 times",
        web.address,
        lambda: every(5.0, 3, kill_and_start),
        within=STARTED_WITHIN_S,
    )

    assert outcome.retries > 0


def test_clock_set_back(run: Run, web: Web, live_db: TestDatabase):
    """By five seconds, while the clock of the database goes on: what comes later was received earlier."""

    def set_back() -> None:
        web.clock.touch()
        time.sleep(10)

    try:
        outcome = run("clock of the server set back by 5 s", web.address, set_back)
    finally:
        web.clock.unlink(missing_ok=True)

    with live_db.owner_connection() as owner:
        earlier = owner.execute(RECEIVED_EARLIER).fetchone()[0]
    outcome.note = f"{earlier} times a repetition was received before the one before it"
    assert earlier > 0
    assert outcome.retries == 0


def test_rolling_restart_of_three(run: Run, live_db: TestDatabase, postgres: object):
    """One after the other ends with what it has begun, and starts anew: nobody is told anything but yes.

    What has reached the machine just as a server ends, and was not taken by it yet, is not answered: now and then somebody
    has to ask twice.
    """
    with webs(live_db, 3) as made:
        balancer = Balancer([web.address for web in made])

        def restart_one_by_one() -> None:
            for web in made:
                web.stop()
                web.start()
                web.wait()

        try:
            outcome = run("rolling restart of three", balancer.address, restart_one_by_one)
        finally:
            balancer.close()

    assert set(outcome.instead) <= {NO_ANSWER}
