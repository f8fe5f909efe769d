"""Repetitions of a set on paper: each at its number, and a hold that nobody timed is not one of zero."""

import pytest

from progress.charts import RepBar, reps_chart
from progress.charts.paper import LEFT, RIGHT, WIDTH
from progress.charts.reps import BOTTOM, HEIGHT, TOP

FLOOR = HEIGHT - BOTTOM


def test_reps_chart_hold_has_its_height_against_the_target():
    chart = reps_chart([RepBar(1, "ok", 3000), RepBar(2, "short", 1500), RepBar(3, "ok", 3300)], 3000, 10)

    full, half, over = chart.bars
    assert full.y == pytest.approx(chart.target)
    assert FLOOR - half.y == pytest.approx((FLOOR - full.y) / 2)
    assert over.y < chart.target
    assert (chart.target_seconds, [bar.kind for bar in chart.bars]) == (3, ["ok", "short", "ok"])


def test_reps_chart_hold_of_zero_and_one_that_was_not_timed_are_different():
    zero, untimed, skipped = reps_chart(
        [RepBar(1, "short", 0), RepBar(2, "ok", None), RepBar(3, "skipped", None)], 3000, 10
    ).bars

    assert (zero.kind, zero.height) == ("short", 0)
    assert (untimed.kind, skipped.kind, skipped.height) == ("untimed", "skipped", 0)
    assert untimed.height > 0


def test_reps_chart_leaves_a_gap_for_a_number_that_is_missing():
    one, three = reps_chart([RepBar(1, "ok", 3000), RepBar(3, "ok", 3000)], 3000, 3).bars

    assert three.x - one.x == pytest.approx(2 * (WIDTH - LEFT - RIGHT) / 3)


@pytest.mark.parametrize(("numbers", "count"), [([1], 1), (range(1, 61), 10), ([20], 10), ([], 12)])
def test_reps_chart_stays_on_the_paper(numbers, count):
    chart = reps_chart([RepBar(number, "ok", 120_000) for number in numbers], 3000, count)

    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH - RIGHT for bar in chart.bars)
    assert all(TOP - 0.01 <= bar.y <= FLOOR and bar.width > 0 for bar in chart.bars)
    assert chart.number_ticks[0].label == 1
