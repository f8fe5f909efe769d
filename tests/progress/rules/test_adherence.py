"""Adherence: four numbers with their denominators."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.adherence import Adherence, HeldSet, Share, adherence
from progress.rules.days import PLANNED_SLOTS, Slot
from progress.rules.slots import DayView, SessionFact, SetFact, SlotState, SlotView, day_view
from tests.progress.rules.builders import TODAY, at, back, prescription

LETTERS = {
    "d": SlotState.DONE,
    "p": SlotState.PARTLY,
    "m": SlotState.MISSED,
    ".": SlotState.NOTHING_DUE,
    "?": SlotState.DUE,
    "l": SlotState.LATER,
    "o": SlotState.OPEN,
}


def days(text: str, *, last=TODAY, **values) -> list[DayView]:
    """Return consecutive days from the states of their mornings and evenings, such as `dd dm`, ending with today."""
    words = text.split()
    return [
        DayView(
            last - timedelta(days=len(words) - 1 - number),
            SlotView(Slot.MORNING, LETTERS[word[0]]),
            SlotView(Slot.EVENING, LETTERS[word[1]]),
            **values,
        )
        for number, word in enumerate(words)
    ]


def sessions_of(text: str) -> tuple[int, int]:
    """Return done and due of days that end with today."""
    share = adherence(days(text), [], today=TODAY).sessions
    return share.done, share.of


def held(*holds_ms: int, done: int | None = None, fewest: int = 10, target_ms: int = 3000) -> HeldSet:
    """Return a set."""
    return HeldSet(fewest, len(holds_ms) if done is None else done, target_ms, holds_ms)


# --- shares --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("done", "of", "percent"),
    [(0, 0, None), (0, 1, 0), (1, 3, 33), (2, 3, 66), (199, 200, 99), (7, 7, 100), (9, 7, 100), (11, 14, 78)],
)
def test_percent_is_rounded_down_and_never_above_a_hundred(done, of, percent):
    assert Share(done, of).percent == percent


def test_percent_of_what_is_rounded_to_be_read():
    assert Share(2, 3, exact=(2999, 3000)).percent == 99
    assert Share(0, 0, exact=(400, 500)).percent == 80
    assert Share(0, 0, exact=(0, 0)).percent is None


# --- sessions ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, 0)),
        ("dd", (2, 2)),
        ("dm", (1, 2)),
        ("mm", (0, 2)),
        ("dp", (1, 2)),
        # nothing due: paused, before the start, ended
        (".. dd", (2, 2)),
        (".d", (1, 1)),
        ("..", (0, 0)),
        # today, what is still to be done
        ("d?", (1, 1)),
        ("?l", (0, 0)),
        ("m?", (0, 1)),
        ("do", (1, 1)),
        ("o?", (0, 0)),
    ],
)
def test_sessions_done_of_those_due(text, expected):
    assert sessions_of(text) == expected


@pytest.mark.parametrize(
    ("text", "percent", "is_adherent"),
    [
        # 14 prescribed sessions a week: 11 done are 78.6 %, 12 are 85.7 %.
        ("dd dd dd dd dd dm mm", 78, False),
        ("dd dd dd dd dd dd mm", 85, True),
        # exactly 80 %
        ("dd dd dd dd mm", 80, True),
        ("mm mm", 0, False),
        (".. ..", None, None),
    ],
)
def test_adherent_from_eighty_percent(text, percent, is_adherent):
    result = adherence(days(text), [], today=TODAY)

    assert result.sessions.percent == percent
    assert result.is_adherent is is_adherent


def test_sessions_days_to_come_are_left_out():
    assert adherence(days("dd dd", last=TODAY + timedelta(days=1)), [], today=TODAY).sessions == Share(2, 2)


def test_sessions_only_in_slots_that_were_expected():
    once = days("dp .m dd", expected=(Slot.MORNING,)) + days("mm", expected=())

    assert adherence(once, [], today=TODAY).sessions == Share(2, 2)


def test_sessions_extra_ones_lift_nothing():
    extra = SlotView(Slot.EXTRA, SlotState.EXTRA)

    assert adherence(days("dm", extras=(extra, extra)), [], today=TODAY).sessions == Share(1, 2)


# --- once a day ----------------------------------------------------------------------------------------------------
def done_in(slot: Slot, reps: int = 10, number: int = 1) -> SessionFact:
    """Return yesterday's session in a slot."""
    return SessionFact(
        UUID(int=number), back(1), slot, at("08:00", back(1)).wall, is_open=False, sets=(SetFact(number, 10, reps),)
    )


M, E, X = Slot.MORNING, Slot.EVENING, Slot.EXTRA


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], (0, 1)),
        ([done_in(M)], (1, 1)),
        ([done_in(E)], (1, 1)),
        ([done_in(M), done_in(E)], (1, 1)),
        # More than was asked for is not held against anybody.
        ([done_in(M), done_in(E, 3)], (1, 1)),
        ([done_in(M, 3), done_in(E)], (1, 1)),
        ([done_in(M, 3)], (0, 1)),
        ([done_in(E, 3)], (0, 1)),
    ],
)
def test_sessions_once_a_day_is_one_of_one(sessions, expected):
    view = day_view(back(1), at("09:00"), [prescription(sessions_per_day=1)], sessions)

    share = adherence([view], [], today=TODAY).sessions

    assert (share.done, share.of) == expected


