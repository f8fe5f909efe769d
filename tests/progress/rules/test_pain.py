"""Zones, settled, about an hour later, weekly medians: missing and zero are different things."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.limits import PRESETS, PainLimits, Preset
from progress.rules.pain import Answer, Zone, asks_hour_later, knees_on, settled_on, weekly_medians, zone_of
from tests.progress.rules.builders import STANDARD, TODAY, back, history, of_numbers, pain

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
numbers = st.none() | st.integers(0, 10)


@pytest.mark.parametrize(
    ("preset", "zones"),
    [
        (Preset.STRICT, "ggaarrrrrrr"),
        (Preset.STANDARD, "gggaaarrrrr"),
        (Preset.LENIENT, "ggggaarrrrr"),
    ],
)
def test_zone_of_every_number(preset, zones):
    limits = PRESETS[preset].limits

    assert "".join(zone_of(number, limits).value[0] for number in range(11)) == zones
    assert {zone_of(0, limits), zone_of(10, limits)} == {Zone.GREEN, Zone.RED}


# --- one session ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("worst", "highest", "by_knee"),
    [
        (..., None, (None,)),
        (None, None, (None,)),
        (0, 0, (0,)),
        ({"left": 0, "right": None}, 0, (0, None)),
        ({"left": 3, "right": 4}, 4, (3, 4)),
        ({"right": 3, "left": 4}, 4, (4, 3)),
    ],
)
def test_worst_pain_zero_is_a_number(worst, highest, by_knee):
    session = pain(1, TODAY, worst=worst)

    assert session.worst_of_all == highest
    assert session.worst_by_knee == by_knee


def test_worst_by_knee_knee_that_was_asked_before_only_is_missing():
    session = pain(1, TODAY, before={"left": 1, "right": 2}, worst={"right": 3})

    assert session.worst_by_knee == (None, 3)
    assert session.knees == ("left", "right")


@pytest.mark.parametrize(
    ("before", "worst", "expected"),
    [
        (0, 0, False),
        (0, 1, False),
        (0, 2, True),
        (2, 3, False),
        (3, 3, False),
        (4, 4, True),
        (10, 4, True),
        (5, 3, False),
        (None, 3, False),
        (None, 4, True),
        (..., 3, False),
        (0, None, False),
        (0, ..., False),
        (None, None, False),
    ],
)
def test_asks_hour_later_from_four_or_two_more(before, worst, expected):
    assert asks_hour_later(pain(1, TODAY, before=before, worst=worst), "right") is expected


def test_asks_hour_later_of_each_knee_by_itself():
    session = pain(1, TODAY, before={"left": 0, "right": 0}, worst={"left": 1, "right": 2})

    assert [asks_hour_later(session, side) for side in ("left", "right")] == [False, True]


# --- settled -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "morning", "expected"),
    [
        (0, 0, YES),
        (0, 1, YES),
        (0, 2, NO),
        (2, 3, YES),
        (2, 4, NO),
        (5, 0, YES),
        (None, 0, UNKNOWN),
        (..., 0, UNKNOWN),
        (0, None, UNKNOWN),
        (0, ..., UNKNOWN),
        (None, None, UNKNOWN),
    ],
)
def test_settled_on_up_to_the_tolerance(before, morning, expected):
    facts = history(pain(1, back(1), before=before, worst=0), mornings={TODAY: morning})

    assert settled_on(TODAY, facts, STANDARD) is expected


@pytest.mark.parametrize("tolerance", [0, 1, 2, 3])
def test_settled_on_tolerance_is_the_limit_set(tolerance):
    limits = PainLimits(settled_tolerance=tolerance)
    session = pain(1, back(1), before=2)

    answers = [settled_on(TODAY, history(session, mornings={TODAY: 2 + rise}), limits) for rise in range(5)]

    assert answers == [YES] * (tolerance + 1) + [NO] * (4 - tolerance)


def test_settled_on_first_day_has_no_baseline():
    facts = history(pain(1, TODAY, before=0), mornings={TODAY: 9})

    assert settled_on(TODAY, facts, STANDARD) is UNKNOWN
    assert settled_on(TODAY, history(mornings={TODAY: 0}), STANDARD) is UNKNOWN


def test_settled_on_no_session_the_day_before_is_unknown():
    facts = history(pain(1, back(2), before=0), mornings={TODAY: 0})

    assert settled_on(TODAY, facts, STANDARD) is UNKNOWN


def test_settled_on_first_session_of_the_day_before_decides():
    first, second = pain(1, back(1), before=1), pain(2, back(1), before=5)

    for sessions in ((first, second), (second, first)):
        assert settled_on(TODAY, history(*sessions, mornings={TODAY: 4}), STANDARD) is NO
        assert knees_on(TODAY, history(*sessions))[0].session_id == first.session_id


def test_settled_on_first_session_without_a_number_is_not_replaced_by_the_second():
    sessions = pain(1, back(1), before=None, worst=2), pain(2, back(1), before=5)

    assert settled_on(TODAY, history(*sessions, mornings={TODAY: 0}), STANDARD) is UNKNOWN


def test_settled_on_each_knee_against_the_first_session_that_it_took_part_in():
    sessions = pain(1, back(1), before={"left": 1}), pain(2, back(1), before={"left": 5, "right": 4})

    result = settled_on(TODAY, history(*sessions, mornings={TODAY: {"left": 2, "right": 5}}), STANDARD)

    assert result is YES


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(0, 0, YES), (0, 2, NO), (2, 0, NO), (None, 2, NO), (0, None, UNKNOWN), (None, None, UNKNOWN)],
)
def test_settled_on_two_knees_the_worse_decides(left, right, expected):
    session = pain(1, back(1), before={"left": 0, "right": 0})

    result = settled_on(TODAY, history(session, mornings={TODAY: {"left": left, "right": right}}), STANDARD)

    assert result is expected


def test_settled_on_knee_that_was_not_exercised_says_nothing():
    facts = history(pain(1, back(1), before={"left": 0}), mornings={TODAY: {"left": 0, "right": 9}})

    assert settled_on(TODAY, facts, STANDARD) is YES


@pytest.mark.parametrize(
    ("morning", "day_before"),
    [
        (date(2026, 12, 1), date(2026, 11, 30)),
        (date(2027, 1, 1), date(2026, 12, 31)),
        (date(2028, 3, 1), date(2028, 2, 29)),
        (date(2027, 3, 1), date(2027, 2, 28)),
        (date(2026, 10, 25), date(2026, 10, 24)),
    ],
)
def test_settled_on_day_before_across_the_edges_of_months_and_years(morning, day_before):
    facts = history(pain(1, day_before, before=0), mornings={morning: 2})

    assert settled_on(morning, facts, STANDARD) is NO


@given(before=numbers, morning=numbers, tolerance=st.integers(0, 3))
def test_settled_on_is_known_exactly_when_both_numbers_are(before, morning, tolerance):
    facts = history(pain(1, back(1), before=before), mornings={TODAY: morning})

    answer = settled_on(TODAY, facts, PainLimits(settled_tolerance=tolerance))

    assert (answer is UNKNOWN) == (before is None or morning is None)


# --- weekly medians ------------------------------------------------------------------------------------------------
def test_weekly_medians_of_the_seven_days_that_end_yesterday_and_those_before():
    # From 14 days ago to yesterday; neither the day before nor today counts.
    sessions = of_numbers(9, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 10, first=back(15))

    assert weekly_medians(TODAY, history(*sessions)) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("numbers", "median"),
    [
        ((), None),
        ((1, 2, 3), None),
        ((0, 0, 0, 0), 0),
        ((0, 0, 3, 4), 1.5),
        ((1, 2, 3, None), None),
        ((1, 2, 3, 4, None), 2.5),
        ((1, 9, 9, 9, 9), 9),
    ],
)
def test_weekly_medians_needs_four_ratings_and_zero_is_one(numbers, median):
    this_week = history(*of_numbers(*numbers, first=back(7)))
    last_week = history(*of_numbers(*numbers, first=back(14)))

    assert weekly_medians(TODAY, this_week) == (median, None)
    assert weekly_medians(TODAY, last_week) == (None, median)


def test_weekly_medians_first_and_last_day_of_each_week():
    days = [back(number) for number in (15, 14, 8, 7, 1, 0)]
    sessions = [
        pain(10 * number + count, day, worst=number)
        for number, day in enumerate(days)
        for count in range(4)
    ]  # fmt: skip

    assert weekly_medians(TODAY, history(*sessions)) == (3.5, 1.5)


def test_weekly_medians_worse_knee_of_each_session_counts():
    sessions = [pain(number, back(number), worst={"left": 1, "right": 3}) for number in range(1, 5)]

    assert weekly_medians(TODAY, history(*sessions)) == (3.0, None)


def test_weekly_medians_across_the_turn_of_the_year():
    sessions = of_numbers(*[1] * 7, *[5] * 7, first=date(2026, 12, 20))

    assert weekly_medians(date(2027, 1, 3), history(*sessions)) == (5.0, 1.0)
