"""What pain means for the day: zones, whether it settled, whether it rises. Three-valued: a missing answer is unknown.

Clinical reference 1.2 to 1.5. Zones are load rules that a physiotherapist sets, no words for how bad pain is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from statistics import median
from uuid import UUID

from progress.rules.limits import PainLimits

# About an hour later is asked when it was at least this much, or rose by this much (docs/rules.md, Sources).
HOUR_LATER_FROM, HOUR_LATER_RISE = 4, 2
# Less than two points is noise on whole numbers (docs/rules.md, Sources).
REAL_CHANGE = 2
WEEK_RATINGS_LEAST = 4
WEEK = timedelta(days=7)
ONE_DAY = timedelta(days=1)


class Zone(StrEnum):
    """Where a number lies between the limits."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Answer(StrEnum):
    """True, false, or not known because an answer is missing. Unknown never counts as yes, and raises nothing."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SessionPain:
    """Pain around one session, by knee ("left", "right"); None or no entry where there is no number.

    `order` sorts the sessions of a patient in time. Corrected numbers, where there are any.
    """

    session_id: UUID
    local_date: date
    order: int
    before: Mapping[str, int | None]
    worst: Mapping[str, int | None]
    hour_later: Mapping[str, int | None]
    is_stopped_for_pain: bool = False
    # Entered more than 48 hours late, from memory or paper, or corrected: shown, but no reason for the next stage.
    is_late: bool = False

    @property
    def knees(self) -> tuple[str, ...]:
        """Return the knees that were asked for at any moment, whether there is a number or not."""
        return tuple(sorted({*self.before, *self.worst, *self.hour_later}))

    @property
    def worst_by_knee(self) -> tuple[int | None, ...]:
        """Return the worst pain of each knee of the session, None for a missing number; (None,) if no knee was asked."""
        return tuple(self.worst.get(side) for side in self.knees) or (None,)

    @property
    def worst_of_all(self) -> int | None:
        """Return the highest number of both knees, None where there is none."""
        return max((value for value in self.worst_by_knee if value is not None), default=None)


@dataclass(frozen=True)
class PainHistory:
    """All pain of some days: sessions in order of time, and each morning's numbers by day and knee.

    `swollen` are the mornings on which a knee was told to be markedly swollen (docs/rules.md, Sources).
    """

    sessions: tuple[SessionPain, ...]
    mornings: Mapping[date, Mapping[str, int | None]]
    swollen: frozenset[date] = frozenset()

    @cached_property
    def rated(self) -> tuple[SessionPain, ...]:
        """Return the sessions with at least one number for the worst pain, oldest first."""
        return tuple(row for row in self._in_order if row.worst_of_all is not None)

    def on(self, day: date) -> tuple[SessionPain, ...]:
        """Return the sessions of a day, first to last."""
        return tuple(row for row in self._in_order if row.local_date == day)

    @cached_property
    def _in_order(self) -> list[SessionPain]:
        return sorted(self.sessions, key=lambda row: row.order)


@dataclass(frozen=True)
class KneeMorning:
    """One knee on a morning, beside its pain before the first session of the day before. None is a missing number."""

    side: str
    session_id: UUID
    before: int | None
    morning: int | None

    def settled(self, limits: PainLimits) -> Answer:
        """Tell whether it is no more than the pain before plus the tolerance."""
        if self.before is None or self.morning is None:
            return Answer.UNKNOWN
        return Answer.YES if self.morning <= self.before + limits.settled_tolerance else Answer.NO


def zone_of(value: int, limits: PainLimits) -> Zone:
    """Return the zone of a number from 0 to 10."""
    if value <= limits.green_max:
        return Zone.GREEN
    return Zone.AMBER if value <= limits.amber_max else Zone.RED


def asks_hour_later(session: SessionPain, side: str) -> bool:
    """Tell whether one knee is asked for about an hour later: at least 4 at its worst, or 2 more than before."""
    worst, before = session.worst.get(side), session.before.get(side)
    if worst is None:
        return False
    return worst >= HOUR_LATER_FROM or (before is not None and worst - before >= HOUR_LATER_RISE)


def knees_on(day: date, history: PainHistory) -> tuple[KneeMorning, ...]:
    """Return each knee of the sessions of the day before, with its numbers then and on this morning.

    The first session that a knee took part in decides, even where its number is missing.
    """
    found: dict[str, KneeMorning] = {}
    morning = history.mornings.get(day, {})
    for session in history.on(day - ONE_DAY):
        for side in session.knees:
            knee = KneeMorning(side, session.session_id, session.before.get(side), morning.get(side))
            found.setdefault(side, knee)
    return tuple(found[side] for side in sorted(found))


def settled_on(day: date, history: PainHistory, limits: PainLimits) -> Answer:
    """Tell whether the knees had settled on a morning, against the first session of the day before.

    A knee has settled at no more than its pain before that session plus the tolerance. One knee that has not is enough
    for no; one missing number, or no session the day before, makes it unknown.
    """
    answers = {knee.settled(limits) for knee in knees_on(day, history)}
    if Answer.NO in answers:
        return Answer.NO
    return Answer.YES if answers == {Answer.YES} else Answer.UNKNOWN


def weekly_medians(today: date, history: PainHistory) -> tuple[float | None, float | None]:
    """Return the median worst pain of the seven days that end yesterday, and of the seven before them.

    None where there are fewer than four ratings. The worse knee of each session counts.
    """
    return _median_of_week(today, history.rated), _median_of_week(today - WEEK, history.rated)


def _median_of_week(end: date, sessions: Iterable[SessionPain]) -> float | None:
    """Return the median of the seven days before `end`."""
    inside = [row.worst_of_all for row in sessions if end - WEEK <= row.local_date < end]
    numbers = [number for number in inside if number is not None]
    return float(median(numbers)) if len(numbers) >= WEEK_RATINGS_LEAST else None
