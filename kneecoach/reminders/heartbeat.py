"""That a worker is alive: a row for the probes of the web server, a file for the probe of the worker's own container."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from kneecoach.reminders.models import Heartbeat

# Far more than a round takes, and than one mail to a server that does not answer.
SILENT_AFTER = timedelta(minutes=5)


def beat(now: datetime) -> None:
    """Say that this worker is alive and reaches the database. One query."""
    Heartbeat.objects.update_or_create(pk=Heartbeat.THE_ROW, defaults={"beat_at": now})
    if settings.WORKER_ALIVE_FILE:
        Path(settings.WORKER_ALIVE_FILE).touch()


def why_silent(now: datetime) -> str:
    """Return why nobody can count on the worker, in a few words; nothing where it was heard of lately. One query."""
    last = Heartbeat.last()
    if last is None:
        return "worker never started"
    return "worker silent for more than 5 minutes" if now - last > SILENT_AFTER else ""
