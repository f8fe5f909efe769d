"""Whatever happens to workers and servers: each slot gets its one message and its one repeat at most, and in time; and
once all is well again, whatever is still to come does come.

On the real tables, over all zones that are offered and the changes of their clocks: workers that die at any point, servers
that refuse, hang up or are gone, rounds that come late or never, and sessions that are begun in between.
HYPOTHESIS_PROFILE=thorough tries far more of it.
"""

import os
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kneecoach.accounts.models import ClinicSettings
from kneecoach.accounts.rules import zone_names
from kneecoach.reminders import push, sending
from kneecoach.reminders.models import Reminder
from kneecoach.reminders.rules import QuietHours
from tests.kneecoach.reminders.living import (
    DAY,
    FROM,
    HOST,
    LATE_AT_MOST,
    MINUTE,
    PAUSES,
    Expected,
    Person,
    World,
    clock_changes,
    expected_on,
)

pytestmark = pytest.mark.django_db

EXAMPLES = 400 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 20
# What may happen to a message: before it is handed over, while it is, after it was accepted.
FATES = (
    "accepted",
    "later",
    "later",
    "unreachable",
    "unreachable",
    "refused",
    "unknown",
    "dies before",
    "dies after",
    "dies planning",
)
WAYS = (("mail",), ("push",), ("mail", "push"))
# As they are at first; short ones in the night; until late.
QUIET = (QuietHours(time(21), time(7)), QuietHours(time(2), time(2, 1)), QuietHours(time(23, 30), time(5)))


@cache
def by_day() -> list[str]:
    """Return the zones whose clock is put forward or back in an evening slot, and not while everybody sleeps."""

    def is_evening(at: datetime, zone: str) -> bool:
        return any(moment.astimezone(ZoneInfo(zone)).hour >= 20 for moment in (at - MINUTE, at))

    return [zone for zone in sorted(zone_names()) if any(is_evening(at, zone) for at in clock_changes(zone))]


@st.composite
def time_in(draw: st.DrawFn, zone: str, begin: time, end: time) -> time:
    """Draw a time between two: any, or one around a change of the clock, on either side of it and within."""
    changes = [at.astimezone(ZoneInfo(zone)) for change in clock_changes(zone) for at in (change - MINUTE, change)]
    near = [at for at in changes if begin.hour - 1 <= at.hour <= end.hour]
    if near and draw(st.booleans()):
        found = (draw(st.sampled_from(near)) + draw(st.integers(-75, 75)) * MINUTE).time().replace(second=0)
        return min(max(found, begin), end)
    return time(draw(st.integers(begin.hour, end.hour)), draw(st.integers(0, 59)))


@st.composite
def people(draw: st.DrawFn) -> Person:
    """Draw somebody who wants reminders."""
    zone = draw(st.sampled_from(sorted(zone_names())) | st.sampled_from(by_day()))
    morning, evening = draw(time_in(zone, time(4), time(13, 59))), draw(time_in(zone, time(14), time(23, 59)))
    return Person(zone, morning, evening, draw(st.sampled_from(WAYS)))


@st.composite
def days(draw: st.DrawFn, person: Person) -> date:
    """Draw a day: any, or one on which somebody's clock is changed, or the one before."""
    if (changes := clock_changes(person.zone)) and draw(st.integers(0, 3)):
        day = draw(st.sampled_from(changes)).astimezone(ZoneInfo(person.zone)).date()
        return day - draw(st.integers(0, 1)) * DAY
    return FROM.date() + draw(st.integers(3, 360)) * DAY


@pytest.mark.slow
@given(data=st.data(), seed=st.randoms(use_true_random=False))
# Shrinking an example of two days would take minutes.
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_at_most_once_in_time_never_once_begun_and_after_the_trouble_everything_comes(
    monkeypatch: pytest.MonkeyPatch, settings: Any, data: st.DataObject, seed: Any
):
    settings.PUSH_HOSTS = [HOST]
    crowd = data.draw(st.lists(people(), min_size=2, max_size=2))
    quiet, day = data.draw(st.sampled_from(QUIET)), data.draw(days(crowd[0]))
    expected = [
        one
        for number, person in enumerate(crowd)
        for count in (-1, 0, 1)
        for one in expected_on(day + count * DAY, number, person, quiet)
    ]
    on_day = sorted({one.at for one in expected if one.day == day}) or [FROM]
    well_from = data.draw(st.sampled_from(on_day)) + data.draw(st.integers(-15, 44)) * MINUTE
    rounds = data.draw(st.lists(st.integers(-20 * 60, 0), max_size=10, unique=True))
    sessions = data.draw(st.lists(st.tuples(st.integers(0, 1), st.integers(-8 * 60, 12 * 60)), max_size=4))

    with transaction.atomic():
        ClinicSettings.objects.create(quiet_from=quiet.begin, quiet_until=quiet.end)
        world = World(crowd, lambda now: seed.choice(FATES) if now < well_from else "accepted")
        monkeypatch.setattr(sending, "hand_over", world.take_mail)
        monkeypatch.setattr(push, "hand_over", world.take_push)
        live(world, [one for one in expected if one.day == day], well_from, rounds=rounds, sessions=sessions)
        judge(world, expected)
        nothing_is_missing(world, [one for one in expected if one.day == day], well_from)
        transaction.set_rollback(True)


