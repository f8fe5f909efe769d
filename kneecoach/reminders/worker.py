"""The worker: one round after the other until it is told to stop. A round that fails is logged, and the next one comes."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from django.db import close_old_connections
from django.utils import timezone

from kneecoach.reminders.heartbeat import beat
from kneecoach.reminders.jobs import Clock, Job, run_jobs

log = logging.getLogger(__name__)

SECONDS_BETWEEN_ROUNDS = 30
ENDINGS = (signal.SIGINT, signal.SIGTERM)


def one_round(jobs: Sequence[Job], *, clock: Clock = timezone.now) -> None:
    """Do whatever is due now. Raises what the database raises; what goes wrong in a job is logged there."""

    def alive() -> None:
        beat(clock())

    alive()
    run_jobs(jobs, clock=clock, between=alive)


def is_round_done(work: Callable[[], None]) -> bool:
    """Do a round and tell whether it came to its end. A connection that broke since the last one is made anew."""
    close_old_connections()
    try:
        work()
    except Exception:
        log.exception("A round of the worker failed; the next one comes in %s seconds.", SECONDS_BETWEEN_ROUNDS)
        return False
    finally:
        close_old_connections()
    return True


def run_until(stop: threading.Event, work: Callable[[], None]) -> None:
    """Do one round after the other until somebody sets `stop`; the round that runs then is finished."""
    while not stop.is_set():
        is_round_done(work)
        stop.wait(SECONDS_BETWEEN_ROUNDS)


def stopped_by_signals() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in ENDINGS:
        signal.signal(number, end)
    return stop
