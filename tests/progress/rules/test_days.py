"""Local days and slots: the table of docs/rules.md. What has to hold in every zone: test_zones.py."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from progress.rules.days import LocalMoment, Slot, is_live, is_slot_over, local_moment, pick_slot

MORNING, EVENING, EXTRA = Slot.MORNING, Slot.EVENING, Slot.EXTRA


def instant(text: str, zone: str = "UTC", *, fold: int = 0) -> datetime:
    """Return the instant of a wall time, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def moment(text: str, zone: str = "Europe/Berlin", *, fold: int = 0) -> LocalMoment:
    """Return a wall time as the rules see it."""
    return local_moment(instant(text, zone, fold=fold), zone)


# --- the programme day ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wall", "local_date"),
    [
        ("2026-11-22 03:59:59", date(2026, 11, 21)),
        ("2026-11-22 04:00:00", date(2026, 11, 22)),
        ("2026-11-22 00:40:00", date(2026, 11, 21)),
        ("2026-11-22 23:59:59", date(2026, 11, 22)),
        ("2027-01-01 03:59:59", date(2026, 12, 31)),
        ("2028-02-29 12:00:00", date(2028, 2, 29)),
        ("2028-03-01 03:59:59", date(2028, 2, 29)),
        ("2027-03-01 03:59:59", date(2027, 2, 28)),
    ],
)
def test_local_date_starts_at_four(wall, local_date):
    assert moment(wall).local_date == local_date


def test_local_date_session_over_midnight_stays_on_its_day():
    first_rep = moment("2026-11-22 23:50")
    last_rep = moment("2026-11-23 00:10")

    assert first_rep.local_date == last_rep.local_date == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("utc", "zone", "wall", "offset", "local_date"),
    [
        # Kathmandu is 5:45 ahead.
        ("2026-11-21 22:14", "Asia/Kathmandu", "2026-11-22 03:59", 345, date(2026, 11, 21)),
        ("2026-11-21 22:15", "Asia/Kathmandu", "2026-11-22 04:00", 345, date(2026, 11, 22)),
        # Berlin: 02:00 to 03:59 and the hour that is missing, then the hour that comes twice.
        ("2027-03-28 00:59", "Europe/Berlin", "2027-03-28 01:59", 60, date(2027, 3, 27)),
        ("2027-03-28 01:00", "Europe/Berlin", "2027-03-28 03:00", 120, date(2027, 3, 27)),
        ("2027-03-28 02:00", "Europe/Berlin", "2027-03-28 04:00", 120, date(2027, 3, 28)),
        ("2026-10-25 00:30", "Europe/Berlin", "2026-10-25 02:30", 120, date(2026, 10, 24)),
        ("2026-10-25 01:30", "Europe/Berlin", "2026-10-25 02:30", 60, date(2026, 10, 24)),
        ("2026-10-25 03:00", "Europe/Berlin", "2026-10-25 04:00", 60, date(2026, 10, 25)),
        # Midnight itself is missing.
        ("2026-04-23 21:59", "Africa/Cairo", "2026-04-23 23:59", 120, date(2026, 4, 23)),
        ("2026-04-23 22:00", "Africa/Cairo", "2026-04-24 01:00", 180, date(2026, 4, 23)),
        ("2026-03-28 22:00", "Asia/Beirut", "2026-03-29 01:00", 180, date(2026, 3, 28)),
        ("2026-03-29 01:00", "Asia/Beirut", "2026-03-29 04:00", 180, date(2026, 3, 29)),
        ("2026-09-06 04:00", "America/Santiago", "2026-09-06 01:00", -180, date(2026, 9, 5)),
        ("2026-09-06 07:00", "America/Santiago", "2026-09-06 04:00", -180, date(2026, 9, 6)),
        # Samoa left out the whole 30th.
        ("2011-12-30 09:59", "Pacific/Apia", "2011-12-29 23:59", -600, date(2011, 12, 29)),
        ("2011-12-30 10:00", "Pacific/Apia", "2011-12-31 00:00", 840, date(2011, 12, 30)),
        ("2011-12-30 14:00", "Pacific/Apia", "2011-12-31 04:00", 840, date(2011, 12, 31)),
    ],
)
def test_local_moment_in_zone(utc, zone, wall, offset, local_date):
    result = local_moment(instant(utc), zone)

    assert result == LocalMoment(local_date, datetime.fromisoformat(wall), offset)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 3, 27), 23), (date(2026, 10, 24), 25), (date(2026, 11, 22), 24)]
)
def test_local_date_day_of_clock_change_is_counted_once(day, hours):
    noon = instant(f"{day} 12:00", "Europe/Berlin")
    quarters = [noon + timedelta(minutes=15 * number) for number in range(-96, 192)]

    on_that_day = [at for at in quarters if local_moment(at, "Europe/Berlin").local_date == day]

    assert len(on_that_day) == hours * 4


