"""What happens in a session until it ends. Starting: test_starting.py; repetitions: test_reps.py."""

from datetime import date

import pytest
from django.apps import apps

from exercises.services import end_prescription
from progress import services
from progress.facts import load_state
from progress.models import ExerciseSession, ExerciseSet, RedFlagReport, Rep
from progress.services import SessionClosed
from tests.factories import (
    a_claim,
    a_moment,
    do_reps,
    later,
    make_finished_session,
    make_prescription,
    make_ready_session,
    make_session,
    rate_each_side,
    sets_of,
)

PRESCRIBED = a_moment("2026-11-20 10:00")
MORNING = a_moment("2026-11-25 08:00")
EVENING = a_moment("2026-11-25 18:30")
TODAY = date(2026, 11, 25)


def step_of(session: ExerciseSession, now) -> str:
    return load_state(ExerciseSession.objects.get(pk=session.pk), now).step.kind


def pain_of(session: ExerciseSession) -> set[tuple[str, str, str, int | None]]:
    return set(session.pain_ratings.values_list("moment", "side", "status", "value"))


# --- the questions -------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_session_walks_through_its_steps(patient):
    make_prescription(patient=patient, now=PRESCRIBED)
    session = make_session(patient=patient, now=MORNING)
    (row,) = sets_of(session)
    seen = [step_of(session, MORNING)]

    services.answer_safety(session=session, is_safe=True, now=MORNING)
    seen.append(step_of(session, MORNING))
    services.rate_pain(session=session, moment="before", side="right", value=0, now=MORNING)
    seen.append(step_of(session, MORNING))
    services.begin_set(exercise_set=row, now=MORNING)
    seen.append(step_of(session, MORNING))
    do_reps(exercise_set=row, now=MORNING)
    seen.append(step_of(session, MORNING))
    services.rate_pain(session=session, moment="worst", side="right", value=None, now=MORNING)
    seen.append(step_of(session, MORNING))
    services.answer_felt(exercise_set=row, felt="no", now=later(MORNING, minutes=5))
    seen.append(step_of(session, MORNING))

    session.refresh_from_db()
    assert seen == ["safety", "pain_before", "get_ready", "reps", "pain_worst", "felt_muscle", "done"]
    assert session.ended_at == later(MORNING, minutes=5)


