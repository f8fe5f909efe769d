"""Sending what waits in the outbox, one message after the other.

Each is marked as being sent, and that is committed, before the server hears of it. So a message is never sent twice:
if the worker dies in between, nobody knows whether it went out, and it is not tried again. Whatever certainly was not
accepted is tried again with growing pauses while it is still a reminder. None holds up another.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from kneecoach.accounts.models import User
from kneecoach.mail_errors import named
from kneecoach.reminders import push
from kneecoach.reminders.fates import Fate
from kneecoach.reminders.jobs import Clock
from kneecoach.reminders.mail import compose, hand_over
from kneecoach.reminders.models import Reminder
from kneecoach.reminders.planning import Due, quiet_hours, still_due
from kneecoach.reminders.rules import LATE_AT_MOST, closes_at, next_try

log = logging.getLogger(__name__)

# Far more than the time-outs of one message together.
LOST_AFTER = timedelta(minutes=5)
State = Reminder.State
SETTLES_AS = {Fate.ACCEPTED: State.SENT, Fate.REFUSED: State.GIVEN_UP, Fate.UNKNOWN: State.UNKNOWN}


def send_waiting(*, clock: Clock, between: Callable[[], object] = lambda: None) -> None:
    """Send every reminder whose time has come. What goes over a server that cannot be reached waits for the next round."""
    settle_lost(clock())
    without = Q()
    while reminder := claim(clock(), without):
        fate = deliver(reminder, clock=clock)
        between()
        if fate is Fate.UNREACHABLE:
            without |= same_way(reminder)


def claim(now: datetime, without: Q | None = None) -> Reminder | None:
    """Take the reminder that waits longest, but for those of `without`, so that no other worker has it, or return None."""
    with transaction.atomic():
        rows = Reminder.objects.filter(state=State.WAITING, next_try_at__lte=now).order_by("next_try_at", "pk")
        if without:
            rows = rows.exclude(without)
        rows = rows.select_related("device").select_for_update(skip_locked=True, of=("self",))
        reminder = rows.first()
        if reminder is not None:
            reminder.state, reminder.settled_at = State.SENDING, now
            reminder.tries += 1
            reminder.save(update_fields=["state", "settled_at", "tries"])
    return reminder


def same_way(reminder: Reminder) -> Q:
    """Return which reminders go over the same server."""
    if reminder.device is None:
        return Q(device=None)
    return Q(device__endpoint__startswith=f"https://{push.host_of(reminder.device.endpoint)}/")


def deliver(reminder: Reminder, *, clock: Clock) -> Fate | None:
    """Send a reminder that this worker has claimed; None where it is not needed any more."""
    now = clock()
    if now >= reminder.due_at + LATE_AT_MOST:
        _settle(reminder, State.GIVEN_UP, now, reminder.error or "too late")
        return None
    due = still_due(reminder, now)
    if due is None:
        _settle(reminder, State.SILENT, now)
        return None
    try:
        fate, error = _hand_over(reminder, due, now)
    except DatabaseError:
        raise
    except Exception as problem:  # a fault of ours in one message is no fault of the others
        log.exception("Reminder %s could not be made.", reminder.pk)
        fate, error = Fate.REFUSED, named(problem)
    now = clock()
    if fate is Fate.GONE and due.device:
        # Its owner has taken it back, in the browser. What was to be sent there goes with it.
        log.info("A browser takes no reminders any more: %s", error)
        due.device.delete()
    elif fate in SETTLES_AS:
        _settle(reminder, SETTLES_AS[fate], now, error)
    else:
        _try_later(reminder, error, now)
    return fate


def _hand_over(reminder: Reminder, due: Due, now: datetime) -> tuple[Fate, str]:
    if due.device is None:
        address = User.objects.values_list("email", flat=True).get(patient=reminder.patient_id)
        return hand_over(compose(reminder, address or ""))
    until = closes_at(due.planned, due.patient.zone_now, quiet_hours())
    return push.hand_over(push.compose(due.device, reminder.kind, until=until, now=now))


def settle_lost(now: datetime) -> None:
    """Let go of what a worker was sending when it died: it is not sent again."""
    lost = Reminder.objects.filter(state=State.SENDING, settled_at__lt=now - LOST_AFTER)
    count = lost.update(state=State.UNKNOWN, settled_at=now, error="worker ended")
    if count:
        log.error("A worker ended while it sent %s reminders: nobody knows whether they arrived.", count)


def _try_later(reminder: Reminder, error: str, now: datetime) -> None:
    at = next_try(reminder.tries, now, reminder.due_at)
    if at is None:
        _settle(reminder, State.GIVEN_UP, now, error)
        return
    log.warning("Reminder %s was not sent, and is tried again: %s", reminder.pk, error)
    Reminder.objects.filter(pk=reminder.pk).update(state=State.WAITING, next_try_at=at, settled_at=now, error=error)


def _settle(reminder: Reminder, state: str, now: datetime, error: str = "") -> None:
    if state in {State.GIVEN_UP, State.UNKNOWN}:
        log.error("Reminder %s: %s after %s tries: %s", reminder.pk, state, reminder.tries, error)
    Reminder.objects.filter(pk=reminder.pk).update(state=state, settled_at=now, error=error)
