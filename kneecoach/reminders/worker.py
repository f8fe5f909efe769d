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
from kneecoach.reminders.planning import plan
from kneecoach.reminders.sending import send_waiting

log = logging.getLogger(__name__)

SECONDS_BETWEEN_ROUNDS = 30
ENDINGS = (signal.SIGINT, signal.SIGTERM)


def one_round(jobs: Sequence[Job], *, clock: Clock = timezone.now) -> None:
    """Do whatever is due now. What goes wrong in a part is raised when the others had their turn."""

    def alive() -> None:
        beat(clock())

    def remind() -> None:
        plan(clock())
        send_waiting(clock=clock, between=alive)

    alive()
    try:
        remind()
    finally:
        run_jobs(jobs, clock=clock, between=alive)


def is_round_done(work: Callable[[], None]) -> bool:
    """Do a round and tell whether it came to its end. A connection that broke since the last one is made anew."""
    close_old_connections()
    try:
        work()
    except Exception:
        log.exception("A round of the worker failed.")
        return False
    finally:
        close_old_connections()
    return True


def run_until(stop: threading.Event, work: Callable[[], None], *, every: float = SECONDS_BETWEEN_ROUNDS) -> None:
    """Do one round after the other until somebody sets `stop`; the round that runs then is finished."""
    while not stop.is_set():
        is_round_done(work)
        stop.wait(every)


def stopped_by_signals() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in ENDINGS:
        signal.signal(number, end)
    return stop
