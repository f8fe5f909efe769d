"""Finding the muscle with the fingers: found, or practise on."""

from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient
from tests.factories import a_moment, later, make_patient
from tests.fixtures import client_of
from tests.pages import HTMX, faults, form_errors, is_page, soup, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/learn/find-the-muscle/"
NOW = a_moment("2026-11-25 08:00")


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def beginner(clock) -> Patient:
    """Return somebody who has not found the muscle."""
    return make_patient(has_found_vmo=False)


@pytest.fixture
def beginner_client(beginner: Patient) -> Client:
    """Return their browser."""
    return client_of(beginner.user)


def test_find_muscle_explains_and_asks(beginner_client: Client):
    before = all_rows()

    response = beginner_client.get(URL)

    assert (response.status_code, faults(response)) == (200, [])
    assert title_of(response) == "Find the muscle with your fingers"
    assert [str(key["value"]) for key in soup(response).select("button[name=answer]")] == ["found", "not_yet"]
    assert all_rows() == before


def test_find_muscle_found_is_written_down(beginner_client: Client, beginner: Patient, other_patient: Patient):
    Patient.objects.filter(pk=other_patient.pk).update(vmo_found_at=None)

    response = beginner_client.post(URL, {"answer": "found"}, follow=True)

    beginner.refresh_from_db()
    other_patient.refresh_from_db()
    assert response.redirect_chain == [("/", 302)]
    assert texts_at(response, ".messages .message") == ["Well done. You found the muscle."]
    assert (beginner.vmo_found_at, other_patient.vmo_found_at) == (NOW, None)


def test_find_muscle_found_with_htmx_leads_to_today(beginner_client: Client, beginner: Patient):
    response = beginner_client.post(URL, {"answer": "found"}, headers=HTMX)

    beginner.refresh_from_db()
    assert (response.status_code, response["HX-Redirect"], beginner.vmo_found_at) == (200, "/", NOW)


def test_find_muscle_found_again_keeps_the_first_time(beginner_client: Client, clock):
    beginner_client.post(URL, {"answer": "found"})
    clock.move_to(later(NOW, days=1), tick=False)
    before = all_rows()

    response = beginner_client.post(URL, {"answer": "found"})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_find_muscle_not_yet_leads_to_more_practice(beginner_client: Client, headers: dict[str, str]):
    before = all_rows()

    response = beginner_client.post(URL, {"answer": "not_yet"}, headers=headers)

    assert (response.status_code, title_of(response)) == (200, "Try once more")
    assert is_page(response) is not bool(headers)
    assert len(soup(response).select("button[name=answer]")) == 2
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("data", [{}, {"answer": ""}, {"answer": "perhaps"}])
def test_find_muscle_without_a_proper_answer_asks_again(
    beginner_client: Client, data: dict[str, str], headers: dict[str, str]
):
    before = all_rows()

    response = beginner_client.post(URL, data, headers=headers)

    assert (response.status_code, form_errors(response)) == (422, ["Please choose one of the two answers."])
    assert is_page(response) is not bool(headers)
    assert all_rows() == before


def test_find_muscle_leads_anonymous_to_log_in(client: Client, beginner: Patient):
    before = all_rows()

    plain, htmx = client.post(URL, {"answer": "found"}), client.post(URL, {"answer": "found"}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={URL}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before
