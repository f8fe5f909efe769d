"""Whether a repetition can be taken as the phone sent it. Bounds: docs/rules.md, Dose."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# What a phone sends about a repetition; a page left open across an update sends an older one, which is still taken.
PAYLOAD_VERSION = 2
NUMBER_LOWEST, NUMBER_HIGHEST = 1, 60
HELD_LONGEST_MS = 120_000
PAUSED_LONGEST_MS = 7_200_000
CLOCK_AHEAD_ALLOWED = timedelta(minutes=5)
HELD_SHORT_BY_MS = 500


class Outcome(StrEnum):
    """How a repetition ended."""

    OK = "ok"
    SHORT = "short"
    SKIPPED = "skipped"
    STOPPED_PAIN = "stopped_pain"


# Neither held nor ended by pain: such a repetition may be done again.
MISSED = (Outcome.SHORT, Outcome.SKIPPED)


@dataclass(frozen=True)
class ClockReading:
    """When a repetition was done, and whether the phone's clock had to be overruled."""

    done_at: datetime
    is_suspect: bool


def read_clock(*, claimed: datetime | None, started_at: datetime, received_at: datetime) -> ClockReading:
    """Return a believable time for what a phone says, between the session's start and the arrival.

    A wrong clock is clamped and flagged, never rejected. Five minutes ahead are within what clocks do.
    """
    if claimed is None:
        return ClockReading(received_at, is_suspect=False)
    if claimed > received_at:
        return ClockReading(received_at, is_suspect=claimed - received_at > CLOCK_AHEAD_ALLOWED)
    if claimed < started_at:
        return ClockReading(started_at, is_suspect=started_at - claimed > CLOCK_AHEAD_ALLOWED)
    return ClockReading(claimed, is_suspect=False)


def honest_outcome(outcome: Outcome, *, held_ms: int | None, planned_ms: int) -> Outcome:
    """Return `short` for a repetition sent as `ok` whose hold fell more than half a second below the plan.

    Without a hold that was timed (a repetition ticked by hand) there is nothing to compare, and the word stands.
    """
    if outcome is Outcome.OK and held_ms is not None and not is_hold_kept(held_ms, planned_ms):
        return Outcome.SHORT
    return outcome


def is_hold_kept(held_ms: int, planned_ms: int) -> bool:
    """Tell whether a timed hold lasted as planned, less at most half a second (docs/rules.md, Readiness)."""
    return held_ms >= planned_ms - HELD_SHORT_BY_MS
