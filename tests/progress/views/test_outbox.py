"""Tests for progress/views/outbox.py, and for the receipts and the owner of what a phone sends."""

from uuid import uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kneecoach.accounts.models import Patient
from progress.models import Rep
from tests.factories import make_prescription, make_ready_session, sets_of
from tests.fixtures import client_of

OUTBOX_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
REP = {"number": "1", "held_ms": "3000", "outcome": "ok", "method": "guided"}


def rep_url(patient: Patient) -> str:
    """Return the address of a new repetition of a running set."""
    make_prescription(patient=patient, now=timezone.now())
    exercise_set = sets_of(make_ready_session(patient=patient, now=timezone.now()))[0]
    return reverse("progress:rep", args=(exercise_set.pk, uuid4()))


def test_outbox_names_the_person_and_a_token_that_works(db, patient: Patient):
    client = Client(enforce_csrf_checks=True)
    client.force_login(patient.user)
    url = rep_url(patient)

    answer = client.get(reverse("progress:outbox"))

    assert answer.json()["owner"] == str(patient.pk)
    assert client.post(url, REP).status_code == 403
    assert client.post(url, REP, headers={"X-CSRFToken": answer.json()["token"]}).status_code == 302
    assert Rep.objects.count() == 1


def test_outbox_asks_for_three_rows_at_most(db, patient: Patient, django_assert_max_num_queries):
    client = client_of(patient.user)
    with django_assert_max_num_queries(3):
        client.get(reverse("progress:outbox"))


def test_receipt_names_what_was_sent(db, patient: Patient):
    headers = {"HX-Request": "true", "X-Outbox-Id": OUTBOX_ID, "X-Outbox-Owner": str(patient.pk)}
    client = client_of(patient.user)
    url = rep_url(patient)

    first, again = (client.post(url, REP, headers=headers) for _time in range(2))
    refused = client.post(url, REP | {"number": "99"}, headers=headers)

    assert [answer.headers["X-Outbox-Receipt"] for answer in (first, again, refused)] == [OUTBOX_ID] * 3
    assert (first.status_code, again.status_code, refused.status_code) == (200, 200, 422)
    assert Rep.objects.count() == 1


def test_receipt_repeats_nothing_but_an_id(db, patient: Patient):
    answer = client_of(patient.user).get("/", headers={"X-Outbox-Id": "<script>"})
    assert "X-Outbox-Receipt" not in answer.headers


def test_what_somebody_else_did_is_refused_and_written_nowhere(db, patient: Patient, other_patient: Patient):
    url = rep_url(patient)

    answer = client_of(patient.user).post(url, REP, headers={"X-Outbox-Owner": str(other_patient.pk)})

    assert answer.status_code == 403
    assert "X-Outbox-Receipt" not in answer.headers
    assert Rep.objects.count() == 0
