"""Taking a stop back."""

import uuid

import pytest
from django.test import Client

from progress import services
from progress.facts import load_span, moment_of
from progress.models import ExerciseSession, Rep
from progress.rules.slots import day_view
from tests.factories import do_reps, later, make_prescription, make_ready_session, sets_of
from tests.pages import HTMX, is_page, soup, step_of, texts_at
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped(begun_set) -> ExerciseSession:
    """Return a session that was stopped after two repetitions."""
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2])
    services.stop_session(session=begun_set.exercise_session, reason="pain", note="ouch", now=NOW)
    session = begun_set.exercise_session
    session.refresh_from_db()
    return session


def url_of(session: ExerciseSession) -> str:
    """Return the address that goes on."""
    return f"/sessions/{session.pk}/resume/"


def test_resume_goes_on_at_the_next_repetition(patient_client: Client, stopped):
    offered = texts_at(patient_client.get(f"/sessions/{stopped.pk}/"), "form button")

    response = patient_client.post(url_of(stopped), follow=True)

    stopped.refresh_from_db()
    assert "That was a mistake: go on" in offered
    assert response.redirect_chain == [(f"/sessions/{stopped.pk}/", 302)]
    assert (step_of(response), stopped.stop_reason, stopped.stop_note) == ("reps", "", "")


def test_resume_with_htmx_answers_with_the_step(patient_client: Client, stopped):
    response = patient_client.post(url_of(stopped), headers=HTMX)

    assert (response.status_code, is_page(response), step_of(response)) == (200, False, "reps")


def test_resume_sent_twice_is_the_same_as_once(patient_client: Client, stopped):
    patient_client.post(url_of(stopped))
    before = all_rows()

    again = patient_client.post(url_of(stopped), headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, "reps")
    assert all_rows() == before


def test_resume_does_not_take_a_warning_sign_back(patient_client: Client, exercise_session):
    services.answer_safety(session=exercise_session, is_safe=False, now=NOW)
    before = all_rows()

    response = patient_client.post(url_of(exercise_session), follow=True)

    assert step_of(response) == "red_flag"
    assert all_rows() == before


def test_resume_of_a_session_that_has_ended_changes_nothing(patient_client: Client, ready_session, clock):
    services.stop_session(session=ready_session, reason="tired", now=NOW)
    clock.move_to(later(NOW, minutes=6))
    before = all_rows()

    response = patient_client.post(url_of(ready_session), follow=True)

    assert step_of(response) == "done"
    assert all_rows() == before


def test_resume_of_a_session_left_open_writes_nothing(patient_client: Client, stopped, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(stopped))

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_resume_of_somebody_elses_session_is_not_found(patient_client: Client, other_session, headers: dict[str, str]):
    services.stop_session(session=other_session, reason="pain", note="Otto only", now=NOW)
    before = all_rows()

    foreign = patient_client.post(url_of(other_session), headers=headers)
    missing = patient_client.post(f"/sessions/{uuid.uuid4()}/resume/", headers=headers)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before


def test_resume_rejects_get(patient_client: Client, stopped):
    assert patient_client.get(url_of(stopped)).status_code == 405


def test_resume_leads_anonymous_to_log_in(client: Client, stopped):
    url = url_of(stopped)
    before = all_rows()

    plain, htmx = client.post(url), client.post(url, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before


# --- an early finish -----------------------------------------------------------------------------------------------------
@pytest.fixture
def ended_early(begun_set) -> ExerciseSession:
    """Return a session that ended at NOW with two of ten repetitions."""
    session = begun_set.exercise_session
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2])
    services.finish_set(exercise_set=begun_set, now=NOW)
    services.rate_pain(session=session, moment="worst", side="right", value=2, now=NOW)
    services.answer_felt(exercise_set=begun_set, felt="yes", now=NOW)
    session.refresh_from_db()
    assert session.ended_at == NOW
    return session


