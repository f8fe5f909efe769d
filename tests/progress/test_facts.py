"""Rows turned into facts: which rows, whose rows, in which zone, and how many queries."""

from datetime import date, datetime

import pytest

from exercises.models import PrescriptionPause
from exercises.services import end_prescription
from progress import services
from progress.facts import is_session_live, load_span, load_state, moment_of, prescription_fact, session_fact, sides_of
from progress.models import ExerciseSession, ExerciseSet
from progress.rules.days import Slot
from progress.rules.slots import SetFact
from tests.factories import (
    a_moment,
    do_reps,
    later,
    make_finished_session,
    make_prescription,
    make_ready_session,
    make_session,
    sets_of,
)

PRESCRIBED = a_moment("2026-11-20 10:00")
NOW = a_moment("2026-11-25 08:00")
TODAY = date(2026, 11, 25)

pytestmark = pytest.mark.django_db


def counted(session: ExerciseSession) -> ExerciseSession:
    return ExerciseSession.objects.with_counts().get(pk=session.pk)


def reloaded(session: ExerciseSession) -> ExerciseSession:
    return ExerciseSession.objects.get(pk=session.pk)


# --- spans ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("starts_on", "ended_on", "is_in"),
    [
        (date(2026, 11, 20), None, True),
        (date(2026, 11, 24), None, True),
        (date(2026, 11, 25), None, False),
        (date(2026, 11, 20), date(2026, 11, 23), True),
        (date(2026, 11, 20), date(2026, 11, 22), False),
    ],
)
def test_span_holds_prescriptions_that_touch_its_days(patient, physiotherapist, starts_on, ended_on, is_in):
    row = make_prescription(patient=patient, now=PRESCRIBED, starts_on=starts_on)
    if ended_on:
        end_prescription(prescription=row, reason="stopped", on=ended_on, by=physiotherapist, now=NOW)

    span = load_span(patient, date(2026, 11, 22), date(2026, 11, 24), NOW)

    assert [fact.id for fact in span.prescription_facts] == ([row.pk] if is_in else [])


def test_span_holds_sessions_of_its_days_in_order_and_of_this_patient(patient, other_patient):
    make_prescription(patient=patient, now=PRESCRIBED)
    make_prescription(patient=other_patient, now=PRESCRIBED)
    for text in ("2026-11-21 18:00", "2026-11-25 08:00", "2026-11-23 18:00", "2026-11-23 08:00", "2026-11-22 08:00"):
        make_finished_session(patient=patient, now=a_moment(text))
        make_finished_session(patient=other_patient, now=a_moment(text))

    span = load_span(patient, date(2026, 11, 22), date(2026, 11, 24), NOW)

    assert [(fact.local_date.day, fact.slot) for fact in span.session_facts] == [
        (22, Slot.MORNING),
        (23, Slot.MORNING),
        (23, Slot.EVENING),
    ]
    assert {row.patient_id for row in span.sessions} == {patient.pk}
    assert {row.patient_id for row in span.prescriptions} == {patient.pk}


def test_span_takes_four_queries_for_one_and_for_many_rows(patient, django_assert_num_queries):
    make_prescription(patient=patient, now=PRESCRIBED)
    make_finished_session(patient=patient, now=a_moment("2026-11-21 08:00"), reps=2)
    with django_assert_num_queries(4):
        load_span(patient, date(2026, 11, 20), TODAY, NOW)
    make_prescription(patient=patient, stage_number=2, now=PRESCRIBED)
    for day in (22, 23, 24):
        make_finished_session(patient=patient, now=a_moment(f"2026-11-{day} 08:00"), reps=2)

    with django_assert_num_queries(4):
        span = load_span(patient, date(2026, 11, 20), TODAY, NOW)

    assert (len(span.prescriptions), len(span.sessions)) == (2, 4)


# --- prescriptions and sessions ------------------------------------------------------------------------------------
def test_prescription_fact_has_the_pauses_and_the_clock_of_the_patient(patient):
    row = make_prescription(patient=patient, now=a_moment("2026-11-20 02:00"), sessions_per_day=1)
    PrescriptionPause.objects.create(prescription=row, from_on=date(2026, 11, 22), to_on=date(2026, 11, 23))
    PrescriptionPause.objects.create(prescription=row, from_on=date(2026, 12, 1))

    fact = prescription_fact(row, "Asia/Kathmandu")

    assert (fact.id, fact.sessions_per_day, fact.ended_on) == (row.pk, 1, None)
    assert fact.prescribed.wall == datetime(2026, 11, 20, 7, 45)  # noqa: DTZ001 -- a wall clock has no zone
    assert fact.pauses == ((date(2026, 11, 22), date(2026, 11, 23)), (date(2026, 12, 1), None))


