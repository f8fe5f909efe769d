"""Months as calendars show them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.months import Month


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-11", Month(2026, 11)),
        ("2000-01", Month(2000, 1)),
        ("2028-02", Month(2028, 2)),
        ("9999-12", Month(9999, 12)),
    ],
)
def test_parse_year_and_month(text, month):
    assert Month.parse(text) == month


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-",
        "2026-1",
        "2026-00",
        "2026-13",
        "2026-111",
        "26-11",
        "202611",
        "2026/11",
        "2026-1a",
        "2026--1",
        "2026-+1",
        "2026-W1",
        "+026-11",
        " 202-11",
        "2026-11 ",
        "2026-11-01",
        "２０２６-11",
        "1999-12",
        "0001-01",
        "0000-01",
        "9" * 5000 + "-01",
    ],
)
def test_parse_anything_else_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 -- nothing else is called here
        Month.parse(text)


@pytest.mark.parametrize(
    ("month", "last"),
    [
        (Month(2026, 11), date(2026, 11, 30)),
        (Month(2027, 2), date(2027, 2, 28)),
        (Month(2028, 2), date(2028, 2, 29)),
        (Month(2026, 12), date(2026, 12, 31)),
    ],
)
def test_days_of_a_month(month, last):
    assert (month.days[0], month.days[-1]) == (month.first, last)
    assert len(month.days) == last.day


@pytest.mark.parametrize(
    ("month", "previous", "following"),
    [
        (Month(2026, 11), Month(2026, 10), Month(2026, 12)),
        (Month(2026, 12), Month(2026, 11), Month(2027, 1)),
        (Month(2027, 1), Month(2026, 12), Month(2027, 2)),
        (Month(2000, 1), Month(1999, 12), Month(2000, 2)),
    ],
)
def test_neighbours_of_a_month(month, previous, following):
    assert (month.previous, month.next) == (previous, following)


@given(day=st.dates(date(2000, 1, 1), date(9998, 12, 31)))
def test_month_of_any_day_holds_it_and_reads_back(day):
    month = Month.of(day)

    assert month.days.count(day) == 1
    assert Month.parse(str(month)) == month
    assert month.next.previous == month
