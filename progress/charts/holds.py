"""Holds of each day as one column: kept, shorter than planned, and those that no clock has timed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from progress.charts.paper import LEFT, RIGHT, WIDTH, Tick, day_ticks, x_of

TOP, BOTTOM, HEIGHT = 12, 26, 170
GAP = 2.5
# Counts that a person reads at a glance, for an axis of two or three marks.
STEPS = (5, 10, 20, 50, 100, 200)
MARKS_MOST = 4
KINDS = ("kept", "short", "untimed")


@dataclass(frozen=True)
class DayHolds:
    """The holds of one day: of `timed` ones `kept` lasted as long as planned, within half a second."""

    day: date
    timed: int
    kept: int
    untimed: int

    @property
    def all(self) -> int:
        """Return how many holds there were."""
        return self.timed + self.untimed

    @property
    def short(self) -> int:
        """Return how many ended before that."""
        return self.timed - self.kept


@dataclass(frozen=True)
class Block:
    """One part of a column. `kind`: kept, short or untimed."""

    kind: str
    x: float
    y: float
    height: float
    count: int


@dataclass(frozen=True)
class HoldsChart:
    """Everything that the template draws."""

    blocks: tuple[Block, ...]
    count_ticks: tuple[Tick, ...]
    day_ticks: tuple[Tick, ...]
    column: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    plot_right: int = WIDTH - RIGHT

    @property
    def paths(self) -> tuple[tuple[str, str], ...]:
        """Return each kind with all its blocks as one path."""
        return tuple(
            (kind, "".join(self._path(block) for block in self.blocks if block.kind == kind)) for kind in KINDS
        )

    def _path(self, block: Block) -> str:
        return f"M{block.x:.1f} {block.y:.1f}h{self.column:.1f}v{block.height:.1f}h-{self.column:.1f}z"


def holds_chart(holds: Iterable[DayHolds], days: Sequence[date]) -> HoldsChart:
    """Lay the holds of consecutive days out as columns from the floor up. A day without any has none."""
    rows = list(holds)
    most = max((row.all for row in rows), default=0)
    step = next((step for step in STEPS if most <= step * (MARKS_MOST - 1)), STEPS[-1])
    highest = max(-(-most // step), 1) * step
    floor, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP

    def blocks(row: DayHolds) -> Iterable[Block]:
        y, x = float(floor), x_of(row.day, days, 0) + GAP / 2
        for kind in KINDS:
            count = getattr(row, kind)
            if count:
                y -= room * count / highest
                yield Block(kind, x, y, room * count / highest, count)

    return HoldsChart(
        blocks=tuple(block for row in rows for block in blocks(row)),
        count_ticks=tuple(Tick(floor - room * count / highest, count) for count in range(0, highest + 1, step)),
        day_ticks=day_ticks(days),
        column=(WIDTH - LEFT - RIGHT) / len(days) - GAP,
    )
