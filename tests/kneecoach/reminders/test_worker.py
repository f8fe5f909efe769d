"""The loop: it ends when it is told to, and outlives whatever goes wrong in a round."""

import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from kneecoach.reminders import worker
from kneecoach.reminders.models import Heartbeat


def test_loop_goes_on_after_a_round_that_failed(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    stop = threading.Event()
    rounds: list[int] = []

    def work() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise DatabaseError("gone")
        if len(rounds) == 3:
            stop.set()

    worker.run_until(stop, work, every=0)

    assert rounds == [0, 1, 2]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.fixture
def environment() -> dict[str, str]:
    """Return the environment of a process that reaches the test database as the app role."""
    parts = connection.settings_dict
    address = psycopg.conninfo.make_conninfo(
        dbname=parts["NAME"], user=parts["USER"], password=parts["PASSWORD"], host=parts["HOST"], port=parts["PORT"]
    )
    return {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "kneecoach.settings"}


def wait_for_beat() -> None:
    """Wait until a worker was heard of."""
    until = time.monotonic() + 60
    while Heartbeat.last() is None:
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.usefixtures("live_db")
def test_command_runs_as_the_app_role_and_ends_with_sigterm(environment: dict[str, str]):
    command = [sys.executable, "manage.py", "runworker"]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_for_beat()
        finally:
            process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=30)[0]

    assert process.returncode == 0
    assert output.endswith("The worker has ended.\n")