def test_session_fact_counts_what_was_really_done(patient):
    make_prescription(patient=patient, stage_number=2, side="both", now=PRESCRIBED)
    session = make_ready_session(patient=patient, now=NOW)
    left, right = sets_of(session)
    do_reps(exercise_set=left, now=NOW, numbers=range(1, 11))
    do_reps(exercise_set=right, now=NOW, numbers=[1, 2])
    do_reps(exercise_set=right, now=NOW, numbers=[3, 4], held_ms=100)
    do_reps(exercise_set=right, now=NOW, numbers=[5], outcome="skipped")
    right.reps.filter(number=1).update(voided_at=NOW)

    fact = session_fact(counted(session), NOW)

    assert set(fact.sets) == {SetFact(left.prescription_id, 10, 10), SetFact(left.prescription_id, 10, 1)}
    assert len(fact.sets) == 2
    assert not fact.satisfies(left.prescription_id)


def test_session_fact_keeps_the_clock_it_started_under(patient):
    session = make_session(patient=patient, now=NOW)
    patient.time_zone = "Asia/Tokyo"
    patient.save()

    fact = session_fact(counted(session), NOW)

    assert fact.started_wall == datetime(2026, 11, 25, 8)  # noqa: DTZ001 -- a wall clock has no zone
    assert moment_of(patient, NOW).wall == datetime(2026, 11, 25, 17)  # noqa: DTZ001 -- a wall clock has no zone


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-11-25 23:59", True), ("2026-11-26 03:59", True), ("2026-11-26 04:00", False)]
)
def test_session_is_open_until_its_day_is_over(patient, at, expected):
    session = make_session(patient=patient, now=NOW)

    assert session_fact(counted(session), a_moment(at)).is_open == expected
    assert is_session_live(session, a_moment(at)) == expected


def test_session_that_has_ended_is_not_open(patient):
    session = make_finished_session(patient=patient, now=NOW)

    assert not session_fact(counted(session), NOW).is_open


# --- the state of a session ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ([], ()),
        (["right"], ("right",)),
        (["right", "left"], ("left", "right")),
        (["both"], ("left", "right")),
        (["right", "both"], ("left", "right")),
    ],
)
def test_sides_that_pain_is_asked_for(sides, expected):
    assert sides_of([ExerciseSet(side=side) for side in sides]) == expected


def test_state_lands_on_the_next_rep_on_any_device(patient):
    session = make_ready_session(patient=patient, now=NOW)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=NOW, numbers=[1, 2, 4])

    state = load_state(reloaded(session), NOW)

    assert (state.step.kind, state.step.number, state.current_set) == ("reps", 3, row)
    assert [sorted(fact.numbers) for fact in state.facts.sets] == [[1, 2, 4]]
    assert [(rating.moment, rating.value) for rating in state.ratings] == [("before", 2)]


def test_state_ignores_what_was_taken_back(patient):
    session = make_ready_session(patient=patient, now=NOW)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=NOW, numbers=[1, 2])
    row.reps.filter(number=1).update(voided_at=NOW)

    state = load_state(reloaded(session), NOW)

    assert (state.step.number, state.facts.sets[0].numbers) == (1, (2,))


def test_state_takes_three_queries(patient, django_assert_num_queries):
    make_prescription(patient=patient, stage_number=2, side="both", now=PRESCRIBED)
    session = reloaded(make_finished_session(patient=patient, now=NOW))

    with django_assert_num_queries(3):
        state = load_state(session, NOW)

    assert state.step.kind == "done"
    assert state.current_set is None


def test_state_of_an_ended_session_asks_nothing_more(patient):
    session = make_ready_session(patient=patient, now=NOW)
    services.stop_session(session=session, reason="tired", now=NOW)
    do_reps(exercise_set=sets_of(session)[0], now=NOW, numbers=[1])

    state = load_state(reloaded(session), later(NOW, days=2))

    assert (state.step.kind, state.facts.is_left_open) == ("done", False)


def test_state_of_a_session_left_open(patient):
    session = make_ready_session(patient=patient, now=NOW)

    state = load_state(reloaded(session), later(NOW, days=3))

    assert (state.step.kind, state.facts.is_left_open) == ("left_open", True)
