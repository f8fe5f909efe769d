"""Zones and ages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from kneecoach.accounts.rules import (
    InvitationState,
    LogInEnd,
    LogInLimits,
    age_on,
    device_of,
    invitation_state,
    is_minor,
    log_in_end,
    shows_same_clock,
    zone_names,
)


@pytest.mark.parametrize(
    "name",
    ["UTC", "Europe/London", "Asia/Kathmandu", "Pacific/Apia", "America/Argentina/Buenos_Aires", "Arctic/Longyearbyen"],
)
def test_zone_names_has_zones_with_a_place(name):
    assert name in zone_names()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "EST5EDT",
        "Etc/GMT+5",
        "GMT",
        "Europe",
        "Europe/Atlantis",
        "europe/london",
        "posix/Europe/London",
        "localtime",
    ],
)
def test_zone_names_has_nothing_else(name):
    assert name not in zone_names()


def test_zone_names_can_all_be_loaded():
    assert {ZoneInfo(name).key for name in zone_names()} == zone_names()
    assert len(zone_names()) > 400


@pytest.mark.parametrize(
    ("birth_date", "today", "years"),
    [
        (date(2010, 11, 22), date(2026, 11, 21), 15),
        (date(2010, 11, 22), date(2026, 11, 22), 16),
        (date(2010, 11, 22), date(2026, 12, 1), 16),
        (date(2010, 11, 22), date(2026, 10, 30), 15),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_age_on_a_day_is_completed_years(birth_date, today, years):
    assert age_on(birth_date, today) == years


@pytest.mark.parametrize(("today", "expected"), [(date(2026, 11, 21), True), (date(2026, 11, 22), False)])
def test_is_minor_until_the_eighteenth_birthday(today, expected):
    assert is_minor(date(2008, 11, 22), today) is expected


@pytest.mark.parametrize(
    ("one", "other", "at", "expected"),
    [
        ("Europe/London", "Europe/Guernsey", datetime(2026, 11, 25, 8, tzinfo=UTC), True),
        ("Europe/London", "Europe/Berlin", datetime(2026, 11, 25, 8, tzinfo=UTC), False),
        # Reykjavik knows no summer time.
        ("Europe/London", "Atlantic/Reykjavik", datetime(2026, 11, 25, 8, tzinfo=UTC), True),
        ("Europe/London", "Atlantic/Reykjavik", datetime(2026, 7, 25, 8, tzinfo=UTC), False),
        ("Asia/Kathmandu", "Asia/Kolkata", datetime(2026, 11, 25, 8, tzinfo=UTC), False),
    ],
)
def test_two_zones_show_the_same_clock_or_not(one, other, at, expected):
    assert shows_same_clock(one, other, at) is expected


@pytest.mark.parametrize(
    ("accepted_at", "revoked_at", "now", "expected"),
    [
        (None, None, 9, InvitationState.OPEN),
        (None, None, 10, InvitationState.EXPIRED),
        (None, None, 11, InvitationState.EXPIRED),
        (5, None, 5, InvitationState.ACCEPTED),
        (5, None, 11, InvitationState.ACCEPTED),
        (None, 5, 6, InvitationState.REVOKED),
        (None, 11, 12, InvitationState.REVOKED),
    ],
)
def test_state_of_an_invitation_that_expires_on_the_tenth(accepted_at, revoked_at, now, expected):
    accepted, revoked, at = (day and datetime(2026, 11, day, tzinfo=UTC) for day in (accepted_at, revoked_at, now))
    expires_at = datetime(2026, 11, 10, tzinfo=UTC)

    assert invitation_state(accepted_at=accepted, revoked_at=revoked, expires_at=expires_at, now=at) == expected


STAFF, PATIENT = LogInLimits(idle=900, whole=43_200, look_every=60), LogInLimits(idle=None, whole=100, look_every=9)


@pytest.mark.parametrize(
    ("limits", "began", "seen", "now", "end"),
    [
        (STAFF, 0, 0, 899, None),
        (STAFF, 0, 0, 900, LogInEnd.IDLE),
        (STAFF, 0, 42_900, 43_199, None),
        (STAFF, 0, 43_199, 43_200, LogInEnd.WHOLE),
        (PATIENT, 0, 0, 99, None),
        (PATIENT, 0, 0, 100, LogInEnd.WHOLE),
        # A clock that was put back ends nothing.
        (STAFF, 5000, 5000, 0, None),
    ],
)
def test_log_in_ends_when_it_is_not_used_and_when_it_is_old(limits, began, seen, now, end):
    assert log_in_end(limits, began=began, seen=seen, now=now) == end


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Linux; Android 15; SM-S921B) Gecko Chrome/132.0 Mobile Safari/537.36", ("Chrome", "Android")),
        (
            "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537",
            ("Samsung Internet", "Android"),
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36 Edg/131.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", ("Safari", "Mac")),
        ("Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) CriOS/131.0 Mobile/15E148 Safari/604.1", ("Chrome", "iPad")),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/131.0.0.0 Safari/537.36", ("Chrome", "ChromeOS")),
        ("curl/8.5.0", ("", "")),
        ("", ("", "")),
        ("<script>" * 1000, ("", "")),
    ],
)
def test_device_in_plain_words(agent, device):
    assert device_of(agent) == device
