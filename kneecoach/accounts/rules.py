"""Plain rules about people. No Django here; `today` is an argument."""

import zoneinfo
from datetime import date, datetime
from functools import cache

ADULT_YEARS = 18
OLDEST_YEARS = 120


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all IANA zones with a place in them, and UTC.

    Names such as `EST5EDT` or `Etc/GMT+5` are left out: nobody lives there, and they know no change of rules.
    """
    areas = (
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    return frozenset(
        name
        for name in zoneinfo.available_timezones()
        if name == "UTC" or (name.split("/")[0] in areas and "/" in name)
    )


def shows_same_clock(one: str, other: str, at: datetime) -> bool:
    """Tell whether the clocks of two IANA zones show the same at an aware instant."""
    first, second = (at.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() for name in (one, other))
    return first == second


def age_on(birth_date: date, today: date) -> int:
    """Return completed years. Someone born on 29 February turns a year older on 1 March in a common year."""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday)


def is_minor(birth_date: date, today: date) -> bool:
    """Tell whether a guardian has to consent (clinical reference 4.3)."""
    return age_on(birth_date, today) < ADULT_YEARS
