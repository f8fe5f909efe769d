"""Readiness for the next stage: a count of criteria that a physiotherapist set (clinical reference 2.3).

It decides nothing. Three-valued: what is not known is never met.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from progress.rules.limits import RuleValues
from progress.rules.pain import PainHistory


class CriterionKey(StrEnum):
    """What is counted, in the order in which it is shown."""

    DAYS_ON_STAGE = "days_on_stage"
    FULL_DAYS = "full_days"
    HOLDS = "holds"
    PAIN = "pain"
    MORNINGS = "mornings"
    WEEKLY_RISE = "weekly_rise"
    FELT_MUSCLE = "felt_muscle"
    NO_OPEN_FLAG = "no_open_flag"


class Verdict(StrEnum):
    """Met, not met, or not known for want of answers."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class StageDay:
    """One day of the window, as far as one prescription is concerned. Days of travel, paused days and days with nothing
    due are neither for nor against.

    `is_counted` False: travel, paused or nothing due. `slots_due` and `slots_done` of the prescription; late sessions
    are not among the done. Holds of sessions that count: how many were timed, how many lasted within half a second.
    """

    day: date
    is_counted: bool
    slots_due: int
    slots_done: int
    holds_timed: int
    holds_kept: int
    sets_felt_yes: int
    sets_felt_asked: int
    # The worst pain of each session that counts, None for one without a number.
    worst: tuple[int | None, ...]


@dataclass(frozen=True)
class StageHistory:
    """What the criteria look at: days in order, ending yesterday. `window` restarts with a changed prescription."""

    on_stage_since: date
    days: tuple[StageDay, ...]
    pain: PainHistory
    has_open_flag: bool


@dataclass(frozen=True)
class Criterion:
    """One criterion: `value` of `of` (where it is a share), against `limit`. None where it is not known."""

    key: CriterionKey
    verdict: Verdict
    value: float | None
    limit: float
    of: float | None = None


@dataclass(frozen=True)
class Readiness:
    """All criteria of one prescription on one day."""

    criteria: tuple[Criterion, ...]

    @property
    def met(self) -> int:
        """Return how many are met."""
        raise NotImplementedError

    @property
    def is_ready(self) -> bool:
        """Tell whether all of them are met."""
        raise NotImplementedError


def readiness(today: date, history: StageHistory, values: RuleValues) -> Readiness:
    """Return every criterion with its number, its limit and met, not met or unknown, as of yesterday's end."""
    raise NotImplementedError


def worse(answers: Sequence[Readiness]) -> Readiness:
    """Return for several prescriptions (two stages at once) the worse verdict of each criterion."""
    raise NotImplementedError
