"""Months as calendars show them. ISO weeks: they begin on Monday."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

# Nothing was recorded before, and every month shown has one before it.
EARLIEST_YEAR = 2000


@dataclass(frozen=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month that a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Return the month of a text such as 2026-11. Raises ValueError for anything else, and before 2000."""
        month = cls.of(date.fromisoformat(f"{text}-01"))
        if month.year < EARLIEST_YEAR:
            raise ValueError(text)
        return month

    @property
    def first(self) -> date:
        """Return its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Return its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def days(self) -> tuple[date, ...]:
        """Return all its days in order."""
        return tuple(self.first + timedelta(days=offset) for offset in range(self.last.day))

    @property
    def previous(self) -> "Month":
        """Return the month before."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def next(self) -> "Month":
        """Return the month after."""
        return Month.of(self.last + timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
