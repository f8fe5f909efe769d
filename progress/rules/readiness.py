"""Readiness for the next stage: a count of criteria that a physiotherapist set (docs/rules.md, Readiness).

It decides nothing. Three-valued: what is not known is never met.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from progress.rules.limits import Criteria, PainLimits, RuleValues
from progress.rules.pain import Answer, PainHistory, settled_on, weekly_medians

# Four weeks on one stage are a reason to look (issue of the desk, domain reference 3a).
LONG_AFTER_DAYS = 28


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
    # The worst pain of each knee of each session that counts (`SessionPain.worst_by_knee`), None for a missing number.
    worst: tuple[int | None, ...]


@dataclass(frozen=True)
class StageHistory:
    """What the criteria look at: days in order, ending yesterday.

    `on_stage_since` is the start of the prescription that runs now. Nothing before it counts, so a changed prescription
    restarts the window.
    """

    on_stage_since: date
    days: tuple[StageDay, ...]
    pain: PainHistory
    has_open_flag: bool


@dataclass(frozen=True)
class Criterion:
    """One criterion: `value` against `limit`, both in the same unit; value None where it is not known.

    Days, mornings, the highest pain, the rise of a median; per cent, rounded down, for holds and the muscle felt. `of` is
    how many days, mornings, holds or sets were looked at. `against` counts what speaks against it whatever the value: a
    pain above the limit, a morning that had not settled or with marked swelling.
    """

    key: CriterionKey
    verdict: Verdict
    value: float | None
    limit: float
    of: float | None = None
    against: int = 0


@dataclass(frozen=True)
class Readiness:
    """All criteria of one prescription on one day."""

    criteria: tuple[Criterion, ...]

    @property
    def met(self) -> int:
        """Return how many are met."""
        return sum(row.verdict is Verdict.MET for row in self.criteria)

    @property
    def is_ready(self) -> bool:
        """Tell whether all of them are met."""
        return bool(self.criteria) and self.met == len(self.criteria)


def readiness(today: date, history: StageHistory, values: RuleValues) -> Readiness:
    """Return every criterion with its number, its limit and met, not met or unknown, as of yesterday's end."""
    criteria = values.criteria
    first = max(today - timedelta(days=criteria.window_days), history.on_stage_since)
    days = [row for row in history.days if row.is_counted and first <= row.day < today]
    # Entered late or corrected: shown, but no reason for the next stage (docs/rules.md, Days and slots).
    pain = replace(history.pain, sessions=tuple(row for row in history.pain.sessions if not row.is_late))
    # The morning of the first day is still about what was prescribed before.
    mornings = [row.day for row in days if row.day > history.on_stage_since]
    return Readiness(
        (
            _days_on_stage(max((today - history.on_stage_since).days, 0), criteria),
            _full_days(days, criteria),
            _share(
                CriterionKey.HOLDS,
                sum(row.holds_kept for row in days),
                sum(row.holds_timed for row in days),
                criteria.hold_ok_percent,
            ),
            _pain([value for row in days for value in row.worst], criteria),
            _mornings(mornings, pain, values.limits, criteria),
            _weekly_rise(weekly_medians(today, pain), criteria),
            _share(
                CriterionKey.FELT_MUSCLE,
                sum(row.sets_felt_yes for row in days),
                sum(row.sets_felt_asked for row in days),
                criteria.vmo_felt_percent,
            ),
            _no_open_flag(is_open=history.has_open_flag),
        )
    )


def worse(answers: Sequence[Readiness]) -> Readiness:
    """Return for several prescriptions (two stages at once) the worse verdict of each criterion."""
    rows = [row for answer in answers for row in answer.criteria]
    by_key = ([row for row in rows if row.key is key] for key in CriterionKey)
    return Readiness(tuple(max(found, key=_badness) for found in by_key if found))


def _badness(row: Criterion) -> int:
    return (Verdict.MET, Verdict.UNKNOWN, Verdict.NOT_MET).index(row.verdict)


def _verdict(*, is_met: bool) -> Verdict:
    return Verdict.MET if is_met else Verdict.NOT_MET


def _days_on_stage(days: int, criteria: Criteria) -> Criterion:
    limit = criteria.min_days_on_stage
    return Criterion(CriterionKey.DAYS_ON_STAGE, _verdict(is_met=days >= limit), days, limit)


def _full_days(days: Sequence[StageDay], criteria: Criteria) -> Criterion:
    """Count the days on which everything that was due was done."""
    full = sum(0 < row.slots_due <= row.slots_done for row in days)
    limit = criteria.min_full_days
    return Criterion(CriterionKey.FULL_DAYS, _verdict(is_met=full >= limit), full, limit, len(days))


def _share(key: CriterionKey, part: int, whole: int, limit: int) -> Criterion:
    """Compare per cents. A limit of 0 waives the question; without anything to count it is not known."""
    percent = part * 100 // whole if whole else None
    if limit == 0:
        verdict = Verdict.MET
    elif percent is None:
        verdict = Verdict.UNKNOWN
    else:
        # The limit is whole, so what is rounded down reaches it exactly when the share does.
        verdict = _verdict(is_met=percent >= limit)
    return Criterion(key, verdict, percent, limit, whole)


def _pain(numbers: Sequence[int | None], criteria: Criteria) -> Criterion:
    """Ask that every number keeps the limit. One above it decides, whatever is missing."""
    known = [number for number in numbers if number is not None]
    limit = criteria.pain_worst_max
    above = sum(number > limit for number in known)
    if above:
        verdict = Verdict.NOT_MET
    elif known and None not in numbers:
        verdict = Verdict.MET
    else:
        verdict = Verdict.UNKNOWN
    return Criterion(CriterionKey.PAIN, verdict, max(known, default=None), limit, len(numbers), above)


def _mornings(days: Sequence[date], pain: PainHistory, limits: PainLimits, criteria: Criteria) -> Criterion:
    """Count settled mornings. One that had not settled, or with marked swelling, decides; unknown ones do not count."""
    answers = [Answer.NO if day in pain.swollen else settled_on(day, pain, limits) for day in days]
    settled, against = answers.count(Answer.YES), answers.count(Answer.NO)
    limit = criteria.mornings_settled_min
    if against or settled + answers.count(Answer.UNKNOWN) < limit:
        verdict = Verdict.NOT_MET
    else:
        verdict = Verdict.MET if settled >= limit else Verdict.UNKNOWN
    return Criterion(CriterionKey.MORNINGS, verdict, settled, limit, len(days), against)


def _weekly_rise(medians: tuple[float | None, float | None], criteria: Criteria) -> Criterion:
    now, before = medians
    limit = criteria.weekly_rise_max
    if now is None or before is None:
        return Criterion(CriterionKey.WEEKLY_RISE, Verdict.UNKNOWN, None, limit)
    return Criterion(CriterionKey.WEEKLY_RISE, _verdict(is_met=now - before <= limit), now - before, limit)


def _no_open_flag(*, is_open: bool) -> Criterion:
    return Criterion(CriterionKey.NO_OPEN_FLAG, _verdict(is_met=not is_open), int(is_open), 0)
