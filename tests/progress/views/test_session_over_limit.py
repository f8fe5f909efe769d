"""Pain before over the limit: the exercises do not start, unless the physiotherapist has told the patient to go on."""

import json
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from kneecoach.accounts.models import ClinicSettings
from progress import services
from progress.facts import load_state
from progress.models import Alert, ExerciseSession, RuleSet
from tests.factories import a_moment, later, make_prescription, make_ready_session, make_session, sets_of
from tests.pages import HTMX, faults, soup, step_of, text_at, texts_at, title_of
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = [pytest.mark.django_db, pytest.mark.switched_on("PAIN_ADVICE", "ALERTS")]


@pytest.fixture
def session(exercise_session: ExerciseSession) -> ExerciseSession:
    """Return a session that asks for the pain before."""
    services.answer_safety(session=exercise_session, is_safe=True, now=NOW)
    return exercise_session


@pytest.fixture
def held_back(session: ExerciseSession) -> ExerciseSession:
    """Return a session that is over the limit."""
    services.rate_pain(session=session, moment="before", side="right", value=6, now=NOW)
    return session


def pain_url(session: ExerciseSession) -> str:
    """Return where the first number goes."""
    return f"/sessions/{session.pk}/pain/before/right/"


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("data", "step"),
    [
        ({"value": "5"}, "get_ready"),
        ({"value": "6"}, "over_limit"),
        ({"value": "10"}, "over_limit"),
        ({"skip": "1"}, "get_ready"),
    ],
)
def test_pain_over_the_limit_does_not_start(
    patient_client: Client, session, data: dict[str, str], step: str, headers: dict[str, str]
):
    response = patient_client.post(pain_url(session), data, headers=headers, follow=True)

    assert step_of(response) == step


def test_screen_names_the_limit_and_offers_whom_to_call(patient_client: Client, held_back):
    ClinicSettings.objects.create(emergency_number="112", phone="0123 456")

    response = patient_client.get(f"/sessions/{held_back.pk}/")

    assert (title_of(response), faults(response)) == ("Better not today", [])
    assert "Limit 5: your clinic’s standard." in text_at(response, ".step-head")
    assert [str(link["href"]) for link in soup(response).select(".calls a")] == ["tel:112", "tel:0123456"]
    assert texts_at(response, "#step button") == [
        "Not today",
        "My physiotherapist told me to go on",
        "Yes, at least one of the signs is true",
    ]


def test_screen_names_who_set_the_limit(patient_client: Client, patient, session, physiotherapist):
    own = RuleSet.objects.get()
    own.pk, own.patient, own.amber_max, own.preset = None, patient, 3, "own"
    own.made_by, own.made_at = physiotherapist, a_moment("2026-11-03 12:00")
    own.save(force_insert=True)

    response = patient_client.post(pain_url(session), {"value": "4"}, follow=True)

    assert step_of(response) == "over_limit"
    assert "Limit 3: set by Petra Physio on 3 November." in text_at(response, ".step-head")


def test_not_today_ends_the_session_for_pain(patient_client: Client, held_back):
    response = patient_client.post(f"/sessions/{held_back.pk}/stop/", {"reason": "pain"}, follow=True)

    held_back.refresh_from_db()
    assert step_of(response) == "done"
    assert (held_back.stop_reason, held_back.ended_at, held_back.pain_overridden_at) == ("pain", NOW, None)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_going_on_because_the_physiotherapist_said_so_is_recorded(
    patient_client: Client, held_back, headers: dict[str, str], clock
):
    clock.move_to(later(NOW, minutes=1), tick=False)

    response = patient_client.post(f"/sessions/{held_back.pk}/override/", headers=headers, follow=True)

    held_back.refresh_from_db()
    events = apps.get_model("progress", "ExerciseSessionEvent").objects.filter(pgh_obj_id=held_back.pk)
    assert step_of(response) == "get_ready"
    assert held_back.pain_overridden_at == later(NOW, minutes=1)
    assert events.order_by("pgh_id").last().pain_overridden_at == later(NOW, minutes=1)
    assert [(row.kind, row.level) for row in Alert.objects.all()] == [("pain_before_red", "high")]


def test_override_sent_twice_is_the_same_as_once(patient_client: Client, held_back, clock):
    patient_client.post(f"/sessions/{held_back.pk}/override/")
    before = all_rows()
    clock.move_to(later(NOW, minutes=1), tick=False)

    again = patient_client.post(f"/sessions/{held_back.pk}/override/", headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, "get_ready")
    assert all_rows() == before


def test_override_where_nobody_is_held_back_writes_nothing(patient_client: Client, ready_session):
    before = all_rows()

    patient_client.post(f"/sessions/{ready_session.pk}/override/")

    assert all_rows() == before


