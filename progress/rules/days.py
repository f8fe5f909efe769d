"""Local days and slots (docs/rules.md, Days and slots).

The programme day starts at 04:00 wall time: 00:40 belongs to yesterday. With that hour the date never runs backwards
at a clock change, in any zone. All arithmetic is on naive wall time; nobody ever builds a local midnight.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY_START = time(4)
EVENING_START = time(14)
SLOTS_APART = timedelta(hours=4)
LIVE_AT_LEAST = timedelta(hours=2)


class Slot(StrEnum):
    """A planned occasion of a local day. `extra` is a session that fills none."""

    MORNING = "morning"
    EVENING = "evening"
    EXTRA = "extra"


PLANNED_SLOTS = (Slot.MORNING, Slot.EVENING)


@dataclass(frozen=True)
class LocalMoment:
    """An instant as the patient sees it: programme day, wall clock and the offset that made them."""

    local_date: date
    wall: datetime
    utc_offset_minutes: int

    @property
    def is_morning(self) -> bool:
        """Tell whether the morning slot is running: from 04:00 to before 14:00."""
        return DAY_START <= self.wall.time() < EVENING_START


def local_moment(instant: datetime, zone: str) -> LocalMoment:
    """Return the programme day and wall clock of an aware instant in an IANA zone."""
    there = instant.astimezone(ZoneInfo(zone))
    wall = there.replace(tzinfo=None, fold=0)
    offset = there.utcoffset() or timedelta()
    return LocalMoment((wall - timedelta(hours=DAY_START.hour)).date(), wall, round(offset.total_seconds() / 60))


def is_slot_over(slot: Slot, day: date, now: LocalMoment) -> bool:
    """Tell whether a planned slot of a day can no longer be filled in time.

    Morning ends at 14:00 of its day, evening when the next programme day starts.
    """
    if day != now.local_date:
        return day < now.local_date
    return slot is Slot.MORNING and not now.is_morning


def pick_slot(now: LocalMoment, started_in: Mapping[Slot, datetime], at: datetime) -> Slot:
    """Return the slot that a session starting `at` fills.

    `started_in` holds the planned slots of the day that are taken, with the instant their session started. A second
    session in the same slot fills the other one if that is free and the two are at least four hours apart; else it is
    extra. It is never refused.
    """
    own, other = PLANNED_SLOTS if now.is_morning else PLANNED_SLOTS[::-1]
    if own not in started_in:
        return own
    if other not in started_in and abs(at - started_in[own]) >= SLOTS_APART:
        return other
    return Slot.EXTRA


def is_live(*, local_date: date, zone: str, started_at: datetime, at: datetime) -> bool:
    """Tell whether a session that nobody finished can still go on at an instant.

    Until its programme day is over, and for two hours after its start even across 04:00.
    """
    return local_moment(at, zone).local_date <= local_date or at - started_at <= LIVE_AT_LEAST
