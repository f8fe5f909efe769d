"""The page of a session: it shows the step at which the session stands, on every device."""

import uuid

import pytest
from django.test import Client

from exercises import services as exercise_services
from kneecoach.accounts.models import Patient
from progress import services
from progress.models import Rep
from tests.factories import (
    a_claim,
    a_moment,
    do_reps,
    later,
    make_finished_session,
    make_patient,
    make_prescription,
    make_ready_session,
    make_session,
    master_stage,
    rate_each_side,
    sets_of,
)
from tests.fixtures import client_of
from tests.pages import HTMX, faults, is_page, soup, step_of, text_at, texts_at, title_of
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows, make_history

pytestmark = pytest.mark.django_db


def url_of(session) -> str:
    """Return the address of a session."""
    return f"/sessions/{session.pk}/"


def test_session_leads_through_every_step(patient_client: Client, patient: Patient, prescription):
    session = make_session(patient=patient, now=NOW)
    row = sets_of(session)[0]
    acts = [
        lambda: services.answer_safety(session=session, is_safe=True, now=NOW),
        lambda: rate_each_side(session=session, moment="before", value=0, now=NOW),
        lambda: services.begin_set(exercise_set=row, now=NOW),
        lambda: do_reps(exercise_set=row, now=NOW),
        lambda: rate_each_side(session=session, moment="worst", value=None, now=NOW),
        lambda: services.answer_felt(exercise_set=row, felt="no", now=NOW),
    ]
    seen = [patient_client.get(url_of(session))]

    for act in acts:
        act()
        seen.append(patient_client.get(url_of(session)))

    assert [(response.status_code, step_of(response)) for response in seen] == [
        (200, "safety"),
        (200, "pain_before"),
        (200, "get_ready"),
        (200, "reps"),
        (200, "pain_worst"),
        (200, "felt_muscle"),
        (200, "done"),
    ]
    assert [faults(response) for response in seen] == [[]] * 7


def test_session_answers_htmx_with_the_step_alone(patient_client: Client, exercise_session):
    page, fragment = (patient_client.get(url_of(exercise_session), headers=headers) for headers in ({}, HTMX))

    assert (is_page(page), is_page(fragment)) == (True, False)
    assert (step_of(page), step_of(fragment)) == ("safety", "safety")
    assert soup(fragment).find("section")["id"] == "step"


def test_session_goes_on_at_the_next_repetition_on_another_device(patient: Patient, begun_set):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2, 3])

    response = client_of(patient.user).get(url_of(begun_set.exercise_session))

    coach = soup(response).find("rep-coach")
    assert (step_of(response), coach["data-number"], coach["data-target"]) == ("reps", "4", "10")
    assert soup(response).find("input", {"name": "number"})["value"] == "4"


def test_session_fills_the_hole_that_a_parked_repetition_left(patient_client: Client, begun_set):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 3])

    response = patient_client.get(url_of(begun_set.exercise_session))

    assert soup(response).find("rep-coach")["data-number"] == "2"


def test_session_preselects_no_pain(patient_client: Client, exercise_session):
    services.answer_safety(session=exercise_session, is_safe=True, now=NOW)

    page = soup(patient_client.get(url_of(exercise_session)))

    keys = page.select(".pain-keys button")
    assert [str(key["value"]) for key in keys] == ["0", *"123456789", "10", "1"]
    assert page.select("[checked], [aria-pressed=true], .pain input") == []


def test_session_asks_for_each_knee_in_turn():
    patient = make_patient(side="both")
    session = make_session(patient=patient, now=NOW)
    services.answer_safety(session=session, is_safe=True, now=NOW)
    client = client_of(patient.user)

    left = client.get(url_of(session))
    services.rate_pain(session=session, moment="before", side="left", value=0, now=NOW)
    right = client.get(url_of(session))

    assert title_of(left) == "How much does your left knee hurt now?"
    assert title_of(right) == "How much does your right knee hurt now?"
    assert text_at(right, ".step-head p") == "Left knee: 0 . Change it"


def test_session_of_both_legs_in_a_one_legged_stage_has_two_sets():
    patient = make_patient(side="both")
    make_prescription(patient=patient, stage_number=2, now=YESTERDAY)
    session = make_ready_session(patient=patient, now=NOW)

    response = client_of(patient.user).get(url_of(session))

    assert [row.side for row in sets_of(session)] == ["left", "right"]
    assert text_at(response, ".eyebrow").endswith("left leg")


def test_session_done_says_what_was_recorded(patient_client: Client, patient: Patient, prescription):
    session = make_finished_session(patient=patient, now=NOW, pain_before=0, pain_worst=None, felt="unsure")

    response = patient_client.get(url_of(session))

    assert title_of(response) == "Done. Well done."
    assert texts_at(response, ".row-note") == ["10 of 10 held · felt the muscle: not sure", "right", "right"]
    # Before stands before worst.
    assert texts_at(response, ".row-value") == ["0", "skipped"]


