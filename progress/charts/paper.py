"""What all charts share: the width of the paper, its margins, and days from left to right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# Units of the viewBox. As wide as a phone, so that text keeps its size there.
WIDTH, LEFT, RIGHT = 360, 28, 8
# Where the parts of a day stand within it.
MORNING, NOON, EVENING = 0.3, 0.5, 0.7
MARKED_DAYS = 5


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    position: float
    label: object


def x_of(day: date, days: Sequence[date], part_of_day: float = NOON, *, right: int = RIGHT) -> float:
    """Return where a day stands among consecutive days; one before the first stands left of the paper."""
    return LEFT + (WIDTH - LEFT - right) * ((day - days[0]).days + part_of_day) / len(days)


def day_ticks(days: Sequence[date], *, right: int = RIGHT) -> tuple[Tick, ...]:
    """Return the first day and every fifth of the month."""
    marked = (day for day in days if day == days[0] or day.day % MARKED_DAYS == 0)
    return tuple(Tick(x_of(day, days, right=right), day) for day in marked)
