"""Reading Progress as a person would, and what tests write down for it."""

from dataclasses import asdict
from datetime import date

from bs4.element import Tag

from kneecoach.accounts.models import Patient, User
from progress.models import ExerciseSession, PainRating, RuleSet
from progress.rules.limits import Criteria, PainLimits
from tests.factories import (
    a_moment,
)
from tests.pages import soup, text_at, words
from tests.progress.views.conftest import NOW


def rate(
    patient: Patient, moment: str, value: int | None, *, day: date, session: ExerciseSession | None = None
) -> PainRating:
    """Write down what a knee said at a moment; None skips the question."""
    status = PainRating.Status.SKIPPED if value is None else PainRating.Status.ANSWERED
    return PainRating.objects.create(
        patient=patient,
        exercise_session=session,
        local_date=day,
        moment=moment,
        side="right",
        status=status,
        value=value,
        rated_at=NOW,
    )


def set_limits(patient: Patient, by: User, **limits: int) -> RuleSet:
    """Give a patient limits of their own."""
    return RuleSet.objects.create(
        patient=patient,
        version=1,
        preset="own",
        made_by=by,
        made_at=a_moment("2026-11-24 15:00"),
        **asdict(Criteria()) | asdict(PainLimits(**limits)),
    )


def day_cell(response, day: int) -> Tag:
    """Return a day of the calendar."""
    (cell,) = (cell for cell in soup(response).select(".cal-day") if words(cell).split()[0] == str(day))
    return cell


def day_marks(response, day: int) -> list[str]:
    """Return the states of a day's marks in the calendar."""
    return [str(mark["data-state"]) for mark in day_cell(response, day).select("[data-state]")]


def shares(response) -> dict[str, list[str]]:
    """Return what stands under each of the numbers, window by window."""
    rows = soup(response).select(".shares > li:has(dl)")
    return {words(row.h3): [words(cell) for cell in row.select("dd")] for row in rows}


def streak(response) -> str:
    """Return the days in a row."""
    return text_at(response, ".shares-days")


def pain_tables(response) -> dict[str, list[list[str]]]:
    """Return the lines of each table of pain, by the heading of its first column."""
    return {
        words(table.th): [[words(cell) for cell in row.select("th, td")] for row in table.select("tbody tr")]
        for table in soup(response).select("#pain table")
    }
