"""Pain over time on paper: a gap is a gap, a zero is a zero, skipped is not drawn."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, PainChart, Reading, Series, pain_chart

DAYS = tuple(date(2026, 11, 1) + timedelta(days=number) for number in range(30))


def reading(day: int, value: int | None, *, moment: str = "worst", is_evening: bool = False) -> Reading:
    """Return a rating of a day of November."""
    return Reading(date(2026, 11, day), moment, value, is_evening)


def worst(*readings: Reading) -> Series:
    """Return the series of the worst pain."""
    (series,) = pain_chart(readings, DAYS, ["worst"]).series
    return series


def stretches(*readings: Reading) -> list[list[int | None]]:
    """Return the values along each line that is drawn."""
    series = worst(*readings)
    values = {f"{point.x:.1f},{point.y:.1f}": point.reading.value for point in series.points}
    return [[values[spot] for spot in line.split(" ")] for line in series.lines]


def test_pain_chart_without_ratings_has_axes_and_nothing_else():
    chart = pain_chart([], DAYS, ["before", "worst"])

    assert chart.series == (Series("before", (), ()), Series("worst", (), ()))
    assert [tick.label for tick in chart.pain_ticks] == [0, 2, 4, 6, 8, 10]
    assert [tick.label for tick in chart.day_ticks] == [DAYS[day - 1] for day in (1, 5, 10, 15, 20, 25, 30)]


def test_pain_chart_of_no_days_is_empty():
    assert pain_chart([], [], ["worst"]) == PainChart(
        (Series("worst", (), ()),), pain_chart([], DAYS, []).pain_ticks, ()
    )


@pytest.mark.parametrize(("value", "y"), [(0, HEIGHT - BOTTOM), (10, TOP), (5, (TOP + HEIGHT - BOTTOM) / 2)])
def test_pain_chart_value_has_its_height(value, y):
    (point,) = worst(reading(3, value)).points

    assert point.y == y
    assert point.reading.value == value


def test_pain_chart_zero_is_drawn_and_joined():
    assert stretches(reading(3, 2), reading(4, 0), reading(5, 1)) == [[2, 0, 1]]


def test_pain_chart_skipped_is_not_drawn():
    series = worst(reading(3, None))

    assert series == Series("worst", (), ())


@pytest.mark.parametrize(
    ("readings", "lines"),
    [
        ([reading(3, 4)], []),
        ([reading(3, 4), reading(4, 5)], [[4, 5]]),
        ([reading(3, 4), reading(3, 5, is_evening=True)], [[4, 5]]),
        # From a morning to the next evening is one day on the calendar.
        ([reading(3, 4), reading(4, 5, is_evening=True)], [[4, 5]]),
        # A day without a rating.
        ([reading(3, 4), reading(5, 5)], []),
        ([reading(3, 4, is_evening=True), reading(5, 5)], []),
        ([reading(1, 1), reading(2, 2), reading(4, 4), reading(5, 5)], [[1, 2], [4, 5]]),
        ([reading(1, 1), reading(3, 3), reading(4, 4)], [[3, 4]]),
        # A day whose question was skipped.
        ([reading(3, 4), reading(4, None), reading(5, 5)], []),
        # A skipped evening between two mornings.
        ([reading(3, 4), reading(3, None, is_evening=True), reading(4, 5)], []),
        ([reading(3, None), reading(3, 4, is_evening=True), reading(4, 5)], [[4, 5]]),
        ([reading(3, 4), reading(4, 5), reading(4, None, is_evening=True)], [[4, 5]]),
        # The order they come in does not matter.
        ([reading(4, 5), reading(3, 3, is_evening=True), reading(3, 2)], [[2, 3, 5]]),
        # Two in one part of the day, such as an extra session, keep the order they were given in.
        ([reading(3, 6, is_evening=True), reading(3, 7, is_evening=True)], [[6, 7]]),
    ],
)
def test_pain_chart_line_never_crosses_a_gap(readings, lines):
    assert stretches(*readings) == lines


def test_pain_chart_moments_have_a_line_each():
    readings = [reading(3, 1, moment="before"), reading(3, 6), reading(4, 2, moment="before"), reading(4, 7)]

    chart = pain_chart([*readings, reading(3, 9, moment="morning")], DAYS, ["before", "worst"])

    assert [[point.reading.value for point in series.points] for series in chart.series] == [[1, 2], [6, 7]]
    assert [len(series.lines) for series in chart.series] == [1, 1]


def test_pain_chart_skipped_in_one_moment_does_not_break_another():
    readings = [reading(3, 4), reading(3, None, moment="before"), reading(4, 5)]

    assert stretches(*readings) == [[4, 5]]


any_reading = st.builds(
    Reading,
    day=st.sampled_from(DAYS),
    moment=st.sampled_from(["before", "worst"]),
    value=st.none() | st.integers(0, 10),
    is_evening=st.booleans(),
)


@given(readings=st.lists(any_reading, max_size=40))
def test_pain_chart_draws_every_answer_once_and_on_the_paper(readings):
    chart = pain_chart(readings, DAYS, ["before", "worst"])

    points = [point for series in chart.series for point in series.points]
    assert len(points) == sum(row.value is not None for row in readings)
    assert all(LEFT < point.x < WIDTH - RIGHT and TOP <= point.y <= HEIGHT - BOTTOM for point in points)


@given(readings=st.lists(any_reading, max_size=40))
def test_pain_chart_day_without_an_answer_lies_under_no_line(readings):
    day_width = (WIDTH - LEFT - RIGHT) / len(DAYS)

    for series in pain_chart(readings, DAYS, ["before", "worst"]).series:
        answered = {point.reading.day for point in series.points}
        for line in series.lines:
            spots = [float(spot.split(",")[0]) for spot in line.split(" ")]
            first, last = (int((x - LEFT) / day_width) for x in (spots[0], spots[-1]))
            assert set(DAYS[first : last + 1]) <= answered
