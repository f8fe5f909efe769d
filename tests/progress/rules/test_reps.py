"""Whether a repetition can be taken as it was sent."""

from datetime import UTC, datetime, timedelta

import pytest

from progress.rules.reps import ClockReading, Outcome, honest_outcome, read_clock

STARTED = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
RECEIVED = datetime(2026, 11, 22, 8, 10, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("claimed", "done_at", "is_suspect"),
    [
        (None, RECEIVED, False),
        (STARTED + SECOND, STARTED + SECOND, False),
        (STARTED, STARTED, False),
        (RECEIVED, RECEIVED, False),
        # Five minutes off is what clocks do; the time is clamped all the same.
        (RECEIVED + SECOND, RECEIVED, False),
        (RECEIVED + FIVE_MINUTES, RECEIVED, False),
        (RECEIVED + FIVE_MINUTES + SECOND, RECEIVED, True),
        (STARTED - SECOND, STARTED, False),
        (STARTED - FIVE_MINUTES, STARTED, False),
        (STARTED - FIVE_MINUTES - SECOND, STARTED, True),
        (datetime(2099, 12, 31, tzinfo=UTC), RECEIVED, True),
        (datetime(2000, 1, 1, tzinfo=UTC), STARTED, True),
    ],
)
def test_read_clock_clamps_and_flags(claimed, done_at, is_suspect):
    reading = read_clock(claimed=claimed, started_at=STARTED, received_at=RECEIVED)

    assert reading == ClockReading(done_at, is_suspect=is_suspect)


@pytest.mark.parametrize(
    ("outcome", "held_ms", "planned_ms", "expected"),
    [
        (Outcome.OK, 2499, 3000, Outcome.SHORT),
        (Outcome.OK, 2490, 3000, Outcome.SHORT),
        (Outcome.OK, 2500, 3000, Outcome.OK),
        (Outcome.OK, 3000, 3000, Outcome.OK),
        (Outcome.OK, 120_000, 3000, Outcome.OK),
        (Outcome.OK, 4499, 5000, Outcome.SHORT),
        (Outcome.OK, 4500, 5000, Outcome.OK),
        # Held for no time at all is a value, not a missing one.
        (Outcome.OK, 0, 3000, Outcome.SHORT),
        # Ticked by hand: nothing was timed.
        (Outcome.OK, None, 3000, Outcome.OK),
        # Other words are never made better or worse.
        (Outcome.SHORT, 3000, 3000, Outcome.SHORT),
        (Outcome.SKIPPED, 0, 3000, Outcome.SKIPPED),
        (Outcome.SKIPPED, None, 3000, Outcome.SKIPPED),
        (Outcome.STOPPED_PAIN, 100, 3000, Outcome.STOPPED_PAIN),
        (Outcome.STOPPED_PAIN, 3000, 3000, Outcome.STOPPED_PAIN),
    ],
)
def test_honest_outcome_half_a_second_below_the_plan_is_short(outcome, held_ms, planned_ms, expected):
    assert honest_outcome(outcome, held_ms=held_ms, planned_ms=planned_ms) is expected