@pytest.mark.parametrize(("pain_before", "shown"), [(0, "0"), (None, "not answered")])
def test_session_tells_zero_from_skipped(pain_before: int | None, shown: str):
    patient = make_patient(side="both")
    session = make_session(patient=patient, now=NOW)
    services.answer_safety(session=session, is_safe=True, now=NOW)
    services.rate_pain(session=session, moment="before", side="left", value=pain_before, now=NOW)

    response = client_of(patient.user).get(url_of(session))

    assert text_at(response, ".step-head p strong") == shown


def test_session_goes_on_when_its_stage_is_ended_meanwhile(
    patient_client: Client, prescription, begun_set, physiotherapist
):
    session = begun_set.exercise_session
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2])
    exercise_services.end_prescription(
        prescription=prescription, reason="stopped", on=NOW.date(), by=physiotherapist, now=NOW
    )

    page = patient_client.get(url_of(session))
    rep_url = soup(page).find("rep-coach")["data-rep-url"]
    stored = patient_client.post(rep_url, {"number": "3", "outcome": "ok", "method": "manual"})
    today = patient_client.get("/")

    assert (step_of(page), stored.status_code, stored["Location"]) == ("reps", 302, url_of(session))
    assert list(Rep.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert texts_at(today, ".rows .row-title") == []
    assert "Start" not in text_at(today, "main")


def test_session_goes_on_with_its_other_stage_when_one_is_ended(patient: Patient, patient_client, physiotherapist):
    first = make_prescription(patient=patient, now=YESTERDAY)
    make_prescription(patient=patient, stage_number=2, now=YESTERDAY)
    session = make_ready_session(patient=patient, now=NOW)
    master_stage(patient=patient, stage_number=1, by=physiotherapist, now=NOW)

    today = patient_client.get("/")
    page = patient_client.get(url_of(session))

    assert texts_at(today, ".rows .row-title") == ["Stage 2: Lying lift"]
    assert text_at(today, "form#start button") == "Carry on with the session"
    assert (step_of(page), sets_of(session)[0].prescription_id) == ("get_ready", first.pk)


def test_session_left_open_for_three_days_says_so_and_shows_what_is_kept(patient_client: Client, begun_set, clock):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2, 3])
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.get(url_of(begun_set.exercise_session))

    assert (response.status_code, step_of(response)) == (200, "left_open")
    assert title_of(response) == "This session is from Wednesday"
    assert text_at(response, ".step-head p") == "Its day is over, so it is closed. Everything recorded in it is kept."
    assert texts_at(response, ".row-note") == ["3 of 10 held"]
    assert faults(response) == []
    assert all_rows() == before


def test_session_begun_before_four_in_the_morning_goes_on_for_two_hours(clock):
    patient = make_patient()
    make_prescription(patient=patient, now=YESTERDAY)
    session = make_ready_session(patient=patient, now=a_moment("2026-11-25 03:50"))
    client = client_of(patient.user)

    clock.move_to(a_moment("2026-11-25 05:50"), tick=False)
    within = client.get(url_of(session))
    clock.move_to(a_moment("2026-11-25 05:51"), tick=False)
    after = client.get(url_of(session))

    assert (step_of(within), step_of(after)) == ("get_ready", "left_open")


@pytest.mark.parametrize("history", [1, 50])
def test_session_queries(patient_client: Client, patient, prescription, history: int, django_assert_num_queries):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)
    session = make_ready_session(patient=patient, now=NOW)
    row = sets_of(session)[0]
    do_reps(exercise_set=row, now=NOW, numbers=[1])

    # session, user with patient; the exercise session, its sets, reps, ratings; phases, reps of the set
    with django_assert_num_queries(8):
        patient_client.get(url_of(session))


def test_session_queries_do_not_grow_with_repetitions(patient_client: Client, begun_set, django_assert_num_queries):
    do_reps(exercise_set=begun_set, now=NOW, numbers=range(1, 10))
    for number in range(1, 10):
        claim = a_claim(number=number, outcome="skipped")
        services.record_rep(exercise_set=begun_set, claim=claim, now=NOW)

    with django_assert_num_queries(8):
        patient_client.get(url_of(begun_set.exercise_session))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_session_of_somebody_else_is_not_found(patient_client: Client, other_session, headers: dict[str, str]):
    foreign = patient_client.get(url_of(other_session), headers=headers)
    missing = patient_client.get(f"/sessions/{uuid.uuid4()}/", headers=headers)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert title_of(foreign) == title_of(missing) == "We cannot find that page"
    assert str(other_session.pk).encode() not in foreign.content


def test_session_rejects_post(patient_client: Client, exercise_session):
    assert patient_client.post(url_of(exercise_session)).status_code == 405


def test_session_leads_anonymous_to_log_in(client: Client, exercise_session):
    url = url_of(exercise_session)
    plain, htmx = client.get(url), client.get(url, headers={**HTMX, "HX-Current-URL": f"http://testserver{url}"})

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"], htmx.content) == (200, f"/account/login/?next={url}", b"")


def test_session_comes_back_from_log_in_to_our_own_site_only(client: Client, exercise_session):
    headers = {**HTMX, "HX-Current-URL": "https://evil.example/sessions/"}

    response = client.get(url_of(exercise_session), headers=headers)

    assert response["HX-Redirect"] == "/account/login/?next=/"
