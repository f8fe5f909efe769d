"""Days of travel."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.days import local_moment
from progress.rules.travel import ZonedSession, travel_days

BERLIN, NEW_YORK, TOKYO, LOS_ANGELES = "Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Los_Angeles"


def session(wall: str, zone: str) -> ZonedSession:
    """Return a session that started at a wall time of a zone."""
    at = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return ZonedSession(local_moment(at, zone).local_date, zone, at)


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], set()),
        ([("2026-11-22 08:00", BERLIN)], set()),
        ([("2026-11-22 08:00", BERLIN), ("2026-11-22 18:00", BERLIN)], set()),
        ([("2026-11-22 08:00", BERLIN), ("2026-11-22 18:00", NEW_YORK)], {22}),
        ([("2026-11-22 18:00", TOKYO), ("2026-11-22 18:00", LOS_ANGELES)], {22}),
        # Eastward, over night, and back days later.
        (
            [("2026-11-22 18:00", NEW_YORK), ("2026-11-23 18:00", BERLIN), ("2026-11-26 20:00", NEW_YORK)],
            {23, 26},
        ),
        # A session at 00:40 belongs to the day before.
        ([("2026-11-22 08:00", BERLIN), ("2026-11-23 00:40", NEW_YORK)], {22}),
        # Another zone with the same clock is no travel.
        ([("2026-11-22 08:00", BERLIN), ("2026-11-22 18:00", "Europe/Paris")], set()),
    ],
)
def test_travel_days_of_sessions_under_another_clock(sessions, expected):
    rows = [session(*row) for row in sessions]

    assert {day.day for day in travel_days(rows)} == expected
    assert travel_days(reversed(rows)) == travel_days(rows)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("2027-03-27 18:00", BERLIN), ("2027-03-28 18:00", BERLIN)),
        (("2026-10-24 18:00", BERLIN), ("2026-10-25 18:00", BERLIN)),
        # Both clocks went back in between.
        (("2026-10-24 18:00", BERLIN), ("2026-10-25 18:00", "Europe/Paris")),
    ],
)
def test_travel_days_summer_and_winter_time_are_no_travel(before, after):
    assert travel_days([session(*before), session(*after)]) == frozenset()


def test_travel_days_zone_with_a_quarter_of_an_hour():
    assert travel_days(
        [session("2026-11-22 08:00", "Asia/Kolkata"), session("2026-11-22 18:00", "Asia/Kathmandu")]
    ) == {date(2026, 11, 22)}


def test_travel_days_zone_of_the_profile_changed_later_changes_nothing():
    # What was frozen with the sessions counts; no zone of a profile is asked for.
    rows = [session("2026-11-22 08:00", BERLIN), session("2026-11-22 18:00", BERLIN)]

    assert travel_days(rows) == frozenset()


@given(
    walls=st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)), max_size=20),  # noqa: DTZ001 -- walls
    zones=st.lists(st.sampled_from([BERLIN, NEW_YORK, TOKYO, "Asia/Kathmandu"]), min_size=20, max_size=20),
)
def test_travel_days_are_days_of_sessions_and_need_two_zones(walls, zones):
    rows = [session(wall.isoformat(), zone) for wall, zone in zip(walls, zones, strict=False)]

    found = travel_days(rows)

    assert found <= {row.local_date for row in rows}
    assert not found or len({row.zone for row in rows}) > 1
