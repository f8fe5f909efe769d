"""Pain of one knee over some days, in two panels above each other: around the exercises, and mornings and weeks.

Gaps are gaps: no line crosses a day without a rating, or a question that was skipped. A zero is a zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from progress.charts.paper import EVENING, LEFT, MORNING, NOON, WIDTH, Tick, day_ticks, x_of
from progress.rules.limits import PainLimits
from progress.rules.pain import REAL_CHANGE
from progress.rules.weekly import DAYS_OF_WEEK

PAIN_HIGHEST = 10
# Room for the measure of a real change beside the days.
RIGHT = 24
TOP, PANEL, BETWEEN, BOTTOM = 12, 190, 22, 26
# A mark on a limit lies inside of it: numbers are whole, so the edge lies half-way to the next.
EDGE = 0.5


@dataclass(frozen=True)
class Reading:
    """One rating of one knee. `value` is None where the question was skipped; of a week, `day` is its Monday."""

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


# Moments are told apart by shape: ring, diamond, square, triangle, disc. Drawn around where the pen stands.
# A diamond fits into a ring, so that both are seen where the worst was no more than the pain before.
SHAPES = {
    "before": "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "worst": "m0-3.5 3.5 3.5-3.5 3.5-3.5-3.5z",
    "after": "m-3-3h6v6h-6z",
    "hour_later": "m0-5 4.5 8h-9z",
    "morning": "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
}


@dataclass(frozen=True)
class Series:
    """The ratings of one moment: its points, and the stretches of line between neighbours in time."""

    moment: str
    points: tuple[Point, ...]
    lines: tuple[str, ...] = ()

    @property
    def marks(self) -> str:
        """Return all its points as one path."""
        return "".join(f"M{point.x:.1f} {point.y:.1f}{SHAPES[self.moment]}" for point in self.points)


@dataclass(frozen=True)
class WeekBar:
    """The rating of a whole week: a level stretch over its days."""

    x: float
    width: float
    y: float
    reading: Reading


@dataclass(frozen=True)
class Band:
    """The numbers of one zone, from the edge below to the edge above."""

    zone: str
    y: float
    height: float


@dataclass(frozen=True)
class Panel:
    """One of the two parts of the chart."""

    name: str
    top: int
    series: tuple[Series, ...]
    weeks: tuple[WeekBar, ...]
    bands: tuple[Band, ...]
    limit: float | None
    ticks: tuple[Tick, ...]

    @property
    def bottom(self) -> int:
        """Return where no pain lies."""
        return self.top + PANEL


@dataclass(frozen=True)
class Measure:
    """How high the change is that counts as real, as a length beside the days."""

    x: float
    top: float
    bottom: float

    @property
    def path(self) -> str:
        """Return it as an upright line between two strokes."""
        return f"M{self.x - 4:.1f} {self.top:.1f}h8m-4 0V{self.bottom:.1f}m-4 0h8"


@dataclass(frozen=True)
class PainChart:
    """Everything that the template draws."""

    panels: tuple[Panel, ...]
    day_ticks: tuple[Tick, ...]
    measure: Measure
    height: int
    width: int = WIDTH
    left: int = LEFT
    plot_right: int = WIDTH - RIGHT

    @property
    def plot_width(self) -> int:
        """Return how wide the days are together."""
        return self.plot_right - self.left


SESSIONS, MORNINGS = "sessions", "mornings"
AROUND_SESSIONS = ("before", "worst", "after", "hour_later")
WEEKLY = ("week_usual", "week_worst")
# What is asked every time; the others stand alone.
JOINED = frozenset({"before", "worst", "morning"})


def pain_chart(readings: Iterable[Reading], days: Sequence[date], limits: PainLimits | None = None) -> PainChart:
    """Lay ratings out over consecutive days. What was skipped leaves a gap, a zero is drawn as zero.

    Without `limits` there are no bands. The second panel is there once any of its questions was asked.
    """
    in_order = sorted(readings, key=lambda reading: (reading.day, reading.is_evening))
    panels = [_panel(SESSIONS, TOP, in_order, days, AROUND_SESSIONS, limits)]
    if any(reading.moment not in AROUND_SESSIONS for reading in in_order):
        panels.append(_panel(MORNINGS, TOP + PANEL + BETWEEN, in_order, days, ("morning",), limits))
    top = panels[0].top
    return PainChart(
        panels=tuple(panels),
        day_ticks=day_ticks(days, right=RIGHT),
        measure=Measure(WIDTH - RIGHT / 2, _y(PAIN_HIGHEST, top), _y(PAIN_HIGHEST - REAL_CHANGE, top)),
        height=panels[-1].bottom + BOTTOM,
    )


def _panel(
    name: str,
    top: int,
    in_order: Sequence[Reading],
    days: Sequence[date],
    moments: Sequence[str],
    limits: PainLimits | None,
) -> Panel:
    return Panel(
        name=name,
        top=top,
        series=tuple(_series(moment, in_order, days, top) for moment in moments),
        weeks=tuple(_weeks(in_order, days, top)) if name == MORNINGS else (),
        bands=_bands(limits, top) if limits else (),
        limit=_y(limits.amber_max + EDGE, top) if limits else None,
        ticks=tuple(Tick(_y(value, top), value) for value in range(0, PAIN_HIGHEST + 1, 2)),
    )


def _series(moment: str, in_order: Iterable[Reading], days: Sequence[date], top: int) -> Series:
    runs: list[list[Point]] = [[]]
    for reading in in_order:
        if reading.moment != moment:
            continue
        if runs[-1] and (reading.value is None or (reading.day - runs[-1][-1].reading.day).days > 1):
            runs.append([])
        if reading.value is not None:
            part = NOON if moment == "morning" else EVENING if reading.is_evening else MORNING
            runs[-1].append(Point(x_of(reading.day, days, part, right=RIGHT), _y(reading.value, top), reading))
    return Series(
        moment,
        points=tuple(point for run in runs for point in run),
        lines=tuple(" ".join(f"{point.x:.1f},{point.y:.1f}" for point in run) for run in runs if len(run) > 1)
        if moment in JOINED
        else (),
    )


def _weeks(in_order: Iterable[Reading], days: Sequence[date], top: int) -> Iterable[WeekBar]:
    """Return the weeks that have a number, as far as their days are on the paper; the worst is drawn last."""
    for moment in WEEKLY:
        for reading in in_order:
            last = min(reading.day + timedelta(days=DAYS_OF_WEEK - 1), days[-1])
            first = max(reading.day, days[0])
            if reading.moment == moment and reading.value is not None and first <= last:
                left, right = x_of(first, days, 0, right=RIGHT), x_of(last, days, 1, right=RIGHT)
                yield WeekBar(left + 1, right - left - 2, _y(reading.value, top), reading)


def _bands(limits: PainLimits, top: int) -> tuple[Band, ...]:
    edges = (
        ("green", 0, limits.green_max + EDGE),
        ("amber", limits.green_max + EDGE, limits.amber_max + EDGE),
        ("red", limits.amber_max + EDGE, PAIN_HIGHEST),
    )
    return tuple(Band(zone, _y(above, top), _y(below, top) - _y(above, top)) for zone, below, above in edges)


def _y(value: float, top: int) -> float:
    return top + PANEL * (1 - value / PAIN_HIGHEST)
