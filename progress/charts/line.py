"""The worst pain of some days as a small line, for a list. Gaps are gaps, and a zero lies on the floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT, EDGE = 132, 44, 4
PAIN_HIGHEST = 10
# A mark on a limit lies inside of it: numbers are whole, so the edge lies half-way to the next.
HALF = 0.5


@dataclass(frozen=True)
class PainLine:
    """Everything that the template draws: stretches of line between neighbouring days, a dot for each, the last one big."""

    stretches: tuple[str, ...]
    dots: str
    last: tuple[float, float] | None
    limit: float | None
    floor: float = HEIGHT - EDGE
    width: int = WIDTH
    height: int = HEIGHT


def pain_line(worst: Mapping[date, int], days: Sequence[date], limit: int | None = None) -> PainLine:
    """Lay the worst pain of consecutive days out; a day without a number is left out, and no line crosses it."""
    runs: list[list[tuple[float, float]]] = []
    before: date | None = None
    for place, day in enumerate(days):
        if day not in worst:
            continue
        if before is None or day - before > timedelta(days=1):
            runs.append([])
        x = EDGE + (WIDTH - 2 * EDGE) * place / max(len(days) - 1, 1)
        runs[-1].append((x, _y(worst[day])))
        before = day
    points = [point for run in runs for point in run]
    return PainLine(
        stretches=tuple(" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in runs if len(run) > 1),
        dots="".join(f"M{x:.1f} {y:.1f}m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z" for x, y in points),
        last=points[-1] if points else None,
        limit=None if limit is None else _y(limit + HALF),
    )


def _y(value: float) -> float:
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value / PAIN_HIGHEST
