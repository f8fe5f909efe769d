"""When a reminder is due: plain values in, plain values out. No Django; `now` is an argument.

Everything goes by the patient's own clock (docs/rules.md, Days and slots): a time that a clock change leaves out is its
next valid minute, one that comes twice is meant the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from progress.rules.days import DAY_START, EVENING_START, Slot, local_moment

# Later than this it is no reminder any more: after an outage none is sent that is older. Below REPEAT_AFTER, so that a
# message and its repeat never come together.
LATE_AT_MOST = timedelta(minutes=45)
REPEAT_AFTER = timedelta(hours=1)
ONE_MINUTE, MINUTES_OF_A_DAY, ONE_DAY = timedelta(minutes=1), 24 * 60, timedelta(days=1)
# What a mail server that is not well gets as pauses. Their sum is below LATE_AT_MOST.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16))


class Kind(StrEnum):
    """The one message of a slot, and its one repeat."""

    FIRST = "first"
    REPEAT = "repeat"


@dataclass(frozen=True)
class QuietHours:
    """Between which nothing goes out: `begin` included, `end` not; over midnight where `begin` is the later of the two."""

    begin: time
    end: time

    def hold(self, wall: time) -> bool:
        """Tell whether it is quiet at a time of day."""
        if self.begin < self.end:
            return self.begin <= wall < self.end
        return wall >= self.begin or wall < self.end


@dataclass(frozen=True)
class Wish:
    """What a patient wants: in which IANA zone they are, their two times, whether to be told again, since when."""

    zone: str
    morning: time | None
    evening: time | None
    repeats: bool
    since: datetime | None = None


@dataclass(frozen=True)
class Planned:
    """One message: of which slot of which day, and the instant from which it may be sent."""

    kind: Kind
    day: date
    slot: Slot
    at: datetime

    @property
    def until(self) -> datetime:
        """Return the instant at which it is too late."""
        return self.at + LATE_AT_MOST


def time_of(slot: Slot, wish: Wish, quiet: QuietHours) -> time | None:
    """Return the time of day of a slot's message: the patient's own, or the end of the quiet hours where it lies in them.

    None without one, and where the quiet hours last until the slot is over.
    """
    wall = wish.morning if slot is Slot.MORNING else wish.evening
    if wall is None or not quiet.hold(wall):
        return wall
    return quiet.end if quiet.end > wall and _slot_at(quiet.end) is slot else None


def planned_on(day: date, wish: Wish, quiet: QuietHours) -> Iterator[Planned]:
    """Yield what is planned for a programme day, whatever has been done on it."""
    for slot in (Slot.MORNING, Slot.EVENING):
        wall = time_of(slot, wish, quiet)
        at = instant_of(datetime.combine(day, wall), wish.zone) if wall else None
        if at is None or not _is_open(slot, day, at, wish.zone, quiet):
            continue
        yield Planned(Kind.FIRST, day, slot, at)
        if wish.repeats and _is_open(slot, day, at + REPEAT_AFTER, wish.zone, quiet):
            yield Planned(Kind.REPEAT, day, slot, at + REPEAT_AFTER)


def due_at(now: datetime, wish: Wish, quiet: QuietHours) -> list[Planned]:
    """Return what is to be sent at an instant: its time has come, is not long past, and it is neither quiet nor too late.

    Whoever asks for reminders after a time of today is reminded from the next one on.
    """
    day = local_moment(now, wish.zone).local_date
    return [
        planned
        for planned in planned_on(day, wish, quiet)
        if planned.at <= now < planned.until
        and (wish.since is None or wish.since <= planned.at)
        and _is_open(planned.slot, day, now, wish.zone, quiet)
    ]


def closes_at(planned: Planned, zone: str, quiet: QuietHours) -> datetime:
    """Return when a message is of no use any more, however late a phone is found: the slot ends, or the quiet hours begin."""
    ends = DAY_START if planned.slot is Slot.EVENING else EVENING_START
    walls = (datetime.combine(planned.day + days * ONE_DAY, wall) for days in (0, 1) for wall in (ends, quiet.begin))
    instants = (instant_of(wall, zone) for wall in walls)
    return min(at for at in instants if at and at > planned.at)


def next_try(tries: int, now: datetime, planned_at: datetime) -> datetime | None:
    """Return when to try again after so many tries; None where it is given up."""
    if tries > len(PAUSES):
        return None
    at = now + PAUSES[tries - 1]
    return at if at < planned_at + LATE_AT_MOST else None


def instant_of(wall: datetime, zone: str) -> datetime | None:
    """Return the instant at which a clock shows a time; the next valid minute where it shows it never, the first of two.

    None where a whole day is left out.
    """
    there = ZoneInfo(zone)
    for minutes in range(MINUTES_OF_A_DAY):
        shown = wall + minutes * ONE_MINUTE
        at = shown.replace(tzinfo=there, fold=0).astimezone(UTC)
        if at.astimezone(there).replace(tzinfo=None, fold=0) == shown:
            return at
    return None


def _is_open(slot: Slot, day: date, at: datetime, zone: str, quiet: QuietHours) -> bool:
    """Tell whether a slot of a day runs at an instant, and nobody is asleep."""
    moment = local_moment(at, zone)
    shown = Slot.MORNING if moment.is_morning else Slot.EVENING
    return moment.local_date == day and shown is slot and not quiet.hold(moment.wall.time())


def _slot_at(wall: time) -> Slot:
    return Slot.MORNING if DAY_START <= wall < EVENING_START else Slot.EVENING
