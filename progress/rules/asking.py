"""When a question about the time after a session is open: about an hour later, and the next morning (clinical 1.2, 6.2)."""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta

from progress.rules.days import DAY_START, LocalMoment
from progress.rules.pain import ONE_DAY, SessionPain, asks_hour_later

MORNING_CHECK_ENDS = time(12)
HOUR_LATER_OPENS, HOUR_LATER_CLOSES = timedelta(minutes=45), timedelta(hours=3)


def is_morning_check_open(now: LocalMoment) -> bool:
    """Tell whether the morning check can be answered: from 04:00 to before 12:00 on the wall."""
    return DAY_START <= now.wall.time() < MORNING_CHECK_ENDS


def morning_asks_about(now: LocalMoment, session_days: Container[date]) -> date | None:
    """Return the day whose sessions the morning check is about: the day before, if it had one. None outside its hours."""
    day = now.local_date - ONE_DAY
    return day if is_morning_check_open(now) and day in session_days else None


def is_hour_later_open(ended_at: datetime, now: datetime) -> bool:
    """Tell whether it is about an hour after a session: from 45 minutes to 3 hours, both included.

    Both instants are aware. They are taken to UTC first: in one zone, Python subtracts wall clocks, and a change of the
    clock would count as time.
    """
    return HOUR_LATER_OPENS <= now.astimezone(UTC) - ended_at.astimezone(UTC) <= HOUR_LATER_CLOSES


def knees_to_ask_hour_later(session: SessionPain, *, ended_at: datetime, now: datetime) -> tuple[str, ...]:
    """Return the knees to ask for about an hour later: called for, not answered or skipped yet, and it is the time."""
    if not is_hour_later_open(ended_at, now):
        return ()
    return tuple(side for side in session.knees if asks_hour_later(session, side) and side not in session.hour_later)