@pytest.mark.django_db
def test_safety_yes_ends_the_session_and_reports(patient, other_patient):
    theirs = make_session(patient=other_patient, now=MORNING)
    session = make_session(patient=patient, now=MORNING)

    services.answer_safety(session=session, is_safe=False, now=later(MORNING, seconds=9))

    session.refresh_from_db()
    theirs.refresh_from_db()
    report = RedFlagReport.objects.get()
    assert (session.is_safe, session.stop_reason, session.ended_at) == (False, "red_flag", later(MORNING, seconds=9))
    assert (report.patient, report.exercise_session, report.answered_at) == (patient, session, session.ended_at)
    assert step_of(session, EVENING) == "red_flag"
    assert (theirs.is_safe, theirs.ended_at) == (None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("second", [True, False])
def test_safety_yes_is_not_taken_back_and_reported_once(patient, second):
    session = make_session(patient=patient, now=MORNING)
    services.answer_safety(session=session, is_safe=False, now=MORNING)

    services.answer_safety(session=session, is_safe=second, now=later(MORNING, minutes=1))
    with pytest.raises(SessionClosed):
        services.resume_session(session=session, now=later(MORNING, minutes=2))

    session.refresh_from_db()
    assert (session.is_safe, session.stop_reason, session.ended_at) == (False, "red_flag", MORNING)
    assert RedFlagReport.objects.count() == 1


@pytest.mark.django_db
def test_safety_yes_after_the_end_reports_and_keeps_the_end(patient):
    session = make_finished_session(patient=patient, now=MORNING)
    ended_at = session.ended_at

    services.answer_safety(session=session, is_safe=False, now=later(MORNING, hours=1))

    session.refresh_from_db()
    assert session.ended_at == ended_at
    assert RedFlagReport.objects.get().exercise_session == session
    assert Rep.objects.filter(exercise_set__exercise_session=session, outcome="ok").count() == 10


@pytest.mark.django_db
def test_pain_may_be_changed_until_the_session_ends(patient):
    session = make_session(patient=patient, now=MORNING)

    for value in (None, 0, 7, 7):
        services.rate_pain(session=session, moment="before", side="right", value=value, now=MORNING)

    assert pain_of(session) == {("before", "right", "answered", 7)}
    events = apps.get_model("progress", "PainRatingEvent").objects.order_by("pgh_id").values_list("pgh_label", "value")
    assert list(events) == [("insert", None), ("update", 0), ("update", 7)]


@pytest.mark.django_db
def test_pain_skipped_after_an_answer_leaves_no_number(patient):
    session = make_session(patient=patient, now=MORNING)
    services.rate_pain(session=session, moment="before", side="right", value=4, now=MORNING)

    services.rate_pain(session=session, moment="before", side="right", value=None, now=MORNING)

    assert pain_of(session) == {("before", "right", "skipped", None)}


@pytest.mark.django_db
def test_answers_after_the_end_are_kept_as_they_were(patient):
    session = make_finished_session(patient=patient, now=MORNING, pain_worst=3)
    (row,) = sets_of(session)

    services.rate_pain(session=session, moment="worst", side="right", value=3, now=EVENING)
    services.answer_felt(exercise_set=row, felt="yes", now=EVENING)
    with pytest.raises(SessionClosed):
        services.rate_pain(session=session, moment="worst", side="right", value=9, now=EVENING)
    with pytest.raises(SessionClosed):
        services.answer_felt(exercise_set=row, felt="no", now=EVENING)

    row.refresh_from_db()
    assert pain_of(session) == {("before", "right", "answered", 2), ("worst", "right", "answered", 3)}
    assert row.felt_muscle == "yes"


@pytest.mark.django_db
def test_begin_and_finish_of_a_set_the_first_time_counts(patient):
    session = make_ready_session(patient=patient, now=MORNING)
    (row,) = sets_of(session)

    for minutes in (1, 2):
        services.begin_set(exercise_set=row, now=later(MORNING, minutes=minutes))
    for minutes in (3, 4):
        services.finish_set(exercise_set=row, now=later(MORNING, minutes=minutes))

    row.refresh_from_db()
    assert (row.started_at, row.finished_at) == (later(MORNING, minutes=1), later(MORNING, minutes=3))


# --- stopping ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_stop_with_reps_still_asks_and_then_ends(patient):
    session = make_ready_session(patient=patient, now=MORNING)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=MORNING, numbers=[1, 2])

    services.stop_session(session=session, reason="pain", note=" It stings. ", now=later(MORNING, minutes=1))
    asked = step_of(session, MORNING)
    rate_each_side(session=session, moment="worst", value=8, now=later(MORNING, minutes=2))
    services.answer_felt(exercise_set=row, felt="unsure", now=later(MORNING, minutes=3))

    session.refresh_from_db()
    assert asked == "pain_worst"
    assert (session.stop_reason, session.stop_note) == ("pain", "It stings.")
    assert session.ended_at == later(MORNING, minutes=3)


@pytest.mark.django_db
def test_stop_with_nothing_done_ends_at_once(patient):
    session = make_ready_session(patient=patient, now=MORNING)

    services.stop_session(session=session, reason="interrupted", now=later(MORNING, minutes=1))
    services.stop_session(session=session, reason="tired", note="again", now=later(MORNING, minutes=2))

    session.refresh_from_db()
    assert (session.stop_reason, session.stop_note, session.ended_at) == ("interrupted", "", later(MORNING, minutes=1))


