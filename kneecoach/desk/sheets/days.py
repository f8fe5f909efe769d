"""Which days a sheet is about. Plain values, no Django."""

from dataclasses import dataclass
from datetime import date, timedelta

# Four weeks fit on one page, twelve on three.
USUAL_DAYS, MOST_DAYS = 28, 84
# A visit that was only just now says too little: then the usual days.
FEWEST_DAYS = 7


@dataclass(frozen=True)
class Days:
    """Consecutive days, the first and the last included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        """Return how many days they are."""
        return (self.last - self.first).days + 1

    @property
    def all(self) -> list[date]:
        """Return them in order."""
        return [self.first + timedelta(days=offset) for offset in range(self.count)]

    @property
    def weeks(self) -> list[list[date]]:
        """Return them week by week: each begins on a Monday, but for the first."""
        found: list[list[date]] = []
        for day in self.all:
            if not found or day.weekday() == 0:
                found.append([])
            found[-1].append(day)
        return found


def last_days(today: date, count: int = USUAL_DAYS) -> Days:
    """Return the last days, today included."""
    return Days(today - timedelta(days=count - 1), today)


def days_since(visit: date | None, today: date) -> Days:
    """Return the days since the last visit, where that was one to twelve weeks ago; else the last four weeks."""
    if visit and FEWEST_DAYS <= (today - visit).days < MOST_DAYS:
        return Days(visit, today)
    return last_days(today)