def live(world: World, expected: Iterable[Expected], well_from: datetime, **drawn: Any) -> None:
    """Let everything happen in its order: rounds now and then, some around each message; once all is well, each minute."""
    begins = {one.at for one in expected}
    troubled = {well_from + minute * MINUTE for minute in drawn["rounds"]}
    troubled |= {at + count * MINUTE for at in begins for count in (0, 2, 9)}
    well = {well_from + count * MINUTE for count in range(LATE_AT_MOST // MINUTE + 1)}
    well |= {at + count * MINUTE for at in begins for count in (-1, 0, 1, 44, 45)}
    happenings: list[tuple[datetime, int]] = [(at, -1) for at in troubled if at < well_from]
    happenings += [(at, -1) for at in well if at >= well_from]
    happenings += [(well_from + minute * MINUTE, number) for number, minute in drawn["sessions"]]
    # A session that is begun at the same moment was begun before.
    for at, number in sorted(happenings, key=lambda row: (row[0], row[1] < 0)):
        if number < 0:
            world.round_at(at)
        else:
            world.begin_session(number, at)


def judge(world: World, expected: Iterable[Expected]) -> None:
    """Hold every message that arrived against what may arrive."""
    told: Counter[Expected] = Counter()
    for number, way, kind, at in world.post:
        (one,) = [one for one in expected if is_for(one, number, way, kind, at)]
        begun = world.begun.get((number, one.day, one.slot))
        assert begun is None or at < begun
        told[one] += 1
    assert set(told.values()) <= {1}
    # Nothing is taken for sent that did not arrive.
    sent = Reminder.objects.filter(state="sent").count()
    assert sent <= len(world.post) <= sent + Reminder.objects.exclude(state__in=("sent", "silent", "waiting")).count()


def is_for(one: Expected, number: int, way: str, kind: str, at: datetime) -> bool:
    """Tell whether a message that arrives at an instant is the one that is expected."""
    return (one.number, one.way, one.kind) == (number, way, kind) and one.at <= at < one.until


def nothing_is_missing(world: World, expected: Iterable[Expected], well_from: datetime) -> None:
    """Demand each message whose time was not over when all was well again, but for what is given up for good."""
    for one in expected:
        at = may_still_come(world, one, max(one.at, well_from))
        begun = world.begun.get((one.number, one.day, one.slot))
        if at is not None and at < one.until and (begun is None or at < begun):
            assert any(is_for(one, *row) for row in world.post), one


def may_still_come(world: World, one: Expected, at: datetime) -> datetime | None:
    """Return the instant at which a message is to be sent by a worker that is well; None where it need not be."""
    tries = [(row[3], row[4]) for row in world.tries if row[3] < at and is_for(one, *row[:4])]
    if not tries:
        return at
    last, fate = tries[-1]
    if fate not in ("later", "unreachable") or len(tries) > len(PAUSES):
        return None
    again = last + PAUSES[len(tries) - 1] * MINUTE
    return max(again, at) if again < one.at + LATE_AT_MOST else None


@pytest.mark.slow
def test_without_trouble_everybody_gets_every_message(monkeypatch: pytest.MonkeyPatch, settings: Any):
    """The property would also hold of a worker that sends nothing, were nothing expected."""
    settings.PUSH_HOSTS = [HOST]
    zones = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati")
    crowd = [Person(zone, time(8), time(18), WAYS[2]) for zone in zones]
    world = World(crowd, lambda now: "accepted")
    monkeypatch.setattr(sending, "hand_over", world.take_mail)
    monkeypatch.setattr(push, "hand_over", world.take_push)
    start = datetime.fromisoformat("2026-10-31T10:00Z")
    for minute in range(0, 48 * 60, 20):
        world.round_at(start + minute * MINUTE)

    # The day on which summer time ends in New York: two slots with two messages, by two ways.
    day = date(2026, 11, 1)
    expected = [
        one
        for number, person in enumerate(crowd)
        for one in expected_on(day, number, person, QuietHours(time(21), time(7)))
    ]
    assert len(expected) == len(zones) * 2 * 2 * 2
    assert [sum(is_for(one, *row) for row in world.post) for one in expected] == [1] * len(expected)
