"""Plain rules about people. No Django here; `today` is an argument."""

import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

ADULT_YEARS = 18
# Where the programme day and its evening begin, by the wall clock (docs/rules.md, Days and slots).
DAY_STARTS, EVENING_STARTS = time(4), time(14)
OLDEST_YEARS = 120
# Long enough for a letter and a week away, short enough that a lost sheet is soon worth nothing.
INVITATION_LASTS = timedelta(days=14)
# Of the text in templates/accounts/welcome/_consent.html. Another text is another version.
CONSENT_VERSION = 1


@dataclass(frozen=True)
class LogInLimits:
    """How long a log-in lasts, in seconds: without being used (None: as long as all of it), and in all.

    Whether it is in use is written down at most once in `look_every`.
    """

    idle: int | None
    whole: int
    look_every: int


class LogInEnd(StrEnum):
    """Why a log-in has ended."""

    IDLE = "idle"
    WHOLE = "whole"


def log_in_end(limits: LogInLimits, *, began: int, seen: int, now: int) -> LogInEnd | None:
    """Tell why a log-in has ended, or None while it lasts. All in seconds since the epoch."""
    if now - began >= limits.whole:
        return LogInEnd.WHOLE
    if limits.idle is not None and now - seen >= limits.idle:
        return LogInEnd.IDLE
    return None


# What a browser calls itself, the more special first: each claims to be most of those below it as well.
BROWSERS = (
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> tuple[str, str]:
    """Return browser and system in plain words, as they call themselves; empty where they do not say."""
    browser, system = (next((word for mark, word in words if mark in user_agent), "") for words in (BROWSERS, SYSTEMS))
    return browser, system


class InvitationState(StrEnum):
    """What an invitation is good for."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


def invitation_state(
    *, accepted_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> InvitationState:
    """Tell whether an invitation still lets somebody in; at the instant at which it expires it does not."""
    if accepted_at is not None:
        return InvitationState.ACCEPTED
    if revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if now >= expires_at else InvitationState.OPEN


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
    """Tell whether a guardian has to consent (docs/rules.md, Sources)."""
    return age_on(birth_date, today) < ADULT_YEARS