@pytest.mark.parametrize(
    ("at", "from_zone", "to_zone", "from_date", "to_date"),
    [
        ("2026-11-22 20:00", "Europe/Berlin", "America/New_York", date(2026, 11, 22), date(2026, 11, 22)),
        ("2026-11-22 03:30", "Europe/Berlin", "America/New_York", date(2026, 11, 22), date(2026, 11, 21)),
        ("2026-11-22 01:00", "Asia/Tokyo", "America/Los_Angeles", date(2026, 11, 22), date(2026, 11, 21)),
        ("2026-11-22 12:30", "Asia/Tokyo", "America/Los_Angeles", date(2026, 11, 22), date(2026, 11, 22)),
    ],
)
def test_local_date_traveller_gets_the_date_of_the_zone_asked_for(at, from_zone, to_zone, from_date, to_date):
    dates = [local_moment(instant(at), zone).local_date for zone in (from_zone, to_zone)]

    assert dates == [from_date, to_date]


# --- slots ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wall", "is_morning"),
    [("03:59:59", False), ("04:00:00", True), ("13:59:59", True), ("14:00:00", False), ("00:40:00", False)],
)
def test_is_morning_from_four_to_two(wall, is_morning):
    assert moment(f"2026-11-22 {wall}").is_morning is is_morning


@pytest.mark.parametrize(
    ("slot", "now", "is_over"),
    [
        (MORNING, "2026-11-22 13:59:59", False),
        (MORNING, "2026-11-22 14:00:00", True),
        (MORNING, "2026-11-23 00:40:00", True),
        (EVENING, "2026-11-22 14:00:00", False),
        (EVENING, "2026-11-23 03:59:59", False),
        (EVENING, "2026-11-23 04:00:00", True),
        (MORNING, "2026-11-21 18:00:00", False),
        (EVENING, "2026-11-21 18:00:00", False),
        (MORNING, "2026-11-24 05:00:00", True),
    ],
)
def test_is_slot_over_at_two_and_at_four(slot, now, is_over):
    assert is_slot_over(slot, date(2026, 11, 22), moment(now)) is is_over


@pytest.mark.parametrize(
    ("at", "taken", "slot"),
    [
        ("13:59:59", {}, MORNING),
        ("14:00:00", {}, EVENING),
        # Once 14:00 has passed, an empty morning is not filled first.
        ("19:00", {}, EVENING),
        ("19:00", {MORNING: "08:00"}, EVENING),
        ("14:00", {MORNING: "13:59"}, EVENING),
        # Two in the morning.
        ("11:59:59", {MORNING: "08:00"}, EXTRA),
        ("12:00", {MORNING: "08:00"}, EVENING),
        # Two in the evening, the morning was free.
        ("18:59:59", {EVENING: "15:00"}, EXTRA),
        ("19:00", {EVENING: "15:00"}, MORNING),
        # The third of a day.
        ("19:00", {MORNING: "08:00", EVENING: "12:00"}, EXTRA),
        ("12:00", {MORNING: "05:00", EVENING: "04:30"}, EXTRA),
        # A clock that was put back in between.
        ("05:00", {MORNING: "09:00"}, EVENING),
    ],
)
def test_pick_slot_on_one_day(at, taken, slot):
    day = "2026-11-22"
    started_in = {key: instant(f"{day} {wall}", "Europe/Berlin") for key, wall in taken.items()}

    result = pick_slot(moment(f"{day} {at}"), started_in, instant(f"{day} {at}", "Europe/Berlin"))

    assert result is slot


