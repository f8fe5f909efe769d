"""What pain means for the day: zones, whether it settled, whether it rises. Three-valued: a missing answer is unknown.

Clinical reference 1.2 to 1.5. Zones are load rules that a physiotherapist sets, no words for how bad pain is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from progress.rules.limits import PainLimits

# About an hour later is asked when it was at least this much, or rose by this much (clinical reference 1.2).
HOUR_LATER_FROM, HOUR_LATER_RISE = 4, 2
# Less than two points is noise on whole numbers (clinical reference 1.3).
REAL_CHANGE = 2
WEEK_RATINGS_LEAST = 4


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
    def worst_of_all(self) -> int | None:
        """Return the highest number of both knees, None where there is none."""
        raise NotImplementedError


@dataclass(frozen=True)
class PainHistory:
    """All pain of some days: sessions in order of time, and each morning's numbers by day and knee."""

    sessions: tuple[SessionPain, ...]
    mornings: Mapping[date, Mapping[str, int | None]]


def zone_of(value: int, limits: PainLimits) -> Zone:
    """Return the zone of a number from 0 to 10."""
    raise NotImplementedError


def asks_hour_later(session: SessionPain, side: str) -> bool:
    """Tell whether one knee is asked for about an hour later: at least 4 at its worst, or 2 more than before."""
    raise NotImplementedError


def settled_on(day: date, history: PainHistory, limits: PainLimits) -> Answer:
    """Tell whether the knees had settled on a morning, against the first session of the day before.

    A knee has settled at no more than its pain before that session plus the tolerance. One knee that has not is enough
    for no; one missing number, or no session the day before, makes it unknown.
    """
    raise NotImplementedError


def weekly_medians(today: date, history: PainHistory) -> tuple[float | None, float | None]:
    """Return the median worst pain of the seven days that end yesterday, and of the seven before them.

    None where there are fewer than four ratings. The worse knee of each session counts.
    """
    raise NotImplementedError
