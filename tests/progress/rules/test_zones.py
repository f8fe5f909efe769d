"""What has to hold in every IANA zone, at every change of its clock from 2024 to 2030."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneecoach.accounts.rules import zone_names
from progress.rules import days
from progress.rules.asking import is_morning_check_open
from progress.rules.days import PLANNED_SLOTS, LocalMoment, Slot, is_live, is_slot_over, local_moment, pick_slot
from progress.rules.travel import ZonedSession, travel_days

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)

zones = st.sampled_from(sorted(zone_names()))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds


@cache
def clock_changes(zone: str) -> tuple[datetime, ...]:
    """Return the first second after each change of a zone's clock from 2024 to 2030."""
    there = ZoneInfo(zone)
    weeks = [FIRST + timedelta(days=7 * number) for number in range((LAST - FIRST).days // 7 + 1)]
    return tuple(
        change
        for before, after in pairwise(weeks)
        for change in _changes_between(there, before, after)
    )  # fmt: skip


def _changes_between(there: ZoneInfo, before: datetime, after: datetime) -> list[datetime]:
    """Return the changes of one week, looked for day by day where the ends or the middle differ."""
    middle = before + timedelta(days=3)
    offsets = {at.astimezone(there).utcoffset() for at in (before, middle, after)}
    if len(offsets) == 1:
        return []
    midnights = [before + timedelta(days=number) for number in range((after - before).days + 1)]
    return [
        _change_between(there, one, other)
        for one, other in pairwise(midnights)
        if one.astimezone(there).utcoffset() != other.astimezone(there).utcoffset()
    ]


def _change_between(there: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset = before.astimezone(there).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(there).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def backward_changes() -> list[tuple[str, datetime]]:
    """Return every clock change that takes the date back. Between two of them a wall clock only goes forward."""
    return [
        (zone, at)
        for zone in sorted(zone_names())
        for at in clock_changes(zone)
        if local_moment(at - timedelta(seconds=1), zone).local_date > local_moment(at, zone).local_date
    ]


def around(change: datetime, zone: str) -> list[LocalMoment]:
    """Return every half hour from a day before a change to a day after it."""
    return [local_moment(change + HALF_AN_HOUR * number, zone) for number in range(-48, 49)]


def slot_of(now: LocalMoment) -> tuple[date, int]:
    """Return the day, and 0 for its morning or 1 for its evening."""
    return now.local_date, 0 if now.is_morning else 1


def test_clock_changes_are_found():
    assert clock_changes("Europe/Berlin")[:2] == (
        datetime(2024, 3, 31, 1, tzinfo=UTC),
        datetime(2024, 10, 27, 1, tzinfo=UTC),
    )
    assert len(clock_changes("Europe/Berlin")) == 14
    assert clock_changes("UTC") == ()
    assert sum(len(clock_changes(zone)) for zone in zone_names()) > 1500


# --- the programme day ---------------------------------------------------------------------------------------------
def test_local_date_clock_change_never_takes_it_back_in_any_zone():
    assert backward_changes() == []


def test_local_date_of_a_day_from_three_would_run_backwards(monkeypatch):
    monkeypatch.setattr(days, "DAY_START", time(3))

    assert "Pacific/Chatham" in {zone for zone, _at in backward_changes()}


def test_slots_follow_each_other_at_every_clock_change_in_every_zone():
    out_of_order = []
    for zone in sorted(zone_names()):
        for change in clock_changes(zone):
            slots = list(dict.fromkeys(slot_of(now) for now in around(change, zone)))
            if slots != sorted(slots) or any(
                (later[0] - earlier[0]).days + later[1] - earlier[1] not in {0, 1} for earlier, later in pairwise(slots)
            ):
                out_of_order.append((zone, change, slots))

    assert out_of_order == []


def test_slot_is_over_once_and_for_good_at_every_clock_change_in_every_zone():
    come_back = [
        (zone, change, slot)
        for zone in sorted(zone_names())
        for change in clock_changes(zone)
        for day in [local_moment(change, zone).local_date]
        for slot in PLANNED_SLOTS
        for over in [[is_slot_over(slot, day, now) for now in around(change, zone)]]
        if over != sorted(over)
    ]

    assert come_back == []


@given(zone=zones, at=instants, step=st.timedeltas(timedelta(minutes=1), timedelta(hours=30)))
def test_local_date_time_moves_on_date_never_runs_backwards(zone, at, step):
    assert local_moment(at, zone).local_date <= local_moment(at + step, zone).local_date


@given(zone=zones, at=instants)
def test_local_date_any_instant_is_the_wall_date_or_the_day_before(zone, at):
    result = local_moment(at, zone)

    behind = (result.wall.date() - result.local_date).days

    assert behind == (1 if result.wall.hour < 4 else 0)


@given(zone=zones, at=instants)
def test_local_moment_wall_and_offset_lead_back_to_the_instant(zone, at):
    result = local_moment(at, zone)

    offset = at.astimezone(ZoneInfo(zone)).utcoffset()

    assert result.wall - offset == at.replace(tzinfo=None)
    assert abs(offset.total_seconds() / 60 - result.utc_offset_minutes) <= 0.5


# --- slots ---------------------------------------------------------------------------------------------------------
@given(zone=zones, at=instants)
def test_slot_any_instant_falls_in_exactly_one(zone, at):
    now = local_moment(at, zone)

    running = [slot for slot in PLANNED_SLOTS if pick_slot(now, {}, at) is slot]
    is_over = [is_slot_over(slot, now.local_date, now) for slot in PLANNED_SLOTS]

    assert running == [Slot.MORNING if 4 <= now.wall.hour < 14 else Slot.EVENING]
    assert is_over == [running == [Slot.EVENING], False]


@given(zone=zones, at=instants, taken=st.dictionaries(st.sampled_from(PLANNED_SLOTS), instants))
def test_pick_slot_never_gives_a_taken_slot(zone, at, taken):
    assert pick_slot(local_moment(at, zone), taken, at) not in taken


@given(
    legs=st.lists(st.tuples(zones, st.timedeltas(timedelta(minutes=20), timedelta(hours=20))), max_size=30), at=instants
)
def test_traveller_fills_at_most_two_slots_of_any_day(legs, at):
    taken: dict[date, dict[Slot, datetime]] = {}
    sessions = []
    for zone, step in legs:
        at += step
        now = local_moment(at, zone)
        slot = pick_slot(now, taken.get(now.local_date, {}), at)
        sessions.append(ZonedSession(now.local_date, zone, at))
        if slot is not Slot.EXTRA:
            assert slot not in taken.setdefault(now.local_date, {})
            taken[now.local_date][slot] = at

    assert all(len(slots) <= 2 for slots in taken.values())
    assert travel_days(sessions) <= {session.local_date for session in sessions}


@given(zone=zones, at=instants)
def test_open_session_lives_on_its_day_and_ends_with_the_next(zone, at):
    session = {"local_date": local_moment(at, zone).local_date, "zone": zone, "started_at": at}

    assert is_live(at=at + timedelta(hours=2), **session)
    assert not is_live(at=at + timedelta(hours=27), **session)


@given(zone=zones, at=instants)
def test_morning_check_is_open_in_the_morning_slot_only(zone, at):
    now = local_moment(at, zone)

    assert is_morning_check_open(now) == (4 <= now.wall.hour < 12)
    assert now.is_morning or not is_morning_check_open(now)


# --- days that were not there --------------------------------------------------------------------------------------
@pytest.mark.parametrize("hour", range(0, 48, 3))
def test_day_that_never_was_does_not_crash(hour):
    # Samoa went from the 29th to the 31st of December 2011: an early night of the 31st is the end of the 30th.
    at = datetime(2011, 12, 29, 12, tzinfo=UTC) + timedelta(hours=hour)

    now = local_moment(at, "Pacific/Apia")

    assert now.local_date in {date(2011, 12, day) for day in (28, 29, 30, 31)} | {date(2012, 1, 1)}
    assert pick_slot(now, {}, at) in PLANNED_SLOTS
    assert is_slot_over(Slot.EVENING, date(2011, 12, 28), local_moment(at + timedelta(days=3), "Pacific/Apia"))
