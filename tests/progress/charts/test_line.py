"""The small line of pain: a gap is a gap, and a zero lies on the floor."""

from datetime import date, timedelta

from progress.charts import pain_line

DAYS = tuple(date(2026, 11, 12) + timedelta(days=number) for number in range(14))


def test_line_joins_neighbours_and_leaves_gaps():
    line = pain_line({DAYS[0]: 2, DAYS[1]: 4, DAYS[3]: 3, DAYS[13]: 1}, DAYS)

    assert [len(stretch.split()) for stretch in line.stretches] == [2]
    assert line.dots.count("M") == 4
    assert line.stretches[0].split()[0].startswith("4.0,")
    assert line.last is not None
    assert line.last[0] == line.width - 4


def test_zero_lies_on_the_floor_and_is_no_gap():
    line = pain_line({DAYS[0]: 0, DAYS[1]: 0}, DAYS)

    assert [point.split(",")[1] for point in line.stretches[0].split()] == [f"{line.floor:.1f}"] * 2


def test_nothing_told_draws_nothing():
    line = pain_line({}, DAYS)

    assert (line.stretches, line.dots, line.last, line.limit) == ((), "", None, None)


def test_limit_lies_between_the_last_number_within_and_the_first_above():
    line = pain_line({DAYS[0]: 5, DAYS[1]: 6}, DAYS, limit=5)

    within, above = (float(point.split(",")[1]) for point in line.stretches[0].split())
    assert line.limit is not None
    assert above < line.limit < within


def test_day_outside_is_not_drawn_and_one_day_alone_has_a_place():
    assert pain_line({DAYS[0] - timedelta(days=1): 9}, DAYS).last is None
    assert pain_line({DAYS[0]: 5}, DAYS[:1]).last is not None
