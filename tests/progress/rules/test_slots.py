"""The state of each slot of a day."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.days import PLANNED_SLOTS, LocalMoment, Slot
from progress.rules.slots import (
    DayView,
    PrescriptionFact,
    SessionFact,
    SetFact,
    SlotState,
    SlotView,
    day_view,
    due_in,
)

MORNING, EVENING, EXTRA = Slot.MORNING, Slot.EVENING, Slot.EXTRA
DAY = date(2026, 11, 22)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
LONG_AGO = date(2026, 10, 1)


def at(wall: str, day: date = DAY) -> LocalMoment:
    """Return a wall time within a programme day; hours before 04:00 belong to the end of it."""
    time = datetime.strptime(wall, "%H:%M").time()  # noqa: DTZ007 -- a wall clock
    return LocalMoment(day, datetime.combine(day + timedelta(days=time.hour < 4), time), 60)


def prescription(**values) -> PrescriptionFact:
    """Return one that has run for weeks, twice a day."""
    defaults = {
        "id": 1,
        "sessions_per_day": 2,
        "starts_on": LONG_AGO,
        "ended_on": None,
        "prescribed": at("09:00", LONG_AGO),
    }
    return PrescriptionFact(**defaults | values)


def once_a_day(**values) -> PrescriptionFact:
    """Return one that has run for weeks, once a day."""
    return prescription(sessions_per_day=1, **values)


def exercise_session(
    slot: Slot, *reps_done: int, day: date = DAY, is_open: bool = False, **reps_by_id: int
) -> SessionFact:
    """Return a finished session: a set for prescription 1 for each count, and one for `p2=` and so on."""
    sets = [SetFact(1, 10, count) for count in reps_done]
    sets += [SetFact(int(key.removeprefix("p")), 10, count) for key, count in reps_by_id.items()]
    number = list(Slot).index(slot)
    return SessionFact(UUID(int=number), day, slot, at("08:00", day).wall, is_open, tuple(sets))


def states(now: LocalMoment, prescriptions, sessions=(), day: date = DAY) -> tuple[SlotState, SlotState]:
    """Return the state of morning and evening."""
    view = day_view(day, now, prescriptions, sessions)
    return view.morning.state, view.evening.state


# --- what a prescription asks for ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "day", "expected"),
    [
        ({"starts_on": DAY}, YESTERDAY, False),
        ({"starts_on": DAY}, DAY, True),
        ({}, TOMORROW, True),
        # The end is exclusive.
        ({"ended_on": DAY}, YESTERDAY, True),
        ({"ended_on": DAY}, DAY, False),
        ({"ended_on": DAY}, TOMORROW, False),
        ({"starts_on": DAY, "ended_on": DAY}, DAY, False),
        # Both ends of a pause belong to it.
        ({"pauses": ((DAY, DAY),)}, YESTERDAY, True),
        ({"pauses": ((DAY, DAY),)}, DAY, False),
        ({"pauses": ((DAY, DAY),)}, TOMORROW, True),
        ({"pauses": ((YESTERDAY, TOMORROW),)}, TOMORROW, False),
        ({"pauses": ((DAY, None),)}, YESTERDAY, True),
        ({"pauses": ((DAY, None),)}, date(2027, 11, 22), False),
        ({"pauses": ((LONG_AGO, YESTERDAY), (TOMORROW, None))}, DAY, True),
        ({"pauses": ((LONG_AGO, YESTERDAY), (DAY, None))}, DAY, False),
        # A leap day is a day like any other.
        ({"starts_on": date(2028, 2, 29)}, date(2028, 2, 28), False),
        ({"starts_on": date(2028, 2, 29)}, date(2028, 2, 29), True),
        ({"ended_on": date(2028, 3, 1)}, date(2028, 2, 29), True),
    ],
)
def test_covers_from_start_to_end_without_pauses(values, day, expected):
    assert prescription(**values).covers(day) is expected


@pytest.mark.parametrize(
    ("prescribed", "morning", "evening"),
    [
        (at("13:59"), True, True),
        (at("14:00"), False, True),
        (at("00:40"), False, True),
        (at("18:00", YESTERDAY), True, True),
        # Entered afterwards: the slots of that day were never open to the patient.
        (at("09:00", TOMORROW), False, False),
    ],
)
def test_is_due_in_on_the_first_day_only_slots_still_open(prescribed, morning, evening):
    fact = prescription(starts_on=DAY, prescribed=prescribed)

    assert [fact.is_due_in(slot, DAY) for slot in PLANNED_SLOTS] == [morning, evening]


def test_is_due_in_on_a_day_it_does_not_cover_nothing():
    fact = prescription(pauses=((DAY, DAY),))

    assert [fact.is_due_in(slot, DAY) for slot in PLANNED_SLOTS] == [False, False]


# --- what a slot asks for ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sessions", "morning", "evening"),
    [
        ([], (1, 2), (1, 2)),
        ([exercise_session(MORNING, 10, p2=10)], (1, 2), (1,)),
        ([exercise_session(EVENING, 10, p2=10)], (1,), (1, 2)),
        ([exercise_session(MORNING, 10, p2=9)], (1, 2), (1, 2)),
        ([exercise_session(MORNING, 10)], (1, 2), (1, 2)),
        # An extra sitting satisfies once a day too.
        ([exercise_session(EXTRA, p2=10)], (1,), (1,)),
        # Yesterday's does not.
        ([exercise_session(MORNING, 10, day=YESTERDAY, p2=10)], (1, 2), (1, 2)),
    ],
)
def test_due_in_once_a_day_either_slot_satisfies(sessions, morning, evening):
    prescriptions = [prescription(), once_a_day(id=2)]

    result = [due_in(slot, DAY, prescriptions, sessions) for slot in PLANNED_SLOTS]

    assert result == [morning, evening]


def test_due_in_leaves_out_what_is_paused_ended_or_to_come():
    prescriptions = [
        prescription(id=1, pauses=((DAY, None),)),
        prescription(id=2, ended_on=DAY),
        prescription(id=3, starts_on=TOMORROW),
        prescription(id=4),
    ]

    assert due_in(MORNING, DAY, prescriptions, []) == (4,)


# --- states --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "morning", "evening"),
    [
        (at("23:00", YESTERDAY), SlotState.LATER, SlotState.LATER),
        (at("04:00"), SlotState.DUE, SlotState.LATER),
        (at("13:59"), SlotState.DUE, SlotState.LATER),
        (at("14:00"), SlotState.MISSED, SlotState.DUE),
        (at("00:40"), SlotState.MISSED, SlotState.DUE),
        (at("03:59"), SlotState.MISSED, SlotState.DUE),
        (at("04:00", TOMORROW), SlotState.MISSED, SlotState.MISSED),
    ],
)
def test_day_view_nothing_done_twice_a_day(now, morning, evening):
    assert states(now, [prescription()]) == (morning, evening)


@pytest.mark.parametrize(
    ("now", "morning", "evening"),
    [
        (at("23:00", YESTERDAY), SlotState.LATER, SlotState.LATER),
        (at("13:59"), SlotState.DUE, SlotState.LATER),
        # It may still be done in the evening: the morning alone is not missed.
        (at("14:00"), SlotState.NOTHING_DUE, SlotState.DUE),
        (at("04:00", TOMORROW), SlotState.NOTHING_DUE, SlotState.MISSED),
    ],
)
def test_day_view_nothing_done_once_a_day(now, morning, evening):
    assert states(now, [once_a_day()]) == (morning, evening)


def test_day_view_once_and_twice_a_day_together_morning_is_missed():
    assert states(at("14:00"), [once_a_day(), prescription(id=2)]) == (SlotState.MISSED, SlotState.DUE)


def test_day_view_once_a_day_beside_one_that_is_paused_morning_is_not_missed():
    paused = prescription(id=2, pauses=((DAY, None),))

    assert states(at("14:00"), [once_a_day(), paused]) == (SlotState.NOTHING_DUE, SlotState.DUE)


@pytest.mark.parametrize(
    ("sessions", "morning", "evening"),
    [
        ([exercise_session(MORNING, 10)], SlotState.DONE, SlotState.NOTHING_DUE),
        ([exercise_session(EVENING, 10)], SlotState.NOTHING_DUE, SlotState.DONE),
        ([exercise_session(EXTRA, 10)], SlotState.NOTHING_DUE, SlotState.NOTHING_DUE),
        ([exercise_session(MORNING, 9)], SlotState.PARTLY, SlotState.MISSED),
        ([exercise_session(MORNING, 9), exercise_session(EVENING, 10)], SlotState.PARTLY, SlotState.DONE),
        ([exercise_session(MORNING, 10), exercise_session(EVENING, 10)], SlotState.DONE, SlotState.DONE),
    ],
)
def test_day_view_once_a_day_done_in_one_slot_asks_for_no_other(sessions, morning, evening):
    assert states(at("09:00", TOMORROW), [once_a_day()], sessions) == (morning, evening)


@pytest.mark.parametrize(
    ("session", "state"),
    [
        (exercise_session(MORNING, 10), SlotState.DONE),
        (exercise_session(MORNING, 20), SlotState.DONE),
        (exercise_session(MORNING, 9), SlotState.PARTLY),
        (exercise_session(MORNING, 0), SlotState.PARTLY),
        # Both knees: each has its set.
        (exercise_session(MORNING, 10, 10), SlotState.DONE),
        (exercise_session(MORNING, 10, 9), SlotState.PARTLY),
        (exercise_session(MORNING, 20, 0), SlotState.PARTLY),
        (exercise_session(MORNING), SlotState.PARTLY),
        (exercise_session(MORNING, 3, is_open=True), SlotState.OPEN),
        (exercise_session(MORNING, 10, is_open=True), SlotState.OPEN),
    ],
)
def test_day_view_session_is_done_when_every_set_has_its_fewest(session, state):
    view = day_view(DAY, at("12:00"), [prescription()], [session])

    assert view.morning == SlotView(MORNING, state, session)


@pytest.mark.parametrize(
    ("session", "state"),
    [
        (exercise_session(MORNING, 10, p2=10), SlotState.DONE),
        (exercise_session(MORNING, 10, p2=9), SlotState.PARTLY),
        (exercise_session(MORNING, 9, p2=10), SlotState.PARTLY),
    ],
)
def test_day_view_two_prescriptions_both_count(session, state):
    assert states(at("12:00"), [prescription(), prescription(id=2)], [session])[0] is state


def test_day_view_what_the_other_slot_satisfied_is_not_asked_again():
    # Once a day, prescription 2 was half done in the morning and whole in the evening.
    sessions = [exercise_session(MORNING, 10, p2=5), exercise_session(EVENING, 10, p2=10)]

    result = states(at("20:00"), [prescription(), once_a_day(id=2)], sessions)

    assert result == (SlotState.DONE, SlotState.DONE)


@pytest.mark.parametrize(("reps", "state"), [(10, SlotState.DONE), (9, SlotState.PARTLY)])
def test_day_view_stage_added_after_the_session_does_not_undo_it(reps, state):
    added = prescription(id=2, starts_on=DAY, prescribed=at("10:00"))

    result = states(at("11:00"), [prescription(), added], [exercise_session(MORNING, reps)])

    assert result == (state, SlotState.LATER)


@pytest.mark.parametrize(("reps", "state"), [(10, SlotState.DONE), (9, SlotState.PARTLY)])
def test_day_view_dose_changed_after_the_session_does_not_undo_it(reps, state):
    old = prescription(id=1, ended_on=DAY)
    new = prescription(id=2, starts_on=DAY, prescribed=at("10:00"))

    result = states(at("11:00"), [old, new], [exercise_session(MORNING, reps)])

    assert result == (state, SlotState.LATER)


@pytest.mark.parametrize(
    "prescriptions",
    [
        [],
        [prescription(ended_on=DAY)],
        [prescription(pauses=((DAY, DAY),))],
        [prescription(starts_on=TOMORROW)],
    ],
    ids=["none", "ended", "paused", "to come"],
)
@pytest.mark.parametrize(
    ("sessions", "morning"),
    [
        ([], SlotState.NOTHING_DUE),
        ([exercise_session(MORNING, 10)], SlotState.DONE),
        ([exercise_session(MORNING, 9)], SlotState.PARTLY),
        ([exercise_session(MORNING)], SlotState.PARTLY),
        ([exercise_session(MORNING, 2, is_open=True)], SlotState.OPEN),
    ],
)
def test_day_view_nothing_due_a_session_is_judged_by_its_own_sets(prescriptions, sessions, morning):
    assert states(at("20:00"), prescriptions, sessions) == (morning, SlotState.NOTHING_DUE)


@pytest.mark.parametrize(
    ("prescribed", "morning"), [(at("13:59"), SlotState.MISSED), (at("14:00"), SlotState.NOTHING_DUE)]
)
def test_day_view_first_day_counts_only_slots_still_open(prescribed, morning):
    fact = prescription(starts_on=DAY, prescribed=prescribed)

    assert states(at("15:00"), [fact]) == (morning, SlotState.DUE)


def test_day_view_extras_are_shown_besides_and_fill_nothing():
    extra = exercise_session(EXTRA, 10)
    yesterday = exercise_session(EXTRA, 10, day=YESTERDAY)

    view = day_view(DAY, at("15:00"), [prescription()], [extra, yesterday])

    assert view == DayView(
        DAY,
        SlotView(MORNING, SlotState.MISSED),
        SlotView(EVENING, SlotState.DUE),
        (SlotView(EXTRA, SlotState.EXTRA, extra),),
    )
    assert view.slots == (view.morning, view.evening)


@pytest.mark.parametrize("now", [at("09:00", YESTERDAY), at("09:00"), at("15:00"), at("09:00", TOMORROW)])
@pytest.mark.parametrize("facts", [[], [prescription()], [once_a_day()]], ids=["none", "twice", "once"])
def test_day_view_each_slot_says_which_it_is(now, facts):
    assert [view.slot for view in day_view(DAY, now, facts, []).slots] == [MORNING, EVENING]


def test_day_view_session_of_another_day_fills_nothing():
    sessions = [exercise_session(MORNING, 10, day=YESTERDAY), exercise_session(EVENING, 10, day=TOMORROW)]

    assert states(at("15:00"), [prescription()], sessions) == (SlotState.MISSED, SlotState.DUE)


def test_day_view_a_date_that_never_was_does_not_crash():
    # Samoa went from the 29th to the 31st.
    never = date(2011, 12, 30)
    fact = prescription(starts_on=date(2011, 12, 1), prescribed=at("09:00", date(2011, 12, 1)))

    result = states(at("09:00", date(2011, 12, 31)), [fact], day=never)

    assert result == (SlotState.MISSED, SlotState.MISSED)


# --- properties ----------------------------------------------------------------------------------------------------
days = st.dates(DAY - timedelta(days=3), DAY + timedelta(days=3))
moments = st.builds(at, st.times().map(lambda time: f"{time:%H:%M}"), days)
prescriptions = st.lists(
    st.builds(
        PrescriptionFact,
        id=st.integers(1, 3),
        sessions_per_day=st.integers(1, 2),
        starts_on=days,
        ended_on=st.none() | days,
        prescribed=moments,
        pauses=st.lists(st.tuples(days, st.none() | days), max_size=2).map(tuple),
    ),
    max_size=3,
    unique_by=lambda fact: fact.id,
)
sets = st.builds(SetFact, st.integers(1, 3), reps_min=st.just(10), reps_done=st.integers(0, 12))
sessions = st.lists(
    st.builds(
        SessionFact,
        id=st.uuids(),
        local_date=st.just(DAY),
        slot=st.sampled_from(Slot),
        started_wall=st.just(at("08:00").wall),
        is_open=st.booleans(),
        sets=st.lists(sets, max_size=3).map(tuple),
    ),
    max_size=4,
    unique_by=lambda session: session.slot,
)


@given(now=moments, prescriptions=prescriptions, sessions=sessions)
def test_day_view_state_says_whether_there_was_a_session(now, prescriptions, sessions):
    view = day_view(DAY, now, prescriptions, sessions)

    with_session = {SlotState.OPEN, SlotState.DONE, SlotState.PARTLY}
    assert [slot.state in with_session for slot in view.slots] == [slot.session is not None for slot in view.slots]
    shown = [slot.session for slot in (*view.slots, *view.extras) if slot.session]
    assert sorted(shown, key=lambda session: session.id) == sorted(sessions, key=lambda session: session.id)


@given(now=moments, prescriptions=prescriptions)
def test_day_view_without_sessions_only_what_is_due_can_be_missed(now, prescriptions):
    view = day_view(DAY, now, prescriptions, [])

    asked = {SlotState.DUE, SlotState.LATER, SlotState.MISSED}
    for slot in view.slots:
        is_due = bool(due_in(slot.slot, DAY, prescriptions, []))
        assert slot.state not in asked or is_due
        assert slot.state is not SlotState.MISSED or now.local_date > DAY or not now.is_morning