def test_early_finish_is_taken_back_within_five_minutes(patient_client: Client, ended_early, clock):
    clock.move_to(later(NOW, minutes=5))
    offered = texts_at(patient_client.get(f"/sessions/{ended_early.pk}/"), "form button")

    response = patient_client.post(url_of(ended_early), headers=HTMX)

    ended_early.refresh_from_db()
    assert "That was a mistake: go on" in offered
    assert (response.status_code, step_of(response), ended_early.ended_at) == (200, "reps", None)


def test_early_finish_stays_after_five_minutes(patient_client: Client, ended_early, clock):
    clock.move_to(later(NOW, minutes=5, seconds=1))
    before = all_rows()

    assert "That was a mistake: go on" not in texts_at(
        patient_client.get(f"/sessions/{ended_early.pk}/"), "form button"
    )
    assert patient_client.post(url_of(ended_early), headers=HTMX).status_code == 409
    assert all_rows() == before


def test_worst_pain_is_asked_for_again_after_going_on(patient_client: Client, ended_early, clock):
    clock.move_to(later(NOW, minutes=1))
    patient_client.post(url_of(ended_early))
    row = ended_early.sets.get()

    do_reps(exercise_set=row, now=later(NOW, minutes=2), numbers=range(3, 11))

    assert step_of(patient_client.get(f"/sessions/{ended_early.pk}/")) == "pain_worst"
    services.rate_pain(session=ended_early, moment="worst", side="right", value=5, now=later(NOW, minutes=3))
    ended_early.refresh_from_db()
    assert ended_early.ended_at == later(NOW, minutes=3)


def test_whole_session_offers_nothing_to_take_back(patient_client: Client, begun_set):
    session = begun_set.exercise_session
    do_reps(exercise_set=begun_set, now=NOW, numbers=range(1, 11))
    services.rate_pain(session=session, moment="worst", side="right", value=2, now=NOW)
    services.answer_felt(exercise_set=begun_set, felt="yes", now=NOW)

    assert "That was a mistake: go on" not in texts_at(patient_client.get(f"/sessions/{session.pk}/"), "form button")
    assert patient_client.post(url_of(session), headers=HTMX).status_code == 409


# --- too few held --------------------------------------------------------------------------------------------------------
MISSING_ONES = "Do the missing ones"


@pytest.fixture
def lacking(begun_set) -> ExerciseSession:
    """Return a session in which nine of at least ten were held: the third was let go early."""
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2])
    do_reps(exercise_set=begun_set, now=NOW, numbers=[3], held_ms=1000)
    do_reps(exercise_set=begun_set, now=NOW, numbers=range(4, 11))
    return begun_set.exercise_session


def end(session: ExerciseSession, now=NOW) -> None:
    """Answer what is asked after the repetitions."""
    services.rate_pain(session=session, moment="worst", side="right", value=2, now=now)
    services.answer_felt(exercise_set=session.sets.get(), felt="yes", now=now)
    session.refresh_from_db()


def slot_state(session: ExerciseSession) -> str:
    """Return what the day says about the session's slot."""
    span = load_span(session.patient, session.local_date, session.local_date, NOW)
    view = day_view(session.local_date, moment_of(session.patient, NOW), span.prescription_facts, span.session_facts)
    return view.morning.state


def test_missed_repetition_is_offered_and_not_forced(patient_client: Client, lacking):
    page = patient_client.get(f"/sessions/{lacking.pk}/")

    assert step_of(page) == "pain_worst"
    assert MISSING_ONES in texts_at(page, "form button")
    assert "9 of at least 10 were held." in texts_at(page, ".step-foot p")
    end(lacking)
    assert (lacking.ended_at, slot_state(lacking)) == (NOW, "partly")


