"""Which week the weekly check asks about."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.weekly import CHANGE_HIGHEST, CHANGE_LOWEST, monday_of, week_to_ask
from tests.progress.rules.builders import prescription

MONDAY = date(2026, 11, 16)
NEXT = MONDAY + timedelta(days=7)


@pytest.mark.parametrize(
    ("today", "monday"),
    [
        (date(2026, 11, 22), date(2026, 11, 9)),
        (date(2026, 11, 23), date(2026, 11, 16)),
        (date(2026, 11, 29), date(2026, 11, 16)),
        (date(2026, 11, 30), date(2026, 11, 23)),
        # the first week of 2027 begins on 4 January, the last of 2026 on 28 December
        (date(2027, 1, 3), date(2026, 12, 21)),
        (date(2027, 1, 4), date(2026, 12, 28)),
        (date(2028, 3, 6), date(2028, 2, 28)),
        # clocks go forward on Sunday 28 March 2027
        (date(2027, 3, 29), date(2027, 3, 22)),
    ],
)
def test_week_to_ask_is_the_one_before(today, monday):
    assert week_to_ask(today, [prescription()]) == monday


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"starts_on": NEXT}, None),
        ({"starts_on": NEXT - timedelta(days=1)}, MONDAY),
        ({"ended_on": MONDAY}, None),
        ({"ended_on": MONDAY + timedelta(days=1)}, MONDAY),
        ({"pauses": ((MONDAY, NEXT - timedelta(days=1)),)}, None),
        ({"pauses": ((MONDAY, NEXT - timedelta(days=2)),)}, MONDAY),
        ({"pauses": ((MONDAY + timedelta(days=1), None),)}, MONDAY),
    ],
)
@pytest.mark.parametrize("day", range(7))
def test_week_to_ask_only_where_something_was_prescribed_on_one_of_its_days(values, expected, day):
    assert week_to_ask(NEXT + timedelta(days=day), [prescription(**values)]) == expected


def test_week_to_ask_any_of_several_prescriptions_is_enough():
    later = prescription(starts_on=NEXT)

    assert week_to_ask(NEXT, []) is None
    assert week_to_ask(NEXT, [later, prescription(id=2)]) == MONDAY


def test_change_has_seven_steps_with_none_in_the_middle():
    assert (CHANGE_LOWEST, CHANGE_HIGHEST) == (-3, 3)


@given(day=st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_monday_of_is_the_day_of_the_iso_week(day):
    monday = monday_of(day)

    assert (monday.isocalendar()[:2], monday.isoweekday()) == (day.isocalendar()[:2], 1)
