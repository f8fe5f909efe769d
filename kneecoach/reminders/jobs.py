"""Jobs that the worker does beside reminders: named in the setting WORKER_JOBS, each begun at most once in its interval.

A job is a function `(now) -> None`. Which of several workers begins it is settled by the database. One that fails is
logged and tried again when its interval is over; the others are not held up.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from kneecoach.reminders.models import JobRun

log = logging.getLogger(__name__)

EACH_HOUR = timedelta(hours=1)
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """One function, and how often it is begun at most."""

    name: str
    run: Callable[[datetime], object]
    every: timedelta = EACH_HOUR


def load_jobs(named: Sequence[str | tuple[str, timedelta]] | None = None) -> list[Job]:
    """Return the jobs of the setting WORKER_JOBS. Raises ImportError for one that is not there."""
    rows = settings.WORKER_JOBS if named is None else named
    pairs = ((row, EACH_HOUR) if isinstance(row, str) else row for row in rows)
    return [Job(name, import_string(name), every) for name, every in pairs]


def run_jobs(jobs: Sequence[Job], *, clock: Clock, between: Callable[[], object] = lambda: None) -> None:
    """Run each job whose time has come, one after the other; `between` is called after each."""
    for job in jobs:
        now = clock()
        if not _begin(job, now):
            continue
        error = _run(job, now)
        JobRun.objects.filter(name=job.name, started_at=now).update(ended_at=clock(), error=error)
        between()


def _run(job: Job, now: datetime) -> str:
    try:
        job.run(now)
    except Exception as error:
        log.exception("Job %s failed; it is tried again in %s.", job.name, job.every)
        return type(error).__name__
    return ""


def _begin(job: Job, now: datetime) -> bool:
    """Tell whether this worker is to run a job now: nobody has begun it within its interval."""
    run, is_new = JobRun.objects.get_or_create(name=job.name, defaults={"started_at": now})
    if is_new:
        return True
    waiting = JobRun.objects.filter(pk=run.pk, started_at__lte=now - job.every)
    return bool(waiting.update(started_at=now, ended_at=None, error=""))