@pytest.mark.django_db
def test_resume_goes_on_at_the_next_rep(patient):
    session = make_ready_session(patient=patient, now=MORNING)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=MORNING, numbers=[1, 2])
    services.stop_session(session=session, reason="tired", note="Phone rang", now=MORNING)

    services.resume_session(session=session, now=MORNING)

    state = load_state(ExerciseSession.objects.get(pk=session.pk), MORNING)
    assert (state.step.kind, state.step.number) == ("reps", 3)
    assert (state.session.stop_reason, state.session.stop_note) == ("", "")


@pytest.mark.django_db
def test_resume_long_after_the_end_changes_nothing(patient):
    session = make_ready_session(patient=patient, now=MORNING)
    services.stop_session(session=session, reason="tired", now=MORNING)

    with pytest.raises(SessionClosed):
        services.resume_session(session=session, now=later(MORNING, minutes=6))

    session.refresh_from_db()
    assert (session.stop_reason, session.ended_at) == ("tired", MORNING)


@pytest.mark.django_db
def test_prescription_ended_in_mid_session_lets_it_go_on(patient, physiotherapist):
    prescription = make_prescription(patient=patient, now=PRESCRIBED)
    session = make_ready_session(patient=patient, now=MORNING)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=MORNING, numbers=range(1, 5))

    end_prescription(prescription=prescription, reason="stopped", on=TODAY, by=physiotherapist, now=MORNING)
    do_reps(exercise_set=row, now=later(MORNING, minutes=1), numbers=range(5, 11))
    rate_each_side(session=session, moment="worst", value=1, now=later(MORNING, minutes=3))
    services.answer_felt(exercise_set=row, felt="yes", now=later(MORNING, minutes=3))

    session.refresh_from_db()
    assert session.ended_at == later(MORNING, minutes=3)
    assert Rep.objects.filter(exercise_set__exercise_session=session, outcome="ok").count() == 10


# --- left open -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_session_left_open_for_three_days_is_closed_and_keeps_what_it_holds(patient):
    session = make_ready_session(patient=patient, now=MORNING, pain_before=4)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=MORNING, numbers=[1, 2, 3])
    now = later(MORNING, days=3)
    attempts = [
        lambda: services.answer_safety(session=session, is_safe=False, now=now),
        lambda: services.rate_pain(session=session, moment="before", side="right", value=9, now=now),
        lambda: services.begin_set(exercise_set=row, now=now),
        lambda: services.finish_set(exercise_set=row, now=now),
        lambda: services.answer_felt(exercise_set=row, felt="no", now=now),
        lambda: services.stop_session(session=session, reason="tired", now=now),
        lambda: services.resume_session(session=session, now=now),
        lambda: services.record_rep(exercise_set=row, claim=a_claim(number=4), now=now),
    ]
    before = (ExerciseSession.objects.values().get(pk=session.pk), ExerciseSet.objects.values().get(pk=row.pk))

    for attempt in attempts:
        with pytest.raises(SessionClosed):
            attempt()

    after = (ExerciseSession.objects.values().get(pk=session.pk), ExerciseSet.objects.values().get(pk=row.pk))
    assert after == before
    assert pain_of(session) == {("before", "right", "answered", 4)}
    assert list(row.reps.values_list("number", flat=True)) == [1, 2, 3]
    assert RedFlagReport.objects.count() == 0
    assert step_of(session, now) == "left_open"


@pytest.mark.django_db
def test_session_left_open_makes_way_for_a_new_one(patient):
    old = make_ready_session(patient=patient, now=MORNING)

    new = make_session(patient=patient, now=later(MORNING, days=3))

    old.refresh_from_db()
    assert new != old
    assert (new.slot, new.local_date) == ("morning", date(2026, 11, 28))
    assert old.ended_at is None


@pytest.mark.django_db
def test_session_goes_on_across_four_in_the_morning(patient):
    make_prescription(patient=patient, now=PRESCRIBED)
    now = a_moment("2026-11-26 03:50")
    session = make_ready_session(patient=patient, now=now)
    (row,) = sets_of(session)

    do_reps(exercise_set=row, now=later(now, minutes=30))

    assert session.local_date == TODAY
    assert row.reps.count() == 10
