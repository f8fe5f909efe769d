"""Two workers at once on one database and one mail server, while connections are cut and one of them is killed."""

import os
import signal
import subprocess
import sys
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from kneecoach.accounts.models import ClinicSettings, Patient
from kneecoach.reminders.models import Reminder
from tests.kneecoach.reminders.wishing import make_wishing
from tests.smtp import Mailbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("live_db")]

PATIENTS = 60
CUTS, CUT_EVERY = 12, 0.4
APPLICATION = "kneecoach-worker"


def zone_at_ten() -> str:
    """Return a zone in which it is about ten in the morning now: far from the ends of a slot."""
    zones = [f"Etc/GMT{offset:+d}" for offset in range(-13, 12)]
    return min(zones, key=lambda zone: abs(datetime.now(ZoneInfo(zone)).hour - 10))


def make_crowd() -> None:
    """Make patients whose time has just come."""
    zone = zone_at_ten()
    ClinicSettings.objects.create(quiet_from=time(2), quiet_until=time(2, 1))
    wall = (datetime.now(ZoneInfo(zone)) - timedelta(minutes=1)).time().replace(second=0, microsecond=0)
    for number in range(PATIENTS):
        make_wishing(email=f"{number}@example.org")
    Patient.objects.update(time_zone=zone, morning_time=wall, evening_time=None)


def address() -> dict[str, str]:
    """Return how a worker reaches the test database: as the app role, and under a name by which it is found."""
    parts = connection.settings_dict
    found = {name.lower(): str(parts[name]) for name in ("USER", "PASSWORD", "HOST", "PORT") if parts[name]}
    return {**found, "dbname": str(parts["NAME"])}


@contextmanager
def worker(mailbox: Mailbox) -> Iterator[subprocess.Popen[str]]:
    """Run a worker as a process of its own, with a round every half second."""
    environment = {
        **os.environ,
        "DATABASE_URL": psycopg.conninfo.make_conninfo(**address(), application_name=APPLICATION),
        "DJANGO_SETTINGS_MODULE": "kneecoach.settings",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mailbox.port),
        "EMAIL_USE_TLS": "0",
    }
    command = [sys.executable, "manage.py", "runworker", "--every", "0.5"]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def cut_connections() -> int:
    """Let the database end every connection of the workers; return how many there were."""
    with psycopg.connect(**address(), autocommit=True) as own:
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s"
        return int(own.execute(query, [APPLICATION]).fetchone()[0])


def wait_until_settled() -> None:
    """Wait until nothing waits any more."""
    until = clock.monotonic() + 300
    while Reminder.objects.filter(state="waiting").exists() or Reminder.objects.count() < PATIENTS:
        assert clock.monotonic() < until, list(Reminder.objects.values_list("state", "tries", "error"))
        clock.sleep(0.2)


def test_cut_connections_and_a_killed_worker_send_nothing_twice(mailbox: Mailbox):
    make_crowd()
    # Each message takes a moment, so that the trouble falls between them and into them.
    mailbox.rule = lambda address: clock.sleep(0.05) or "accept"
    cut = 0
    with worker(mailbox) as first, worker(mailbox):
        while not mailbox.received:
            clock.sleep(0.05)
        for number in range(CUTS):
            cut += cut_connections()
            if number == CUTS // 2:
                first.send_signal(signal.SIGKILL)
            clock.sleep(CUT_EVERY)
        with worker(mailbox):
            wait_until_settled()

    arrived = mailbox.addresses
    assert len(arrived) == len(set(arrived))
    sent = set(Reminder.objects.filter(state="sent").values_list("patient__user__email", flat=True))
    assert sent <= set(arrived)
    # What was being sent when something broke is all that may be missing: one for each break of each worker.
    lost = Reminder.objects.filter(state="sending").count()
    assert len(sent) + lost == PATIENTS
    # Whoever was cut a moment ago has no connection yet.
    assert cut >= CUTS // 2
    assert lost <= cut + 1
    assert datetime.now(UTC) - Reminder.objects.earliest("due_at").due_at < timedelta(minutes=45)
