"""Pain over time on paper: a gap is a gap, a zero is a zero, skipped is not drawn."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.charts import PainChart, Reading, pain_chart
from progress.charts.pain import JOINED, PANEL, RIGHT, SHAPES, TOP, Panel, Series
from progress.charts.paper import LEFT, WIDTH
from progress.models import PainRating
from progress.rules.limits import PainLimits

DAYS = tuple(date(2026, 11, 1) + timedelta(days=number) for number in range(30))
BOTTOM = TOP + PANEL


def reading(day: int, value: int | None, *, moment: str = "worst", is_evening: bool = False) -> Reading:
    """Return a rating of a day of November."""
    return Reading(date(2026, 11, day), moment, value, is_evening)


def worst(*readings: Reading) -> Series:
    """Return the series of the worst pain."""
    return series_of(pain_chart(readings, DAYS), "worst")


def series_of(chart: PainChart, moment: str) -> Series:
    """Return the series of a moment."""
    (found,) = (series for panel in chart.panels for series in panel.series if series.moment == moment)
    return found


def mornings(*readings: Reading) -> Panel:
    """Return the panel of mornings and weeks."""
    return pain_chart(readings, DAYS).panels[1]


def stretches(*readings: Reading) -> list[list[int | None]]:
    """Return the values along each line that is drawn."""
    series = worst(*readings)
    values = {f"{point.x:.1f},{point.y:.1f}": point.reading.value for point in series.points}
    return [[values[spot] for spot in line.split(" ")] for line in series.lines]


def test_pain_chart_without_ratings_has_axes_and_nothing_else():
    chart = pain_chart([], DAYS)

    (panel,) = chart.panels
    assert [(series.points, series.lines, series.marks) for series in panel.series] == [((), (), "")] * 4
    assert (panel.bands, panel.limit, panel.weeks) == ((), None, ())
    assert [tick.label for tick in panel.ticks] == [0, 2, 4, 6, 8, 10]
    assert [tick.label for tick in chart.day_ticks] == [DAYS[day - 1] for day in (1, 5, 10, 15, 20, 25, 30)]


@pytest.mark.parametrize(("value", "y"), [(0, BOTTOM), (10, TOP), (5, (TOP + BOTTOM) / 2)])
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

    chart = pain_chart([*readings, reading(3, 9, moment="morning")], DAYS)

    assert [point.reading.value for point in series_of(chart, "before").points] == [1, 2]
    assert [point.reading.value for point in series_of(chart, "worst").points] == [6, 7]
    assert [point.reading.value for point in series_of(chart, "morning").points] == [9]
    assert [len(series_of(chart, moment).lines) for moment in ("before", "worst", "morning")] == [1, 1, 0]


def test_pain_chart_what_is_asked_now_and_then_is_not_joined():
    chart = pain_chart([reading(3, 4, moment="hour_later"), reading(4, 5, moment="hour_later")], DAYS)

    assert (len(series_of(chart, "hour_later").points), series_of(chart, "hour_later").lines) == (2, ())


def test_pain_chart_knows_every_moment_there_is():
    moments = {str(moment) for moment in PainRating.Moment}

    assert set(SHAPES) | {"week_worst", "week_usual"} == moments
    assert set(SHAPES) >= JOINED


def test_pain_chart_moments_have_different_shapes_or_panels():
    around = [SHAPES[moment] for moment in ("before", "worst", "after", "hour_later")]

    assert len(set(around)) == 4


def test_pain_chart_mornings_and_weeks_have_a_panel_once_they_are_asked_for():
    assert len(pain_chart([reading(3, 4)], DAYS).panels) == 1
    assert mornings(reading(3, None, moment="morning")).series[0].points == ()
    assert (
        mornings(reading(3, 0, moment="morning")).series[0].points[0].y
        == mornings(reading(3, 0, moment="morning")).bottom
    )


def test_pain_chart_week_is_a_stretch_over_its_days():
    (bar,) = mornings(reading(9, 3, moment="week_usual")).weeks
    day_width = (WIDTH - LEFT - RIGHT) / len(DAYS)

    assert (bar.x, bar.x + bar.width) == pytest.approx((LEFT + 8 * day_width + 1, LEFT + 15 * day_width - 1))


@pytest.mark.parametrize(
    ("monday", "days"),
    [(date(2026, 10, 26), 1), (date(2026, 11, 30), 1), (date(2026, 10, 25), 0), (date(2026, 12, 1), 0)],
)
def test_pain_chart_week_across_the_edge_of_the_month_ends_there(monday, days):
    bars = mornings(Reading(monday, "week_worst", 5)).weeks
    day_width = (WIDTH - LEFT - RIGHT) / len(DAYS)

    assert [round((bar.width + 2) / day_width) for bar in bars] == [days] * bool(days)


def test_pain_chart_skipped_week_is_not_drawn():
    assert mornings(reading(9, None, moment="week_worst")).weeks == ()


def test_pain_chart_bands_are_the_limits_and_fill_the_panel():
    chart = pain_chart([reading(3, 4), reading(4, 4, moment="morning")], DAYS, PainLimits(green_max=2, amber_max=5))

    for panel in chart.panels:
        green, amber, red = panel.bands
        assert [band.zone for band in panel.bands] == ["green", "amber", "red"]
        assert (green.y + green.height, amber.y + amber.height, red.y + red.height) == pytest.approx(
            (panel.bottom, green.y, amber.y)
        )
        assert (red.y, panel.limit) == pytest.approx((panel.top, amber.y))


@pytest.mark.parametrize(("value", "zone"), [(0, "green"), (2, "green"), (3, "amber"), (5, "amber"), (6, "red")])
def test_pain_chart_mark_on_a_limit_lies_inside_of_it(value, zone):
    panel = pain_chart([reading(3, value)], DAYS, PainLimits(green_max=2, amber_max=5)).panels[0]

    y = panel.series[1].points[0].y
    assert [band.zone for band in panel.bands if band.y <= y <= band.y + band.height] == [zone]


def test_pain_chart_measures_two_points_as_a_real_change():
    chart = pain_chart([reading(3, 4), reading(4, 6)], DAYS)

    first, second = series_of(chart, "worst").points
    assert chart.measure.bottom - chart.measure.top == pytest.approx(first.y - second.y)
    assert chart.measure.x > chart.plot_right


def test_pain_chart_skipped_in_one_moment_does_not_break_another():
    readings = [reading(3, 4), reading(3, None, moment="before"), reading(4, 5)]

    assert stretches(*readings) == [[4, 5]]


any_reading = st.builds(
    Reading,
    day=st.sampled_from(DAYS),
    moment=st.sampled_from(sorted(SHAPES)),
    value=st.none() | st.integers(0, 10),
    is_evening=st.booleans(),
)


@given(readings=st.lists(any_reading, max_size=40))
def test_pain_chart_draws_every_answer_once_and_on_the_paper(readings):
    chart = pain_chart(readings, DAYS)

    drawn = [(panel, point) for panel in chart.panels for series in panel.series for point in series.points]
    assert len(drawn) == sum(row.value is not None for row in readings)
    assert all(LEFT < point.x < chart.plot_right and panel.top <= point.y <= panel.bottom for panel, point in drawn)
    marks = [series.marks for panel in chart.panels for series in panel.series]
    assert "".join(marks).count("M") == len(drawn)


@given(readings=st.lists(any_reading, max_size=40))
def test_pain_chart_gap_as_zero_cannot_happen(readings):
    """Named trap: a day without an answer lies under no line and has no mark at zero."""
    day_width = (WIDTH - LEFT - RIGHT) / len(DAYS)

    for panel in pain_chart(readings, DAYS).panels:
        for series in panel.series:
            answered = {point.reading.day for point in series.points}
            zeros = sum(row.value == 0 and row.moment == series.moment for row in readings)
            assert sum(point.y == panel.bottom for point in series.points) == zeros
            for line in series.lines:
                spots = [float(spot.split(",")[0]) for spot in line.split(" ")]
                first, last = (int((x - LEFT) / day_width) for x in (spots[0], spots[-1]))
                assert set(DAYS[first : last + 1]) <= answered
