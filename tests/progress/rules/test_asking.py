"""When the questions after a session are open."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from progress.rules.asking import (
    is_hour_later_open,
    is_morning_check_open,
    knees_to_ask_hour_later,
    morning_asks_about,
)
from progress.rules.days import local_moment
from tests.progress.rules.builders import TODAY, at, back, pain

ENDED = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
IN_AN_HOUR = ENDED + timedelta(hours=1)


@pytest.mark.parametrize(
    ("wall", "expected"),
    [("03:59", False), ("04:00", True), ("11:59", True), ("12:00", False), ("20:00", False), ("00:40", False)],
)
def test_morning_check_from_four_to_noon(wall, expected):
    assert is_morning_check_open(at(wall)) is expected
    assert morning_asks_about(at(wall), {back(1)}) == (back(1) if expected else None)


@pytest.mark.parametrize("session_days", [set(), {TODAY}, {back(2)}, {back(2), TODAY}])
def test_morning_check_needs_a_session_the_day_before(session_days):
    assert morning_asks_about(at("08:00"), session_days) is None


def test_morning_check_session_after_midnight_was_yesterdays():
    session = local_moment(datetime(2026, 11, 25, 0, 40, tzinfo=UTC), "Europe/London")
    next_morning = local_moment(datetime(2026, 11, 25, 8, 0, tzinfo=UTC), "Europe/London")

    assert morning_asks_about(next_morning, {session.local_date}) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("today", "day_before"),
    [
        (date(2027, 1, 1), date(2026, 12, 31)),
        (date(2028, 3, 1), date(2028, 2, 29)),
        (date(2027, 3, 28), date(2027, 3, 27)),
    ],
)
def test_morning_check_across_the_edges_of_months_and_years(today, day_before):
    assert morning_asks_about(at("08:00", today), {day_before}) == day_before


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(minutes=44, seconds=59), False),
        (timedelta(minutes=45), True),
        (timedelta(hours=1), True),
        (timedelta(hours=3), True),
        (timedelta(hours=3, seconds=1), False),
        (timedelta(hours=-1), False),
    ],
)
def test_hour_later_from_45_minutes_to_3_hours(after, expected):
    assert is_hour_later_open(ENDED, ENDED + after) is expected


@pytest.mark.parametrize(
    ("ended", "now", "fold", "expected"),
    [
        # 01:30 to 03:30 is one hour, as 02:00 to 03:00 is missing.
        ("2027-03-28 01:30", "2027-03-28 03:30", 0, True),
        ("2027-03-28 01:30", "2027-03-28 03:10", 0, False),
        # 02:30 to 02:30, an hour later.
        ("2026-10-25 02:30", "2026-10-25 02:30", 1, True),
        # 01:30 to 03:45 is more than three hours.
        ("2026-10-25 01:30", "2026-10-25 03:45", 0, False),
    ],
)
def test_hour_later_is_an_hour_whatever_the_clock_on_the_wall_does(ended, now, fold, expected):
    berlin = ZoneInfo("Europe/Berlin")
    ended_at = datetime.fromisoformat(ended).replace(tzinfo=berlin)
    now_at = datetime.fromisoformat(now).replace(tzinfo=berlin, fold=fold)

    assert is_hour_later_open(ended_at, now_at) is expected
    assert is_hour_later_open(ended_at.astimezone(UTC), now_at) is expected


@pytest.mark.parametrize(
    ("hour_later", "expected"),
    [
        (..., ("left", "right")),
        ({"left": 0}, ("right",)),
        # Skipped is an answer: nobody is asked twice.
        ({"left": None}, ("right",)),
        ({"left": 3, "right": None}, ()),
    ],
)
def test_knees_to_ask_hour_later_not_answered_yet(hour_later, expected):
    session = pain(1, TODAY, before={"left": 0, "right": 0}, worst={"left": 2, "right": 4}, hour_later=hour_later)

    assert knees_to_ask_hour_later(session, ended_at=ENDED, now=IN_AN_HOUR) == expected


def test_knees_to_ask_hour_later_only_what_is_called_for_and_in_time():
    session = pain(1, TODAY, before={"left": 0, "right": 0}, worst={"left": 1, "right": 2})

    assert knees_to_ask_hour_later(session, ended_at=ENDED, now=IN_AN_HOUR) == ("right",)
    assert knees_to_ask_hour_later(session, ended_at=ENDED, now=ENDED) == ()
