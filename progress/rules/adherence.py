"""What was done of what was due: four numbers, never one blended score (clinical reference 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from progress.rules.slots import DayView

ADHERENT_FROM_PERCENT = 80


@dataclass(frozen=True)
class Share:
    """So many of so many. `of` zero means that nothing was due: there is no per cent then."""

    done: int
    of: int

    @property
    def percent(self) -> int | None:
        """Return whole per cents, rounded down so that 100 means all of it, at most 100; None where nothing was due."""
        raise NotImplementedError


@dataclass(frozen=True)
class HeldSet:
    """One set of a session that was done: the fewest repetitions prescribed, those held, and each hold in ms."""

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
        raise NotImplementedError


def adherence(days: Sequence[DayView], sets: Sequence[HeldSet], *, today: date) -> Adherence:
    """Return the four numbers of some consecutive days; slots of today count only once they are over or done.

    Paused days, days before the start and slots where nothing was due are in no denominator. Extra sessions never lift
    anything above 100 %. A hold counts at most as long as it was planned; a repetition without a timed hold (ticked by
    hand) is in neither half of the hold. The streak is the number of days, back from yesterday (or today, if all of it
    is done), on which every slot that was due was done; days on which nothing was due neither break nor lengthen it.
    """
    raise NotImplementedError
