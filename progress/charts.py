"""Pain over time as plain numbers for an SVG template.

Gaps are gaps: no line crosses a day without a rating, or a question that was skipped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 28, 8, 14, 30
PAIN_HIGHEST = 10


@dataclass(frozen=True)
class Reading:
    """One rating of one knee. `value` is None where the question was skipped."""

    day: date
    moment: str
    value: int | None
    is_evening: bool = False


@dataclass(frozen=True)
class Point:
    """A rating on the paper, in units of the SVG's viewBox."""

    x: float
    y: float
    reading: Reading


@dataclass(frozen=True)
class Series:
    """The ratings of one moment: its points, and the stretches of line between neighbours in time."""

    moment: str
    points: tuple[Point, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    position: float
    label: object


@dataclass(frozen=True)
class PainChart:
    """Everything that the template draws."""

    series: tuple[Series, ...]
    pain_ticks: tuple[Tick, ...]
    day_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    plot_right: int = WIDTH - RIGHT
    plot_bottom: int = HEIGHT - BOTTOM


def pain_chart(readings: Iterable[Reading], days: Sequence[date], moments: Sequence[str]) -> PainChart:
    """Lay ratings out over consecutive days. What was skipped leaves a gap, a zero is drawn as zero."""
    in_order = sorted(readings, key=lambda reading: (reading.day, reading.is_evening))
    return PainChart(
        series=tuple(_series(moment, in_order, days) for moment in moments),
        pain_ticks=tuple(Tick(_y(value), value) for value in range(0, PAIN_HIGHEST + 1, 2)),
        day_ticks=tuple(Tick(_x(day, days, 0.5), day) for day in days if day == days[0] or day.day % 5 == 0),
    )


def _series(moment: str, in_order: Iterable[Reading], days: Sequence[date]) -> Series:
    runs: list[list[Point]] = [[]]
    for reading in in_order:
        if reading.moment != moment:
            continue
        if runs[-1] and (reading.value is None or (reading.day - runs[-1][-1].reading.day).days > 1):
            runs.append([])
        if reading.value is not None:
            x = _x(reading.day, days, 0.7 if reading.is_evening else 0.3)
            runs[-1].append(Point(x, _y(reading.value), reading))
    return Series(
        moment,
        points=tuple(point for run in runs for point in run),
        lines=tuple(" ".join(f"{point.x:.1f},{point.y:.1f}" for point in run) for run in runs if len(run) > 1),
    )


def _x(day: date, days: Sequence[date], part_of_day: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * ((day - days[0]).days + part_of_day) / len(days)


def _y(value: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / PAIN_HIGHEST)
