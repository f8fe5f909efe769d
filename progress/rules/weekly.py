"""The weekly check: worst and usual pain of a week, and how the knee has changed (docs/rules.md, Sources)."""

from collections.abc import Iterable
from datetime import date, timedelta

from progress.rules.slots import PrescriptionFact

DAYS_OF_WEEK = 7
# Seven steps from very much worse to very much better; 0 is no change.
CHANGE_LOWEST, CHANGE_HIGHEST = -3, 3


def monday_of(day: date) -> date:
    """Return the first day of the ISO week that a day lies in."""
    return day - timedelta(days=day.weekday())


def last_monday_of(today: date) -> date:
    """Return the first day of the ISO week before that of a day."""
    return monday_of(today) - timedelta(days=DAYS_OF_WEEK)


def week_to_ask(today: date, prescriptions: Iterable[PrescriptionFact]) -> date | None:
    """Return the Monday of the week that the weekly check asks about on a local day: the week before.

    All through the following week, Monday to Sunday. None where nothing was prescribed on any of its days.
    """
    monday = last_monday_of(today)
    days = [monday + timedelta(days=count) for count in range(DAYS_OF_WEEK)]
    return monday if any(fact.covers(day) for fact in prescriptions for day in days) else None
