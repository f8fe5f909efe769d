"""Jobs beside reminders: each begun at most once in its interval, and none holds up another."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from kneecoach.reminders import heartbeat
from kneecoach.reminders.jobs import EACH_HOUR, Job, load_jobs, run_jobs
from kneecoach.reminders.models import Heartbeat, JobRun
from kneecoach.reminders.worker import one_round
from tests.factories import a_moment, later

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
DAILY = timedelta(days=1)


class Recorder:
    """Jobs that note when they were run."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, datetime]] = []

    def job(self, name: str, *, every: timedelta = EACH_HOUR, error: Exception | None = None) -> Job:
        """Return a job that notes its name, and raises what it is told to."""

        def run(now: datetime) -> None:
            self.ran.append((name, now))
            if error:
                raise error

        return Job(name, run, every)


def test_job_is_begun_once_in_its_interval_and_then_again():
    recorder = Recorder()
    jobs = [recorder.job("hourly"), recorder.job("daily", every=DAILY)]
    minutes = (0, 1, 59, 60, 61, 24 * 60)

    for minute in minutes:
        run_jobs(jobs, clock=lambda minute=minute: later(NOW, minutes=minute))

    begun = {
        name: [(at - NOW) / timedelta(minutes=1) for job, at in recorder.ran if job == name]
        for name in ("hourly", "daily")
    }
    assert begun == {"hourly": [0, 60, 24 * 60], "daily": [0, 24 * 60]}


def test_failing_job_is_logged_kept_and_stops_no_other(caplog: pytest.LogCaptureFixture):
    recorder = Recorder()
    jobs = [recorder.job("broken", error=ValueError("own words")), recorder.job("whole")]

    run_jobs(jobs, clock=lambda: NOW)

    assert [name for name, _at in recorder.ran] == ["broken", "whole"]
    assert dict(JobRun.objects.values_list("name", "error")) == {"broken": "ValueError", "whole": ""}
    assert ["Job broken failed" in record.message and bool(record.exc_info) for record in caplog.records] == [True]
    # Tried again when its interval is over, not at once.
    run_jobs(jobs, clock=lambda: later(NOW, minutes=59))
    run_jobs(jobs, clock=lambda: later(NOW, minutes=60))
    assert [name for name, _at in recorder.ran] == ["broken", "whole"] * 2


def test_job_that_was_killed_halfway_is_begun_again_after_its_interval():
    JobRun.objects.create(name="killed", started_at=NOW)
    recorder = Recorder()

    for minutes in (30, 60):
        run_jobs([recorder.job("killed")], clock=lambda minutes=minutes: later(NOW, minutes=minutes))

    assert recorder.ran == [("killed", later(NOW, minutes=60))]
    assert JobRun.objects.get().ended_at == later(NOW, minutes=60)


def a_job(now: datetime) -> None:
    """Do nothing, under a name that can be set."""


def test_setting_names_functions_alone_or_with_their_interval():
    name = "kneecoach.reminders.heartbeat.beat"

    assert load_jobs([name, (name, DAILY)]) == [Job(name, heartbeat.beat, EACH_HOUR), Job(name, heartbeat.beat, DAILY)]


def test_every_job_of_the_setting_is_there():
    assert len(load_jobs()) == len(settings.WORKER_JOBS)


def test_worker_does_not_start_with_a_job_that_is_not_there(settings):
    settings.WORKER_JOBS = ["kneecoach.nothing.here"]

    with pytest.raises(CommandError, match=r"WORKER_JOBS names something that is not there: .*nothing"):
        call_command("runworker", "--once")


def test_round_beats_first_and_after_each_job(settings, tmp_path: Path):
    settings.WORKER_ALIVE_FILE = str(tmp_path / "alive")
    beats: list[datetime] = []
    instants = iter(later(NOW, minutes=minute) for minute in range(10))
    jobs = [Job(name, lambda now: beats.append(Heartbeat.last() or NOW)) for name in ("one", "two")]

    one_round(jobs, clock=lambda: next(instants))

    assert NOW == beats[0] < beats[1] < (Heartbeat.last() or NOW)
    assert Path(settings.WORKER_ALIVE_FILE).exists()


def test_app_role_runs_a_round(django_db_setup):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (django_db_setup.app,)

    one_round([Job("mine", a_job)])

    assert (Heartbeat.objects.count(), JobRun.objects.get().error) == (1, "")