@pytest.mark.parametrize("is_over", [False, True])
def test_missed_repetition_is_done_under_its_number(patient_client: Client, lacking, clock, is_over: bool):  # noqa: FBT001
    if is_over:
        end(lacking)
    soon = later(NOW, minutes=1)
    clock.move_to(soon)
    short = Rep.objects.get(number=3)

    response = patient_client.post(url_of(lacking), headers=HTMX)

    row = lacking.sets.get()
    short.refresh_from_db()
    assert (response.status_code, step_of(response)) == (200, "reps")
    assert soup(response).select_one("#rep-count")["data-number"] == "3"
    assert (short.voided_at, short.outcome, Rep.objects.standing().count()) == (soon, "short", 9)
    do_reps(exercise_set=row, now=soon, numbers=[3])
    assert step_of(patient_client.get(f"/sessions/{lacking.pk}/")) == "pain_worst"
    end(lacking, later(NOW, minutes=2))
    assert slot_state(lacking) == "done"


def test_missed_repetition_asked_for_twice_is_the_same_as_once(patient_client: Client, lacking):
    patient_client.post(url_of(lacking))
    before = all_rows()

    again = patient_client.post(url_of(lacking), headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, "reps")
    assert all_rows() == before


def test_missed_repetition_stays_after_five_minutes(patient_client: Client, lacking, clock):
    end(lacking)
    clock.move_to(later(NOW, minutes=5, seconds=1))
    before = all_rows()

    assert MISSING_ONES not in texts_at(patient_client.get(f"/sessions/{lacking.pk}/"), "form button")
    assert patient_client.post(url_of(lacking), headers=HTMX).status_code == 409
    assert all_rows() == before


def test_missed_repetition_is_not_offered_where_enough_were_held(patient_client: Client, patient):
    make_prescription(patient=patient, now=YESTERDAY, reps_target=12, reps_max=15)
    session = make_ready_session(patient=patient, now=NOW)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=NOW, numbers=range(1, 11))
    do_reps(exercise_set=row, now=NOW, numbers=[11, 12], outcome="skipped")
    before = all_rows()

    page = patient_client.get(f"/sessions/{session.pk}/")
    response = patient_client.post(url_of(session), headers=HTMX)

    assert step_of(page) == "pain_worst"
    assert MISSING_ONES not in texts_at(page, ".step-foot form button")
    assert (step_of(response), all_rows()) == ("pain_worst", before)


def test_missed_repetition_after_pain_is_not_done_again(patient_client: Client, begun_set):
    """The last one hurt: the stop may be taken back only where repetitions are left."""
    do_reps(exercise_set=begun_set, now=NOW, numbers=range(1, 10), held_ms=1000)
    do_reps(exercise_set=begun_set, now=NOW, numbers=[10], outcome="stopped_pain")
    services.stop_session(session=begun_set.exercise_session, reason="pain", now=NOW)
    before = all_rows()

    response = patient_client.post(url_of(begun_set.exercise_session), headers=HTMX)

    assert (step_of(response), all_rows()) == ("pain_worst", before)


def test_missed_repetition_of_one_leg_says_which(patient_client: Client, patient):
    make_prescription(patient=patient, stage_number=2, side="both", now=YESTERDAY)
    session = make_ready_session(patient=patient, now=NOW)
    left, right = sets_of(session)
    do_reps(exercise_set=left, now=NOW)
    do_reps(exercise_set=right, now=NOW, outcome="skipped")

    page = patient_client.get(f"/sessions/{session.pk}/")
    response = patient_client.post(url_of(session), headers=HTMX)

    assert "Stage 2: Lying lift, right: 0 of at least 10 were held." in texts_at(page, ".step-foot p")
    assert soup(response).select_one("rep-coach")["data-set"] == str(right.pk)
    assert (left.reps.standing().count(), right.reps.standing().count()) == (10, 0)


def test_missed_repetition_is_not_offered_without_a_network(patient_client: Client, lacking):
    plan = patient_client.get(f"/sessions/{lacking.pk}/plan/")

    assert "pain_worst" in plan.content.decode()
    assert MISSING_ONES not in plan.content.decode()
