"""Asking the clinic to erase one's data or to lock it away, and taking that back."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from kneecoach.accounts.models import DataRequest, Patient, User
from kneecoach.accounts.services import answer_data_request
from tests.factories import a_moment
from tests.pages import faults, field_errors, soup, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
URL, NOW = "/me/data/ask/", a_moment("2026-11-25 08:00")


def ask(client: Client, **values: str):
    """Send the form."""
    return client.post(URL, {"request_id": str(uuid4()), "kind": "erase", **values})


def test_page_asks_with_nothing_chosen(patient_client: Client):
    response = patient_client.get(URL)

    assert (response.status_code, title_of(response), faults(response)) == (200, "Erase or lock away", [])
    assert soup(response).select("input[name=kind][checked]") == []


def test_asking_is_recorded_and_shown_with_a_way_back(patient_client: Client, patient: Patient):
    response = ask(patient_client, words=" It is over. ")

    row = DataRequest.objects.get()
    assert response["Location"] == "/me/data/"
    assert (row.patient, row.kind, row.words, row.status) == (patient, "erase", "It is over.", "asked")
    page = patient_client.get("/me/data/")
    assert "“It is over.”" in texts_at(page, ".card p")
    assert soup(page).select(f"form[action='/me/data/ask/{row.pk}/take-back/'] button")
    assert soup(page).select("a[href='/me/data/ask/']") == []


def test_without_a_choice_it_is_refused_and_words_stay(patient_client: Client):
    before = all_rows()

    response = ask(patient_client, kind="", words="Please")

    assert (response.status_code, field_errors(response)) == (422, {"kind": ["Choose one of the two."]})
    assert soup(response).select_one("textarea").text.strip() == "Please"
    assert all_rows() == before


def test_twice_is_once_and_a_second_one_waits(patient_client: Client):
    same = str(uuid4())
    ask(patient_client, request_id=same)
    before = all_rows()

    again, another = ask(patient_client, request_id=same), ask(patient_client)

    assert (again.status_code, another.status_code) == (302, 422)
    assert all_rows() == before


def test_id_of_somebody_else_is_404_and_nothing_is_written(patient_client: Client, other_patient: Patient):
    foreign = DataRequest.objects.create(patient=other_patient, kind="erase", words="Otto only", asked_at=NOW)
    before = all_rows()

    answers = [ask(patient_client, request_id=str(foreign.pk)), patient_client.post(f"{URL}{foreign.pk}/take-back/")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not any(b"Otto only" in answer.content for answer in answers)
    assert all_rows() == before


def test_taking_back_leaves_everything_as_it_is(patient_client: Client):
    ask(patient_client)
    row = DataRequest.objects.get()

    for _again in range(2):
        response = patient_client.post(f"{URL}{row.pk}/take-back/", follow=True)
        assert texts_at(response, ".messages .message")[-1:] == ["Taken back. Everything stays as it is."]

    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("withdrawn", None)
    assert ask(patient_client).status_code == 302


def test_answer_is_read_and_cannot_be_taken_back(patient_client: Client, physiotherapist: User):
    ask(patient_client)
    row = DataRequest.objects.get()
    answer_data_request(request=row, status="declined", answer="The law has us keep it.", by=physiotherapist, now=NOW)

    page = patient_client.post(f"{URL}{row.pk}/take-back/", follow=True)

    assert texts_at(page, ".messages .message")[-1:] == ["Your clinic has answered already."]
    assert any("“The law has us keep it.” Petra Physio" in text for text in texts_at(page, ".card p"))
    row.refresh_from_db()
    assert row.status == "declined"


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "forget"},
        {"status": "agreed"},
        {"status": "withdrawn"},
        {"status": "asked", "decided_at": NOW},
    ],
)
def test_database_refuses_half_a_request(patient: Patient, values: dict[str, object]):
    with pytest.raises(IntegrityError), transaction.atomic():
        DataRequest.objects.create(**{"patient": patient, "kind": "erase", "asked_at": NOW, **values})