@pytest.mark.parametrize(
    ("prescriptions", "expected"),
    [
        ([], ()),
        ([prescription(pauses=((back(1), back(1)),))], ()),
        ([prescription()], (M, E)),
        ([prescription(sessions_per_day=1)], (E,)),
        ([prescription(sessions_per_day=1), prescription(id=2)], (M, E)),
        # Prescribed in the afternoon: only the evening was open then.
        ([prescription(starts_on=back(1), prescribed=at("15:00", back(1)))], (E,)),
        ([prescription(starts_on=back(1), prescribed=at("13:00", back(1)))], (M, E)),
        ([prescription(sessions_per_day=1, starts_on=back(1), prescribed=at("15:00", back(1)))], (E,)),
        ([prescription(ended_on=back(1))], ()),
    ],
)
def test_expected_slots_of_a_day(prescriptions, expected):
    assert day_view(back(1), at("09:00"), prescriptions, []).expected == expected


def test_expected_slot_of_once_a_day_is_the_one_that_was_done():
    facts = [prescription(sessions_per_day=1)]

    views = [day_view(back(1), at("09:00"), facts, sessions) for sessions in ([done_in(M)], [done_in(M), done_in(E)])]

    assert [view.expected for view in views] == [(M,), (M,)]


# --- repetitions and holds -----------------------------------------------------------------------------------------
def test_reps_of_the_fewest_prescribed_each_set_by_itself():
    sets = [held(done=15), held(done=5), held(done=0)]

    result = adherence([], sets, today=TODAY).reps

    assert result == Share(15, 30)


def test_trap_prescribed_is_not_shown_as_done():
    result = adherence([], [held(done=0)], today=TODAY)

    assert (result.reps, result.hold_seconds) == (Share(0, 10), Share(0, 0, exact=(0, 0)))


def test_holds_count_at_most_as_long_as_planned():
    result = adherence([], [held(3000, 9000, 1000), held(5000, target_ms=5000)], today=TODAY).hold_seconds

    assert result == Share(12, 14, exact=(12_000, 14_000))


def test_holds_are_read_in_whole_seconds_and_counted_exactly():
    result = adherence([], [held(1999, target_ms=2500)], today=TODAY).hold_seconds

    assert (result, str(result.of)) == (Share(1, 2, exact=(1999, 2500)), "2")
    assert result.percent == 79


def test_trap_hold_of_zero_is_not_left_out():
    result = adherence([], [held(0, 3000)], today=TODAY).hold_seconds

    assert result == Share(3, 6, exact=(3000, 6000))
    assert result.percent == 50


def test_holds_ticked_by_hand_are_in_neither_half():
    result = adherence([], [held(3000, done=10)], today=TODAY)

    assert result.hold_seconds == Share(3, 3, exact=(3000, 3000))
    assert result.reps == Share(10, 10)


# --- days in a row -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "streak"),
    [
        ("", 0),
        ("dd", 1),
        ("d?", 0),
        ("dd d?", 1),
        ("dd dl", 1),
        ("dd do", 1),
        ("dd ml", 1),
        # Today is lost, yesterday stands.
        ("dd md", 1),
        ("dd pd", 1),
        ("dd dd dd", 3),
        ("dd dm dd dd ?l", 2),
        ("dd pd dd ?l", 1),
        ("dd md ?l", 0),
        ("dd mm ..", 0),
        # Nothing due neither breaks nor lengthens it.
        ("dd .. .. dd ?l", 2),
        (".. ..", 0),
        ("dd .d ?l", 2),
        ("dd .m ?l", 0),
        # Yesterday's evening goes on across 04:00.
        ("dd do ?l", 1),
    ],
)
def test_streak_back_from_yesterday_or_today(text, streak):
    assert adherence(days(text), [], today=TODAY).streak_days == streak


def test_streak_days_may_come_in_any_order():
    assert adherence(days("mm dd dd")[::-1], [], today=TODAY).streak_days == 2


def test_streak_only_of_slots_that_were_expected():
    assert adherence(days("mm md", expected=(Slot.EVENING,)), [], today=TODAY).streak_days == 1


# --- whatever happens ----------------------------------------------------------------------------------------------
@given(
    text=st.lists(st.text("".join(LETTERS), min_size=2, max_size=2), max_size=40).map(" ".join),
    sets=st.lists(
        st.builds(
            HeldSet,
            st.integers(1, 30),
            st.integers(0, 60),
            st.integers(1000, 30_000),
            st.lists(st.integers(0, 120_000), max_size=30).map(tuple),
        ),
        max_size=5,
    ),
)
def test_adherence_no_number_exceeds_its_denominator(text, sets):
    result = adherence(days(text), sets, today=TODAY)

    for share in (result.sessions, result.reps, result.hold_seconds):
        assert 0 <= share.done <= share.of
        assert share.percent is None or 0 <= share.percent <= 100
    assert result.streak_days <= len(text.split())
    assert result.sessions.of <= len(PLANNED_SLOTS) * len(text.split())
    assert isinstance(result, Adherence)