def test_pick_slot_hour_that_comes_twice_counts_as_time_apart():
    # 01:30 and 03:30 are two hours apart on the wall, three in truth: not yet four.
    first = instant("2026-10-25 01:30", "Europe/Berlin")
    second = instant("2026-10-25 03:30", "Europe/Berlin")

    slots = [
        pick_slot(moment("2026-10-25 03:30"), {EVENING: first}, second),
        pick_slot(moment("2026-10-25 03:30"), {EVENING: first - timedelta(hours=1)}, second),
    ]

    assert slots == [EXTRA, MORNING]


def test_pick_slot_third_session_of_a_westward_day_is_extra():
    # Morning and evening in Tokyo, then the same date again in Los Angeles.
    taken = {
        MORNING: instant("2026-11-22 08:00", "Asia/Tokyo"),
        EVENING: instant("2026-11-22 18:00", "Asia/Tokyo"),
    }
    at = instant("2026-11-22 09:00", "America/Los_Angeles")
    now = local_moment(at, "America/Los_Angeles")

    slot = pick_slot(now, taken, at)

    assert (now.local_date, slot) == (date(2026, 11, 22), EXTRA)


def test_pick_slot_after_a_flight_west_fills_the_slot_of_the_new_clock():
    taken = {MORNING: instant("2026-11-22 08:00", "Europe/Berlin")}
    at = instant("2026-11-22 18:00", "America/New_York")

    slot = pick_slot(local_moment(at, "America/New_York"), taken, at)

    assert slot is EVENING


# --- how long an open session can go on ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("started", "at", "expected"),
    [
        ("2026-11-22 08:00", "2026-11-22 08:20", True),
        ("2026-11-22 08:00", "2026-11-23 03:59:59", True),
        ("2026-11-22 08:00", "2026-11-23 04:00", False),
        ("2026-11-22 08:00", "2026-11-25 08:00", False),
        ("2026-11-22 23:50", "2026-11-23 00:10", True),
        # Two hours after the start, even across 04:00.
        ("2026-11-23 03:00", "2026-11-23 05:00", True),
        ("2026-11-23 03:00", "2026-11-23 05:00:01", False),
        # A phone's clock that lies before the start.
        ("2026-11-22 08:00", "2026-11-21 08:00", True),
    ],
)
def test_is_live_until_the_day_is_over(started, at, expected):
    zone = "Europe/Berlin"

    result = is_live(
        local_date=moment(started).local_date, zone=zone, started_at=instant(started, zone), at=instant(at, zone)
    )

    assert result is expected


def test_is_live_follows_the_zone_the_session_started_in():
    started_at = instant("2026-11-22 20:00", "Asia/Tokyo")
    session = {"local_date": date(2026, 11, 22), "zone": "Asia/Tokyo", "started_at": started_at}

    results = [is_live(at=instant(f"2026-11-23 0{hour}:00", "Asia/Tokyo"), **session) for hour in (3, 4)]

    assert results == [True, False]


@pytest.mark.parametrize("utc", ["2026-10-25 00:30", "2026-10-25 01:30"])
def test_local_moment_wall_clock_does_not_say_which_of_two_hours(utc):
    # The offset does; a wall time is what the clock on the wall shows.
    assert local_moment(instant(utc), "Europe/Berlin").wall.fold == 0
