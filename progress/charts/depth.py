"""Depth of the squat over some days: rungs by name, the deepest at the bottom, prescribed as a line, done as marks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from progress.charts.paper import EVENING, LEFT, MORNING, RIGHT, WIDTH, Tick, day_ticks, x_of

# The names of the rungs stand above their lines, so the days begin at the edge.
TOP, RUNG, BOTTOM = 26, 38, 24


@dataclass(frozen=True)
class DepthReading:
    """One squat set: how deep it was prescribed and how deep it was; `done` is None where nobody said."""

    day: date
    prescribed: int
    done: int | None
    is_evening: bool = False


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder."""

    y: float
    label: str


@dataclass(frozen=True)
class Mark:
    """How deep a set was."""

    x: float
    y: float
    reading: DepthReading


@dataclass(frozen=True)
class DepthChart:
    """Everything that the template draws. `prescribed` are stretches of a line, one for each depth prescribed."""

    rungs: tuple[Rung, ...]
    marks: tuple[Mark, ...]
    prescribed: tuple[str, ...]
    day_ticks: tuple[Tick, ...]
    height: int
    width: int = WIDTH
    left: int = LEFT
    plot_right: int = WIDTH - RIGHT

    @property
    def done(self) -> str:
        """Return all marks as one path: small squares."""
        return "".join(f"M{mark.x:.1f} {mark.y:.1f}m-4-4h8v8h-8z" for mark in self.marks)


def depth_chart(readings: Iterable[DepthReading], days: Sequence[date], names: Mapping[int, str]) -> DepthChart:
    """Lay squats out over consecutive days; `names` are the rungs of the ladder by number. Not said is not drawn."""
    rows = sorted(readings, key=lambda row: (row.day, row.is_evening))
    y = {number: float(TOP + RUNG * place) for place, number in enumerate(sorted(names))}
    marks = (
        Mark(x_of(row.day, days, EVENING if row.is_evening else MORNING), y[row.done], row)
        for row in rows
        if row.done is not None
    )
    return DepthChart(
        rungs=tuple(Rung(y[number], names[number]) for number in sorted(names)),
        marks=tuple(marks),
        prescribed=tuple(_prescribed(rows, days, y)),
        day_ticks=day_ticks(days),
        height=int(max(y.values())) + BOTTOM,
    )


def _prescribed(rows: Sequence[DepthReading], days: Sequence[date], y: Mapping[int, float]) -> Iterable[str]:
    """Yield one level stretch for each row of days in a row with the same depth prescribed."""
    begin: DepthReading | None = None
    for row, following in zip_longest(rows, rows[1:]):
        begin = begin or row
        if following and following.prescribed == row.prescribed and (following.day - row.day).days <= 1:
            continue
        yield f"M{x_of(begin.day, days, 0):.1f} {y[row.prescribed]:.1f}H{x_of(row.day, days, 1):.1f}"
        begin = None
