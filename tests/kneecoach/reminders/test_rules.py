"""When a reminder is due: a table, the clock changes, and a property over zones, outages and what was done."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kneecoach.accounts.rules import zone_names
from kneecoach.reminders.rules import (
    LATE_AT_MOST,
    PAUSES,
    REPEAT_AFTER,
    Kind,
    Planned,
    QuietHours,
    Wish,
    closes_at,
    due_at,
    instant_of,
    next_try,
    planned_on,
    time_of,
)
from progress.rules.days import Slot, local_moment
from tests.factories import a_moment

NIGHT = QuietHours(time(21), time(7))
WISH = Wish("Europe/London", time(8), time(18), repeats=True)
DAY = date(2026, 11, 25)
MINUTE = timedelta(minutes=1)


def walls(planned: list[Planned], zone: str = "Europe/London") -> list[str]:
    """Return what is planned, as somebody in a zone reads it."""
    return [f"{row.slot} {row.kind} {row.at.astimezone(ZoneInfo(zone)):%H:%M}" for row in planned]


def test_each_slot_has_one_message_and_one_repeat_an_hour_later():
    assert walls([*planned_on(DAY, WISH, NIGHT)]) == [
        "morning first 08:00",
        "morning repeat 09:00",
        "evening first 18:00",
        "evening repeat 19:00",
    ]
    assert walls([*planned_on(DAY, replace(WISH, repeats=False, evening=None), NIGHT)]) == ["morning first 08:00"]


@pytest.mark.parametrize(
    ("morning", "evening", "quiet", "expected"),
    [
        # In the quiet hours of the night: at their end, where the slot still runs.
        (time(6), None, NIGHT, ["morning first 07:00", "morning repeat 08:00"]),
        (time(7), None, NIGHT, ["morning first 07:00", "morning repeat 08:00"]),
        (None, time(21), NIGHT, []),
        (None, time(20, 59), NIGHT, ["evening first 20:59"]),
        # No repeat in the quiet hours, none where the slot is over.
        (None, time(20), NIGHT, ["evening first 20:00"]),
        (None, time(19, 59), NIGHT, ["evening first 19:59", "evening repeat 20:59"]),
        (time(13), None, NIGHT, ["morning first 13:00"]),
        # Quiet hours of a day, across the border of the slots.
        (time(12), time(15), QuietHours(time(11), time(16)), ["evening first 16:00", "evening repeat 17:00"]),
        # The evening goes on after midnight.
        (None, time(23, 30), QuietHours(time(2), time(7)), ["evening first 23:30", "evening repeat 00:30"]),
    ],
)
def test_quiet_hours_and_the_ends_of_slots(morning, evening, quiet, expected):
    wish = replace(WISH, morning=morning, evening=evening)

    assert walls([*planned_on(DAY, wish, quiet)]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-25 07:59", []),
        ("2026-11-25 08:00", ["morning first 08:00"]),
        ("2026-11-25 08:44", ["morning first 08:00"]),
        ("2026-11-25 08:45", []),
        ("2026-11-25 09:00", ["morning repeat 09:00"]),
        ("2026-11-25 18:44", ["evening first 18:00"]),
    ],
)
def test_due_from_its_time_for_three_quarters_of_an_hour(text: str, expected: list[str]):
    assert walls(due_at(a_moment(text), WISH, NIGHT)) == expected


def test_late_message_does_not_reach_into_quiet_hours_or_past_the_slot():
    late_evening, noon = replace(WISH, evening=time(20, 30)), replace(WISH, morning=time(13, 30))

    assert walls(due_at(a_moment("2026-11-25 20:59"), late_evening, NIGHT)) == ["evening first 20:30"]
    assert due_at(a_moment("2026-11-25 21:00"), late_evening, NIGHT) == []
    assert walls(due_at(a_moment("2026-11-25 13:59"), noon, NIGHT)) == ["morning first 13:30"]
    assert due_at(a_moment("2026-11-25 14:00"), noon, NIGHT) == []


def test_who_asks_after_the_time_is_reminded_from_the_next_one_on():
    wish = replace(WISH, since=a_moment("2026-11-25 08:01"))

    assert due_at(a_moment("2026-11-25 08:10"), wish, NIGHT) == []
    assert walls(due_at(a_moment("2026-11-25 09:10"), wish, NIGHT)) == ["morning repeat 09:00"]


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        # 01:00 to 02:00 is left out, or comes twice.
        ("2026-03-29 01:30", "Europe/London", "2026-03-29T01:00+00:00"),
        ("2026-10-25 01:30", "Europe/London", "2026-10-25T00:30+00:00"),
        # Midnight itself is missing.
        ("2026-04-24 00:00", "Africa/Cairo", "2026-04-23T22:00+00:00"),
        # A whole day is.
        ("2011-12-30 08:00", "Pacific/Apia", "2011-12-30T10:00+00:00"),
        ("2026-11-25 08:00", "Asia/Kathmandu", "2026-11-25T02:15+00:00"),
    ],
)
def test_instants_at_clock_changes(wall: str, zone: str, expected: str):
    assert instant_of(datetime.fromisoformat(wall), zone) == datetime.fromisoformat(expected)


def test_day_that_is_left_out_has_no_reminder():
    assert [*planned_on(date(2011, 12, 30), replace(WISH, zone="Pacific/Apia"), NIGHT)] == []


def test_tries_end_while_it_is_still_a_reminder():
    at = a_moment("2026-11-25 08:00")

    assert [next_try(tries, at, at) for tries in range(1, len(PAUSES) + 2)] == [*(at + pause for pause in PAUSES), None]
    assert next_try(1, at + LATE_AT_MOST - MINUTE, at) is None
    assert sum(PAUSES, timedelta()) < LATE_AT_MOST < REPEAT_AFTER


# --- over zones, clock changes, outages and what was done -----------------------------------------------------------
# Around changes of the clock, and on a day without any.
DAYS = [
    *(date(2026, 3, day) for day in (8, 28, 29)),
    *(date(2026, 10, day) for day in (24, 25, 31)),
    *(date(2026, 4, day) for day in (5, 23, 24)),
    *(date(2026, 11, day) for day in (1, 25)),
]
mornings, evenings = st.times(time(4), time(13, 59)), st.times(time(14), time(23, 59))


def to_the_minute(wall: time) -> time:
    """Return a time as a form takes it."""
    return wall.replace(second=0, microsecond=0)


def first_minute_from(day: date, wall: time, zone: str) -> Any:
    """Return the first instant at which the clock of a day shows a time or has just jumped over it: minute by minute."""
    at = datetime.combine(day, time(), UTC) - timedelta(hours=16)
    # From the end of a day furthest east to the end of one furthest west.
    for _minute in range(53 * 60):
        shown = at.astimezone(ZoneInfo(zone))
        if shown.date() == day and shown.time() >= wall:
            return at
        at += MINUTE
    return None


@given(
    zone=st.sampled_from(sorted(zone_names())),
    day=st.sampled_from(DAYS),
    morning=st.none() | mornings.map(to_the_minute),
    evening=st.none() | evenings.map(to_the_minute),
    quiet=st.sampled_from(
        [NIGHT, QuietHours(time(23), time(4)), QuietHours(time(12), time(15)), QuietHours(time(0), time(9))]
    ),
    repeats=st.booleans(),
    # When the worker is up: minutes of two days; between them it is down.
    outages=st.lists(st.tuples(st.integers(0, 2880), st.integers(1, 600)), max_size=3),
    done_after=st.none() | st.integers(0, 2880),
)
@settings(max_examples=60, deadline=None)
def test_every_slot_is_told_once_in_time_and_never_once_it_is_done(
    zone, day, morning, evening, quiet, repeats, outages, done_after
):
    wish = Wish(zone, morning, evening, repeats)
    start = datetime.combine(day, time(), UTC) - timedelta(hours=14)
    done_at = None if done_after is None else start + done_after * MINUTE
    done = local_moment(done_at, zone) if done_at else None
    done_slot = None if done is None else (done.local_date, Slot.MORNING if done.is_morning else Slot.EVENING)
    is_up = [True] * 2881
    for begin, length in outages:
        is_up[begin : begin + length] = [False] * len(is_up[begin : begin + length])

    sent: dict[tuple[object, ...], datetime] = {}
    for minute in range(0, 2881, 5):
        now = start + minute * MINUTE
        for planned in due_at(now, wish, quiet) if is_up[minute] else ():
            is_done = done_at is not None and done_at <= now and done_slot == (planned.day, planned.slot)
            if not is_done:
                sent.setdefault((planned.day, planned.slot, planned.kind), now)

    for (told_day, slot, kind), at in sent.items():
        moment = local_moment(at, zone)
        assert moment.local_date == told_day
        assert (Slot.MORNING if moment.is_morning else Slot.EVENING) is slot
        assert not quiet.hold(moment.wall.time())
        wall = time_of(slot, wish, quiet)
        own = first_minute_from(told_day, wall, zone)
        wanted = own if kind is Kind.FIRST else own + REPEAT_AFTER
        assert timedelta() <= at - wanted < LATE_AT_MOST
        assert wall in {morning, evening, quiet.end}
        if done_slot == (told_day, slot):
            assert done_at is None or at < done_at
    assert repeats or all(kind is Kind.FIRST for _day, _slot, kind in sent)
    # Nobody is forgotten either: where the worker was up and nothing was done, each of the day's own times is told.
    if not outages and done_at is None:
        for slot, wall in ((Slot.MORNING, morning), (Slot.EVENING, evening)):
            own = first_minute_from(day, wall, zone) if wall else None
            if wall and own and wall == time_of(slot, wish, quiet) and own.astimezone(ZoneInfo(zone)).time() == wall:
                # In the last minutes before quiet, or before the slot ends, the worker may come too late.
                after = (own + 5 * MINUTE).astimezone(ZoneInfo(zone))
                is_open = not quiet.hold(after.time()) and (after.time() < time(14)) == (wall < time(14))
                assert (day, slot, Kind.FIRST) in sent or not is_open


# --- how long a message waits for a phone that is off -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("wish", "quiet", "expected"),
    [
        (WISH, NIGHT, ["14:00", "14:00", "21:00", "21:00"]),
        (WISH, QuietHours(time(12), time(13)), ["12:00", "12:00", "04:00", "04:00"]),
        # Over the night, to the end of the day.
        (replace(WISH, morning=None), QuietHours(time(1), time(7)), ["01:00", "01:00"]),
        (replace(WISH, morning=None), QuietHours(time(5), time(6)), ["04:00", "04:00"]),
    ],
)
def test_message_waits_until_the_slot_ends_or_it_is_quiet(wish: Wish, quiet: QuietHours, expected: list[str]):
    ends = [closes_at(row, wish.zone, quiet) for row in planned_on(DAY, wish, quiet)]

    assert [f"{at.astimezone(ZoneInfo(wish.zone)):%H:%M}" for at in ends] == expected


@given(
    zone=st.sampled_from(sorted(zone_names())),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)) | st.sampled_from([date(2026, 10, 25), date(2026, 3, 29)]),
    quiet=st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] != pair[1]),
)
def test_while_it_waits_the_slot_runs_and_nobody_sleeps(zone: str, day: date, quiet: tuple[time, time]):
    hours = QuietHours(*(wall.replace(second=0, microsecond=0) for wall in quiet))
    wish = replace(WISH, zone=zone)
    for planned in planned_on(day, wish, hours):
        end = closes_at(planned, zone, hours)
        at = planned.at
        while at < end:
            moment = local_moment(at, zone)
            assert (moment.local_date, moment.is_morning) == (day, planned.slot is Slot.MORNING)
            assert not hours.hold(moment.wall.time())
            at += 10 * MINUTE
        assert planned.at < end <= planned.at + timedelta(hours=20)
