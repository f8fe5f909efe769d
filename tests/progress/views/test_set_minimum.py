"""The fewest repetitions that were prescribed: offered where the knee had not settled, chosen before the set begins."""

import json
import uuid

import pytest
from django.test import Client

from progress import services
from progress.models import ExerciseSet
from progress.rules.slots import SlotState
from tests.factories import a_moment, do_reps, make_finished_session, make_prescription, make_ready_session, sets_of
from tests.pages import HTMX, faults, soup, step_of, text_at, texts_at
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = [pytest.mark.django_db, pytest.mark.switched_on("PAIN_ADVICE")]

FEWEST, ALL = {"reps": "fewest"}, {"reps": "all"}


@pytest.fixture
def unsettled(patient):
    """Return a set of 10 to 20, 15 prescribed, on the morning after which the knee has not settled."""
    make_prescription(patient=patient, now=a_moment("2026-11-20 10:00"), reps_target=15)
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"), pain_worst=4, reps=15)
    services.rate_morning(patient=patient, side="right", value=5, now=NOW)
    (row,) = sets_of(make_ready_session(patient=patient, now=NOW))
    return row


def page_of(client: Client, row: ExerciseSet):
    """Return the session's page."""
    return client.get(f"/sessions/{row.exercise_session_id}/")


def test_it_is_offered_and_the_set_waits_for_the_choice(patient_client: Client, unsettled):
    response = page_of(patient_client, unsettled)

    assert (step_of(response), faults(response)) == ("get_ready", [])
    assert text_at(response, ".minimum button") == "Do 10, the fewest your physiotherapist prescribed"
    assert soup(response).select("get-ready[data-auto]") == []
    assert text_at(response, ".step-head p:last-child") == "15 repetitions, hold 3 seconds each"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_fewest_can_be_chosen_and_taken_back(patient_client: Client, unsettled, headers: dict[str, str]):
    url = f"/sets/{unsettled.pk}/minimum/"

    chosen = patient_client.post(url, FEWEST, headers=headers, follow=True)
    unsettled.refresh_from_db()
    is_minimum = unsettled.is_minimum
    back = patient_client.post(url, ALL, headers=headers, follow=True)

    unsettled.refresh_from_db()
    assert (is_minimum, unsettled.is_minimum, unsettled.reps_target) == (True, False, 15)
    assert text_at(chosen, ".step-head p:last-child") == "10 repetitions, hold 3 seconds each"
    assert texts_at(chosen, ".minimum button") == ["Do all 15 after all"]
    assert len(soup(chosen).select("get-ready[data-auto]")) == 1
    assert text_at(back, ".minimum button") == "Do 10, the fewest your physiotherapist prescribed"


def test_the_set_is_then_over_at_the_fewest_and_the_slot_is_done(patient_client: Client, unsettled):
    patient_client.post(f"/sets/{unsettled.pk}/minimum/", FEWEST)
    patient_client.post(f"/sets/{unsettled.pk}/begin/")
    shown = page_of(patient_client, unsettled)
    do_reps(exercise_set=unsettled, now=NOW, numbers=range(1, 11))

    over = page_of(patient_client, unsettled)
    patient_client.post(f"/sessions/{unsettled.exercise_session_id}/pain/worst/right/", {"value": "2"})
    patient_client.post(f"/sets/{unsettled.pk}/felt/", {"felt": "yes"})

    assert soup(shown).select_one("rep-coach")["data-target"] == "10"
    assert len(soup(shown).select(".reps > li")) == 10
    assert step_of(over) == "pain_worst"
    assert soup(patient_client.get("/")).select_one("article.slot")["data-state"] == SlotState.DONE


def test_once_begun_it_stays(patient_client: Client, unsettled):
    patient_client.post(f"/sets/{unsettled.pk}/begin/")
    before = all_rows()

    response = patient_client.post(f"/sets/{unsettled.pk}/minimum/", FEWEST, headers=HTMX)

    assert (response.status_code, step_of(response)) == (200, "reps")
    assert all_rows() == before


def test_twice_is_the_same_as_once(patient_client: Client, unsettled):
    patient_client.post(f"/sets/{unsettled.pk}/minimum/", FEWEST)
    before = all_rows()

    patient_client.post(f"/sets/{unsettled.pk}/minimum/", FEWEST)

    assert all_rows() == before


@pytest.mark.parametrize("data", [{}, {"reps": ""}, {"reps": "5"}])
def test_another_number_is_refused(patient_client: Client, unsettled, data: dict[str, str]):
    before = all_rows()

    response = patient_client.post(f"/sets/{unsettled.pk}/minimum/", data, headers=HTMX)

    assert (response.status_code, step_of(response)) == (422, "get_ready")
    assert all_rows() == before


def test_it_is_not_offered_on_a_normal_day(patient_client: Client, ready_set):
    assert soup(page_of(patient_client, ready_set)).select(".minimum") == []


def test_it_is_not_offered_where_the_fewest_are_prescribed(patient_client: Client, patient, prescription):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"), pain_worst=4)
    services.rate_morning(patient=patient, side="right", value=5, now=NOW)
    (row,) = sets_of(make_ready_session(patient=patient, now=NOW))

    assert soup(page_of(patient_client, row)).select(".minimum") == []


def test_it_is_not_offered_without_advice(patient_client: Client, unsettled, settings):
    settings.PAIN_ADVICE = False

    assert soup(page_of(patient_client, unsettled)).select(".minimum") == []


def test_phone_takes_the_choice_along(patient_client: Client, unsettled):
    answer = patient_client.get(f"/sessions/{unsettled.exercise_session_id}/plan/")

    (known,) = json.loads(str(soup(answer).select_one("[data-plan]")["data-facts"]))["sets"]
    assert (known["target"], known["choices"]) == (15, [10, 15])
    assert answer.text.count(f'hx-post="/sets/{unsettled.pk}/minimum/"') == 1
    assert answer.text.count('name="reps" value="fewest"') == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_set_of_somebody_else_is_not_found(patient_client: Client, other_set, method: str):
    before = all_rows()
    send = getattr(patient_client, method)

    foreign, missing = (send(f"/sets/{key}/minimum/", FEWEST).status_code for key in (other_set.pk, uuid.uuid4()))

    assert (foreign, missing) == ((404, 404) if method == "post" else (405, 405))
    assert all_rows() == before