def test_a_number_that_was_a_mistake_can_be_changed(patient_client: Client, held_back):
    response = patient_client.post(pain_url(held_back), {"value": "1"}, headers=HTMX)

    assert step_of(response) == "get_ready"


def test_one_knee_is_enough_and_both_are_asked_first(patient_client: Client, patient):
    make_prescription(patient=patient, now=YESTERDAY, side="both")
    session = make_session(patient=patient, now=NOW)
    services.answer_safety(session=session, is_safe=True, now=NOW)

    left = patient_client.post(f"/sessions/{session.pk}/pain/before/left/", {"value": "9"}, headers=HTMX)
    right = patient_client.post(pain_url(session), {"value": "0"}, headers=HTMX)

    assert (step_of(left), step_of(right)) == ("pain_before", "over_limit")


def test_a_set_that_has_begun_is_not_stopped_by_another_limit(patient_client: Client, patient, begun_set):
    strict = RuleSet.objects.get()
    strict.pk, strict.version, strict.green_max, strict.amber_max = None, 2, 0, 1
    strict.preset = "own"
    strict.save(force_insert=True)

    response = patient_client.get(f"/sessions/{begun_set.exercise_session_id}/")

    assert step_of(response) == "reps"


def test_without_advice_nobody_is_held_back(patient_client: Client, session, settings):
    settings.PAIN_ADVICE = False

    response = patient_client.post(pain_url(session), {"value": "10"}, headers=HTMX)

    assert step_of(response) == "get_ready"
    assert Alert.objects.get().kind == "pain_before_red"


def test_warning_sign_is_one_tap_away(patient_client: Client, held_back):
    response = patient_client.post(f"/sessions/{held_back.pk}/safety/", {"answer": "flag"}, headers=HTMX)

    assert step_of(response) == "red_flag"


@pytest.mark.parametrize("method", ["get", "post"])
def test_override_of_somebody_elses_session_is_not_found(patient_client: Client, other_patient, method: str):
    make_prescription(patient=other_patient, now=YESTERDAY)
    theirs = make_ready_session(patient=other_patient, now=NOW, pain_before=9)
    before = all_rows()
    send = getattr(patient_client, method)

    foreign, missing = (send(f"/sessions/{key}/override/").status_code for key in (theirs.pk, uuid.uuid4()))

    assert (foreign, missing) == ((404, 404) if method == "post" else (405, 405))
    assert all_rows() == before


def test_override_after_the_day_is_over_writes_nothing(patient_client: Client, held_back, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(f"/sessions/{held_back.pk}/override/")

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


# --- without a network ------------------------------------------------------------------------------------------------
def plan_of(patient_client: Client, path: str) -> tuple[Any, list[str]]:
    """Return the facts that a phone takes along, and its screens."""
    answer = soup(patient_client.get(path))
    facts = json.loads(str(answer.select_one("[data-plan]")["data-facts"]))
    return facts, [str(tag["data-step"]) for tag in answer.select("template")]


def test_phone_takes_the_screen_and_the_limit_along(patient_client: Client, prescription):
    facts, screens = plan_of(patient_client, "/sessions/plan/")

    assert (facts["painLimit"], facts["overLimit"], facts["isOverridden"]) == (5, [], False)
    assert "over_limit" in screens


def test_phone_knows_that_a_session_is_held_back(patient_client: Client, held_back):
    facts, screens = plan_of(patient_client, f"/sessions/{held_back.pk}/plan/")

    assert (facts["painLimit"], facts["overLimit"]) == (5, ["right"])
    assert "over_limit" in screens


def test_phone_is_told_nothing_of_limits_once_a_set_has_begun(patient_client: Client, begun_set):
    facts, screens = plan_of(patient_client, f"/sessions/{begun_set.exercise_session_id}/plan/")

    assert (facts["painLimit"], "over_limit" in screens) == (None, False)


def test_phone_is_told_nothing_of_limits_without_advice(patient_client: Client, prescription, settings):
    settings.PAIN_ADVICE = False

    facts, screens = plan_of(patient_client, "/sessions/plan/")

    assert (facts["painLimit"], "over_limit" in screens) == (None, False)


def test_limit_costs_one_query_until_the_first_set(patient, session, django_assert_num_queries):
    with django_assert_num_queries(4):
        load_state(session, NOW)
    services.rate_pain(session=session, moment="before", side="right", value=2, now=NOW)
    services.begin_set(exercise_set=sets_of(session)[0], now=NOW)
    with django_assert_num_queries(3):
        load_state(session, NOW)
