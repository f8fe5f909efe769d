"""Holds as columns: kept, ended early and not timed are three things, and a day without any has no column."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.charts import DayHolds, holds_chart
from progress.charts.holds import BOTTOM, HEIGHT, TOP

DAYS = tuple(date(2026, 11, 1) + timedelta(days=number) for number in range(30))


def holds(day: int, *, kept: int = 0, short: int = 0, untimed: int = 0) -> DayHolds:
    """Return the holds of a day of November."""
    return DayHolds(DAYS[day - 1], timed=kept + short, kept=kept, untimed=untimed)


def test_holds_chart_stacks_what_was_kept_what_ended_early_and_what_nobody_timed():
    chart = holds_chart([holds(3, kept=10, short=5, untimed=5)], DAYS)

    floor = HEIGHT - BOTTOM
    assert [(block.kind, block.count) for block in chart.blocks] == [("kept", 10), ("short", 5), ("untimed", 5)]
    assert [round(block.y + block.height) for block in chart.blocks] == [floor, *(round(b.y) for b in chart.blocks[:2])]


def test_holds_chart_nothing_is_no_block():
    chart = holds_chart([holds(3, kept=2)], DAYS)

    assert [block.kind for block in chart.blocks] == ["kept"]
    assert dict(chart.paths)["short"] == dict(chart.paths)["untimed"] == ""


@pytest.mark.parametrize(
    ("most", "labels"),
    [(1, [0, 5]), (5, [0, 5]), (6, [0, 5, 10]), (15, [0, 5, 10, 15]), (16, [0, 10, 20]), (40, [0, 20, 40])],
)
def test_holds_chart_axis_has_few_round_counts(most, labels):
    chart = holds_chart([holds(3, kept=most)], DAYS)

    assert [tick.label for tick in chart.count_ticks] == labels


def test_holds_chart_of_nothing_has_an_axis():
    chart = holds_chart([], DAYS)

    assert (chart.blocks, [tick.label for tick in chart.count_ticks]) == ((), [0, 5])


@given(
    rows=st.lists(
        st.builds(
            holds, st.integers(1, 30), kept=st.integers(0, 60), short=st.integers(0, 60), untimed=st.integers(0, 60)
        ),
        max_size=30,
        unique_by=lambda row: row.day,
    )
)
def test_holds_chart_stays_on_the_paper_and_loses_nothing(rows):
    chart = holds_chart(rows, DAYS)

    assert sum(block.count for block in chart.blocks) == sum(row.timed + row.untimed for row in rows)
    assert all(block.y >= TOP - 0.01 and block.y + block.height <= HEIGHT - BOTTOM + 0.01 for block in chart.blocks)
    assert all(chart.left <= block.x and block.x + chart.column <= chart.plot_right for block in chart.blocks)
