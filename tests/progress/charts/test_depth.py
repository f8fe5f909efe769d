"""Depth of squats on paper: deeper is lower, prescribed is a line, done is a mark, not said is neither."""

from datetime import date, timedelta

import pytest

from progress.charts import DepthReading, depth_chart

DAYS = tuple(date(2026, 11, 1) + timedelta(days=number) for number in range(30))
NAMES = {0: "just bent", 1: "one hand", 2: "two hands"}


def squat(day: int, *, prescribed: int, done: int | None, is_evening: bool = False) -> DepthReading:
    """Return a squat of a day of November."""
    return DepthReading(DAYS[day - 1], prescribed, done, is_evening)


def test_depth_chart_names_every_rung_and_the_deepest_is_lowest():
    chart = depth_chart([], DAYS, NAMES)

    assert [rung.label for rung in chart.rungs] == ["just bent", "one hand", "two hands"]
    assert [rung.y for rung in chart.rungs] == sorted(rung.y for rung in chart.rungs)
    assert (chart.marks, chart.prescribed, chart.done) == ((), (), "")


def test_depth_chart_prescribed_as_done_cannot_happen():
    """Named trap: what was prescribed is drawn as a line, and never as a mark."""
    chart = depth_chart([squat(3, prescribed=2, done=None), squat(4, prescribed=2, done=0)], DAYS, NAMES)

    assert [(mark.reading.day.day, mark.y) for mark in chart.marks] == [(4, chart.rungs[0].y)]
    assert chart.done.count("M") == 1
    assert len(chart.prescribed) == 1
    assert f" {chart.rungs[2].y:.1f}H" in chart.prescribed[0]


@pytest.mark.parametrize(
    ("readings", "stretches"),
    [
        ([squat(3, prescribed=1, done=1), squat(4, prescribed=1, done=1)], 1),
        ([squat(3, prescribed=1, done=1), squat(4, prescribed=2, done=1)], 2),
        ([squat(3, prescribed=1, done=1), squat(5, prescribed=1, done=1)], 2),
        ([squat(3, prescribed=1, done=1, is_evening=True), squat(3, prescribed=1, done=1)], 1),
    ],
)
def test_depth_chart_prescribed_line_has_gaps_where_nothing_was_done(readings, stretches):
    assert len(depth_chart(readings, DAYS, NAMES).prescribed) == stretches


def test_depth_chart_lays_morning_before_evening():
    chart = depth_chart([squat(3, prescribed=1, done=0, is_evening=True), squat(3, prescribed=1, done=1)], DAYS, NAMES)

    assert [mark.reading.is_evening for mark in chart.marks] == [False, True]
    assert chart.marks[0].x < chart.marks[1].x
