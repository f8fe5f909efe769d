"""Advice from the limits that a physiotherapist set: every row of the table in docs/rules.md.

The advice names the limit. It changes no dose and no stage: it offers at most what was prescribed already.
Where the table leaves something open:

- Not settled counts in every zone, not in the amber one alone: the morning after says more than the exercise.
- The last sessions are those with a number. A skipped answer neither raises anything nor hides what was said before.
- Carry on, and stay, are said only where nothing speaks against it and every number of the session is known; a session
  that was stopped for pain is never green.
- What is older than two weeks says nothing about today.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from progress.rules.limits import PainLimits
from progress.rules.pain import (
    ONE_DAY,
    REAL_CHANGE,
    WEEK,
    Answer,
    PainHistory,
    SessionPain,
    Zone,
    knees_on,
    settled_on,
    weekly_medians,
    zone_of,
)

RECENT = timedelta(days=14)
LAST_SESSIONS, RED_AMONG_THEM = 3, 2


class AdviceKind(StrEnum):
    """What the patient reads; heaviest first."""

    DO_NOT_START = "do_not_start"
    PAUSE_AND_CALL = "pause_and_call"
    STOP_THE_SET = "stop_the_set"
    DO_THE_MINIMUM = "do_the_minimum"
    RISING = "rising"
    STAY = "stay"
    CARRY_ON = "carry_on"


@dataclass(frozen=True)
class Evidence:
    """One number that a rule has seen: what it is ("worst", "before", "morning", "median"), when, how much, the limit.

    Above the limit is too much, except for a median: that is rising from its limit on.
    """

    what: str
    local_date: date
    value: float
    limit: float
    session_id: object = None
    side: str = ""

    def repeats(self, other: "Evidence") -> bool:
        """Tell whether this is what somebody has seen already, whatever the limit was then.

        A median rolls on every day; a week later it is about other days. Ids may be text, as stored evidence has them.
        """
        if self.what == other.what == "median":
            return self.local_date - other.local_date < WEEK
        mine, theirs = ((row.what, row.local_date, row.value, str(row.session_id), row.side) for row in (self, other))
        return mine == theirs


@dataclass(frozen=True)
class Advice:
    """One piece of advice with the numbers behind it."""

    kind: AdviceKind
    evidence: tuple[Evidence, ...] = ()

    @property
    def pauses_reminders(self) -> bool:
        """Tell whether reminders rest because of it."""
        return self.kind is AdviceKind.PAUSE_AND_CALL

    @property
    def offers_minimum(self) -> bool:
        """Tell whether the fewest repetitions that were prescribed, or a shallower squat, are offered."""
        return self.kind is AdviceKind.DO_THE_MINIMUM

    @property
    def hides_readiness(self) -> bool:
        """Tell whether nothing is shown as ready for the next stage meanwhile."""
        return self.kind in {AdviceKind.RISING, AdviceKind.PAUSE_AND_CALL}


def before_session(session: SessionPain, limits: PainLimits) -> Advice | None:
    """Return the advice not to start where the pain before is red already, else None."""
    evidence = red_before(session, limits)
    return Advice(AdviceKind.DO_NOT_START, evidence) if evidence else None


def advise(
    today: date, history: PainHistory, limits: PainLimits, *, resolved: Collection[Evidence] = ()
) -> tuple[Advice, ...]:
    """Return what the pain until today calls for, heaviest first; empty where nothing is known.

    From the last session with a number, the last mornings, the last three sessions and the last two weeks. `resolved`
    is the evidence of alerts that a physiotherapist has closed: it pauses nothing any more.
    """
    calls = [
        Advice(AdviceKind.PAUSE_AND_CALL, _news(_reasons_to_pause(today, history, limits), resolved)),
        Advice(AdviceKind.STOP_THE_SET, _last_red(today, history, limits)),
        Advice(AdviceKind.DO_THE_MINIMUM, not_settled(today, history, limits)),
        Advice(AdviceKind.RISING, _news(rising(today, history), resolved)),
    ]
    called = [advice for advice in calls if advice.evidence]
    if called and called[0].pauses_reminders:
        # Who is asked to pause is told nothing about the next set.
        return tuple(advice for advice in called if advice.hides_readiness)
    return tuple(called) or _reassurance(today, history, limits)


def is_news(evidence: Collection[Evidence], seen: Collection[Evidence]) -> bool:
    """Tell whether any of the evidence has not been seen yet."""
    return any(not any(row.repeats(known) for known in seen) for row in evidence)


def red_before(session: SessionPain, limits: PainLimits) -> tuple[Evidence, ...]:
    """Return the knees whose pain before a session is red."""
    return tuple(
        Evidence("before", session.local_date, value, limits.amber_max, session.session_id, side)
        for side, value in sorted(session.before.items())
        if value is not None and zone_of(value, limits) is Zone.RED
    )


def red_worst(session: SessionPain, limits: PainLimits) -> tuple[Evidence, ...]:
    """Return the knees whose worst pain in a session is red."""
    return tuple(row for row in _worst(session, limits.amber_max) if row.value > limits.amber_max)


def keeps_red(today: date, history: PainHistory, limits: PainLimits) -> tuple[Evidence, ...]:
    """Return the red numbers of the last three sessions with a number, where two of them are red; else nothing."""
    red = [red_worst(session, limits) for session in _recent(today, history)[-LAST_SESSIONS:]]
    if sum(bool(evidence) for evidence in red) < RED_AMONG_THEM:
        return ()
    return tuple(row for evidence in red for row in evidence)


def not_settled(day: date, history: PainHistory, limits: PainLimits) -> tuple[Evidence, ...]:
    """Return the knees that had not settled on a morning."""
    return tuple(
        Evidence("morning", day, knee.morning, knee.before + limits.settled_tolerance, knee.session_id, knee.side)
        for knee in knees_on(day, history)
        if knee.before is not None and knee.morning is not None and knee.settled(limits) is Answer.NO
    )


def not_settled_twice(day: date, history: PainHistory, limits: PainLimits) -> tuple[Evidence, ...]:
    """Return what had not settled on a morning and on the one before, where it was both; else nothing."""
    pair = not_settled(day - ONE_DAY, history, limits), not_settled(day, history, limits)
    return pair[0] + pair[1] if all(pair) else ()


def rising(today: date, history: PainHistory) -> tuple[Evidence, ...]:
    """Return this week's median and last week's, where it rose by two or more; else nothing."""
    now, before = weekly_medians(today, history)
    if now is None or before is None or now - before < REAL_CHANGE:
        return ()
    limit = before + REAL_CHANGE
    return Evidence("median", today - ONE_DAY, now, limit), Evidence("median", today - WEEK - ONE_DAY, before, limit)


def _reasons_to_pause(today: date, history: PainHistory, limits: PainLimits) -> tuple[Evidence, ...]:
    """Return why to pause. Who pauses has no new mornings, so the last two that are known stand until there are."""
    days = (today - timedelta(days=back) for back in range(RECENT.days))
    last = next((day for day in days if settled_on(day, history, limits) is not Answer.UNKNOWN), today)
    return keeps_red(today, history, limits) + not_settled_twice(last, history, limits)


def _news(evidence: tuple[Evidence, ...], resolved: Collection[Evidence]) -> tuple[Evidence, ...]:
    return evidence if is_news(evidence, resolved) else ()


def _recent(today: date, history: PainHistory) -> Sequence[SessionPain]:
    return [session for session in history.rated if today - RECENT < session.local_date <= today]


def _last_red(today: date, history: PainHistory, limits: PainLimits) -> tuple[Evidence, ...]:
    return tuple(row for session in _recent(today, history)[-1:] for row in red_worst(session, limits))


def _worst(session: SessionPain, limit: int) -> tuple[Evidence, ...]:
    return tuple(
        Evidence("worst", session.local_date, value, limit, session.session_id, side)
        for side, value in sorted(session.worst.items())
        if value is not None
    )


def _reassurance(today: date, history: PainHistory, limits: PainLimits) -> tuple[Advice, ...]:
    """Return the two rows of the table that say that all is well, where all that they need is known."""
    last = next(reversed(_recent(today, history)), None)
    if last is None or last.local_date < today - ONE_DAY or None in last.worst_by_knee:
        return ()
    if settled_on(today, history, limits) is not Answer.YES:
        return ()
    evidence = _worst(last, limits.green_max)
    is_green = all(row.value <= limits.green_max for row in evidence) and not last.is_stopped_for_pain
    return (Advice(AdviceKind.CARRY_ON if is_green else AdviceKind.STAY, evidence),)
