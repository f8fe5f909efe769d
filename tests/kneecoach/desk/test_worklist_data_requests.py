"""Requests about data on the worklist: how many wait for an answer, whoever's patients they are."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from kneecoach.accounts.models import DataRequest, Patient, Stopped, User
from kneecoach.accounts.services import answer_data_request, take_data_request_back, withdraw_consent
from kneecoach.desk.views import PERMISSIONS
from tests.factories import later, make_user
from tests.fixtures import client_of
from tests.kneecoach.desk.worklist_page import INDEX, NOW, a_patient, ask_to_erase, names
from tests.pages import soup, text_at, title_of

pytestmark = pytest.mark.django_db
TOLD = ".work-data"


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> None:
    """Stop the clock at NOW."""
    time_machine.move_to(NOW, tick=False)


def test_they_are_counted_for_whoever_may_answer(physio_client: Client, physiotherapist: User):
    assert soup(physio_client.get(INDEX)).select(TOLD) == []

    ask_to_erase(a_patient("Anna Knee", physiotherapist), later(NOW, days=-9))
    one = text_at(physio_client.get(INDEX), TOLD)
    ask_to_erase(a_patient("Olga Orphan", None))
    two = physio_client.get(INDEX)

    assert "1 patient asks for their data to be erased or locked away, since 16 November 2026." in one
    assert "2 patients ask for their data to be erased or locked away, the first since 16 November" in text_at(
        two, TOLD
    )
    listed = text_at(physio_client.get(str(soup(two).select_one(f"{TOLD} a")["href"])), "#result_list")
    assert [listed.count(name) for name in ("Anna Knee", "Olga Orphan")] == [1, 1]


def test_request_of_who_stands_in_no_list_is_counted(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist)
    withdraw_consent(patient=patient, now=NOW)
    assert Patient.objects.get(pk=patient.pk).stopped_why == Stopped.WITHDRAWN
    ask_to_erase(patient)

    page = physio_client.get(INDEX, {"who": "all"})

    assert (names(page), len(soup(page).select(TOLD))) == ([], 1)


def test_what_is_answered_or_taken_back_is_counted_no_more(physio_client: Client, physiotherapist: User):
    answered, taken_back = (ask_to_erase(a_patient(name, physiotherapist)) for name in ("Anna Knee", "Otto Other"))
    told: dict[str, Any] = {"status": DataRequest.Status.DECLINED, "answer": "We have to keep it.", "now": NOW}
    answer_data_request(request=answered, by=physiotherapist, **told)
    take_data_request_back(request=taken_back, now=NOW)

    assert soup(physio_client.get(INDEX)).select(TOLD) == []


def test_who_may_not_answer_them_reads_nothing_of_them(physiotherapist: User):
    ask_to_erase(a_patient("Anna Knee", physiotherapist))
    reader = make_user(is_staff=True)
    codes = [permission.partition(".")[2] for permission in PERMISSIONS]
    reader.user_permissions.set(Permission.objects.filter(codename__in=codes))

    page = client_of(reader).get(INDEX)

    assert (title_of(page).startswith("Worklist"), soup(page).select(TOLD)) == (True, [])
