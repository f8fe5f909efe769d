"""Which days a sheet is about."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneecoach.desk.sheets.days import Days, days_since, last_days

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("visit", "first"),
    [
        (None, "2026-10-29"),
        # Six days are too few for a visit, twelve weeks too many for a sheet.
        ("2026-11-19", "2026-10-29"),
        ("2026-11-18", "2026-11-18"),
        ("2026-10-01", "2026-10-01"),
        ("2026-09-03", "2026-09-03"),
        ("2026-09-02", "2026-10-29"),
    ],
)
def test_since_the_last_visit_or_four_weeks(visit: str | None, first: str):
    days = days_since(date.fromisoformat(visit) if visit else None, TODAY)

    assert days == Days(date.fromisoformat(first), TODAY)


def test_last_days_include_today():
    assert last_days(TODAY, 3).all == [date(2026, 11, 23), date(2026, 11, 24), TODAY]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 100))
def test_weeks_hold_every_day_once_and_begin_on_mondays(first: date, more: int):
    days = Days(first, first + timedelta(days=more))

    assert [day for week in days.weeks for day in week] == days.all
    assert all(week[0].weekday() == 0 for week in days.weeks[1:])
    assert all(len(week) <= 7 for week in days.weeks)
    assert days.count == more + 1
