"""Which sessions can still be entered afterwards."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from progress.rules.days import Slot, local_moment
from progress.rules.later import PAPER_DAYS_BACK, enterable_slots, is_late, is_morning_late
from progress.rules.slots import PrescriptionFact, SessionFact, SetFact
from tests.factories import LONDON, a_moment

NOW = a_moment("2026-11-25 08:00")
TODAY = date(2026, 11, 25)
M, E = Slot.MORNING, Slot.EVENING


def prescribed(**values) -> PrescriptionFact:
    """Return a prescription of two sessions a day since the first of November."""
    moment = local_moment(a_moment("2026-11-01 09:00"), LONDON)
    facts = {"id": 1, "sessions_per_day": 2, "starts_on": date(2026, 11, 1), "ended_on": None, "prescribed": moment}
    return PrescriptionFact(**facts | values)


def done(day: date, slot: Slot) -> SessionFact:
    """Return a session that has everything."""
    wall = local_moment(NOW, LONDON).wall
    return SessionFact(uuid4(), day, slot, wall, is_open=False, sets=(SetFact(1, 10, 10),))


def found(wall: str, prescriptions=None, sessions=()) -> list[tuple[int, Slot]]:
    """Return how many days back, and which half of the day, newest first."""
    moment = local_moment(a_moment(wall), LONDON)
    slots = enterable_slots(moment, [prescribed()] if prescriptions is None else prescriptions, list(sessions))
    return [((moment.local_date - row.day).days, row.slot) for row in slots]


@pytest.mark.parametrize(
    ("wall", "todays"),
    [
        ("2026-11-25 08:00", [(0, M)]),
        ("2026-11-25 13:59", [(0, M)]),
        ("2026-11-25 14:00", [(0, E), (0, M)]),
        ("2026-11-26 03:59", [(0, E), (0, M)]),
        ("2026-11-25 04:00", [(0, M)]),
    ],
)
def test_today_as_far_as_it_has_come_and_seven_days_back(wall, todays):
    assert found(wall) == todays + [(back, slot) for back in range(1, 8) for slot in (E, M)]


@pytest.mark.parametrize(
    ("prescription", "last"),
    [
        ({}, (7, M)),
        ({"starts_on": TODAY - timedelta(days=2)}, (2, M)),
        ({"prescribed": local_moment(a_moment("2026-11-23 15:00"), LONDON), "starts_on": date(2026, 11, 23)}, (2, E)),
        ({"pauses": ((date(2026, 11, 1), TODAY - timedelta(days=4)),)}, (3, M)),
    ],
)
def test_only_what_was_prescribed_then(prescription, last):
    assert found("2026-11-25 08:00", [prescribed(**prescription)])[-1] == last


def test_what_ended_can_still_be_entered_for_the_days_before():
    assert found("2026-11-25 08:00", [prescribed(ended_on=TODAY - timedelta(days=6))]) == [(7, E), (7, M)]


def test_what_is_recorded_already_is_not_offered():
    sessions = [done(TODAY, M), done(TODAY - timedelta(days=1), E)]
    assert found("2026-11-25 08:00", sessions=sessions)[:2] == [(1, M), (2, E)]


def test_once_a_day_either_half_is_enough():
    once = prescribed(sessions_per_day=1)
    yesterday = TODAY - timedelta(days=1)
    assert found("2026-11-25 08:00", [once], [done(TODAY, M), done(yesterday, M)])[:2] == [(2, E), (2, M)]


def test_nothing_prescribed_nothing_to_enter():
    assert found("2026-11-25 08:00", []) == []


@pytest.mark.parametrize(
    ("after", "changes", "expected"),
    [
        (timedelta(0), {}, False),
        (timedelta(hours=48), {}, False),
        (timedelta(hours=48, seconds=1), {}, True),
        (timedelta(0), {"is_entered_later": True}, True),
        (timedelta(0), {"is_corrected": True}, True),
        # A phone's clock ahead of ours.
        (timedelta(minutes=-5), {}, False),
    ],
)
def test_is_late_after_two_days_by_hand_or_corrected(after, changes, expected):
    facts = {"is_entered_later": False, "is_corrected": False} | changes

    assert is_late(done_at=NOW, received_at=NOW + after, **facts) is expected


def test_slots_name_the_prescriptions_that_were_due():
    twice, once = prescribed(), prescribed(id=2, sessions_per_day=1)
    morning = SessionFact(uuid4(), TODAY, M, local_moment(NOW, LONDON).wall, is_open=False, sets=(SetFact(2, 10, 10),))
    now = local_moment(a_moment("2026-11-25 20:00"), LONDON)

    slots = enterable_slots(now, [twice, once], [morning])

    assert [(row.day, row.slot, row.prescription_ids) for row in slots[:2]] == [
        (TODAY, E, (1,)),
        (TODAY - timedelta(days=1), E, (1, 2)),
    ]


def test_paper_reaches_four_weeks_back():
    moment = local_moment(a_moment("2026-11-25 08:00"), LONDON)
    given = prescribed(starts_on=date(2026, 10, 1), prescribed=local_moment(a_moment("2026-10-01 09:00"), LONDON))

    slots = enterable_slots(moment, [given], [], days_back=PAPER_DAYS_BACK)

    assert (slots[0].day, slots[-1].day, len(slots)) == (TODAY, date(2026, 10, 28), 28 * 2 + 1)


@pytest.mark.parametrize(("told_on", "late"), [("2026-11-25", False), ("2026-11-27", False), ("2026-11-28", True)])
def test_morning_is_late_from_the_third_day_on(told_on: str, late):
    assert is_morning_late(TODAY, date.fromisoformat(told_on)) is late
