"""What was done of what was due: four numbers, never one blended score (docs/rules.md, Adherence)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from progress.rules.slots import DayView, SlotState

ADHERENT_FROM_PERCENT = 80
MS_PER_SECOND = 1000
# What can no longer change: the rest is still to be done, was never due, or goes on just now.
SETTLED = frozenset({SlotState.DONE, SlotState.PARTLY, SlotState.MISSED})
STILL_OPEN = frozenset({SlotState.DUE, SlotState.LATER, SlotState.OPEN})


@dataclass(frozen=True)
class Share:
    """So many of so many. `of` zero means that nothing was due: there is no per cent then.

    `exact` holds both in a finer unit where they are rounded to be read.
    """

    done: int
    of: int
    exact: tuple[int, int] | None = None

    @property
    def percent(self) -> int | None:
        """Return whole per cents, rounded down so that 100 means all of it, at most 100; None where nothing was due."""
        done, of = self.exact or (self.done, self.of)
        return min(done * 100 // of, 100) if of else None


@dataclass(frozen=True)
class HeldSet:
    """One set of a session that was done: the fewest repetitions prescribed, those held, and each timed hold in ms.

    A hold of 0 ms was timed and counts as nothing held; one that was ticked by hand is not among them.
    """

    reps_min: int
    reps_done: int
    hold_target_ms: int
    holds_ms: tuple[int, ...]


@dataclass(frozen=True)
class Adherence:
    """Sessions of those due, repetitions of the fewest prescribed in them, seconds held of those planned, days in a row."""

    sessions: Share
    reps: Share
    hold_seconds: Share
    streak_days: int

    @property
    def is_adherent(self) -> bool | None:
        """Tell whether at least 80 % of what was due was done; None where nothing was due."""
        percent = self.sessions.percent
        return None if percent is None else percent >= ADHERENT_FROM_PERCENT


def adherence(days: Sequence[DayView], sets: Sequence[HeldSet], *, today: date) -> Adherence:
    """Return the four numbers of some consecutive days; slots of today count only once they are over or done.

    Paused days, days before the start and slots where nothing was due are in no denominator. Extra sessions never lift
    anything above 100 %. A set counts at most its fewest repetitions, so that one set never makes up for another; a hold
    counts at most as long as it was planned; a repetition without a timed hold (ticked by hand) is in neither half of
    the hold. The streak is the number of days, back from yesterday (or today, if all of it is done), on which every slot
    that was due was done; days on which nothing was due neither break nor lengthen it.
    """
    until_today = [view for view in days if view.day <= today]
    settled = [state for view in until_today for state in _expected_states(view) if state in SETTLED]
    return Adherence(
        sessions=Share(settled.count(SlotState.DONE), len(settled)),
        reps=Share(sum(min(row.reps_done, row.reps_min) for row in sets), sum(row.reps_min for row in sets)),
        hold_seconds=_hold_seconds(sets),
        streak_days=_streak(until_today, today),
    )


def _expected_states(view: DayView) -> list[SlotState]:
    return [slot_view.state for slot_view in view.slots if slot_view.slot in view.expected]


def _hold_seconds(sets: Sequence[HeldSet]) -> Share:
    held = sum(min(hold, row.hold_target_ms) for row in sets for hold in row.holds_ms)
    planned = sum(row.hold_target_ms * len(row.holds_ms) for row in sets)
    return Share(held // MS_PER_SECOND, planned // MS_PER_SECOND, exact=(held, planned))


def _streak(days: Sequence[DayView], today: date) -> int:
    streak = 0
    for view in sorted(days, key=lambda view: view.day, reverse=True):
        states = _expected_states(view)
        due = [state for state in states if state in SETTLED]
        is_done = bool(due) and all(state is SlotState.DONE for state in due)
        is_undecided = not due or not STILL_OPEN.isdisjoint(states)
        if is_undecided or (view.day == today and not is_done):
            continue
        if not is_done:
            break
        streak += 1
    return streak
