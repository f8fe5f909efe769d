"""The repetitions of one set as bars: how long each was held, against the line of what was planned."""

from collections.abc import Sequence
from dataclasses import dataclass

from progress.charts.paper import LEFT, RIGHT, WIDTH, Tick

TOP, BOTTOM, HEIGHT = 12, 24, 120
GAP, WIDEST = 4, 22
MS_PER_SECOND = 1000
NUMBERED = 5


@dataclass(frozen=True)
class RepBar:
    """One standing repetition. `held_ms` is None where no clock has timed it."""

    number: int
    outcome: str
    held_ms: int | None


@dataclass(frozen=True)
class Bar:
    """A repetition on the paper. `kind` is its outcome; untimed for one that was held but not timed."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    number: int


@dataclass(frozen=True)
class RepsChart:
    """Everything that the template draws."""

    bars: tuple[Bar, ...]
    target: float
    target_seconds: float
    number_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    plot_right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def reps_chart(reps: Sequence[RepBar], target_ms: int, count: int) -> RepsChart:
    """Lay repetitions out in `count` places or more, each at its own number; a number that is missing leaves a gap.

    A hold of 0 ms is a line on the floor; one that was not timed reaches the target, and is drawn as not timed.
    """
    places = max([count, *(row.number for row in reps)])
    pitch = (WIDTH - LEFT - RIGHT) / places
    width = min(pitch - min(GAP, pitch / 3), WIDEST)
    highest = max([target_ms * 1.15, *(row.held_ms or 0 for row in reps)])
    room = HEIGHT - TOP - BOTTOM

    def bar(row: RepBar) -> Bar:
        is_untimed = row.held_ms is None and row.outcome == "ok"
        height = room * (target_ms if is_untimed else row.held_ms or 0) / highest
        x = LEFT + pitch * (row.number - 1) + (pitch - width) / 2
        return Bar("untimed" if is_untimed else row.outcome, x, HEIGHT - BOTTOM - height, width, height, row.number)

    return RepsChart(
        bars=tuple(bar(row) for row in reps),
        target=HEIGHT - BOTTOM - room * target_ms / highest,
        target_seconds=target_ms / MS_PER_SECOND,
        number_ticks=tuple(
            Tick(LEFT + pitch * (number - 0.5), number)
            for number in range(1, places + 1)
            if number == 1 or number % NUMBERED == 0
        ),
    )
