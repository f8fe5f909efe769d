"""The page that tells who saw and did what with a patient, and the list that leads there."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kneecoach.accounts.access import log_read, log_reads
from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.accounts.roles import PHYSIOTHERAPISTS
from tests.factories import make_auditor, make_manager, make_patient, make_physiotherapist, make_user
from tests.fixtures import client_of
from tests.pages import faults, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def audit_of(patient: Patient) -> str:
    """Return the address of the page."""
    return f"/admin/accounts/patient/{patient.pk}/audit/"


@pytest.fixture(params=[make_manager, make_auditor, make_physiotherapist])
def reader(request: Any) -> User:
    """Return somebody who may read it, of each role."""
    return request.param(name="Rita Reader")


def test_is_read_by_each_role_and_is_a_look_itself(reader: User, physiotherapist: User, patient: Patient):
    log_read(physiotherapist, patient.pk, "patient")
    browser = client_of(reader)

    first, second = browser.get(audit_of(patient)), browser.get(audit_of(patient))

    assert (first.status_code, faults(first), title_of(first)) == (200, [], "Who saw and did what with Anna Knee")
    # The day and the hour stand before.
    assert [text.split(" ", 4)[4] for text in texts_at(second, "#looks tbody tr")] == [
        "Rita Reader who saw and did what on a page",
        "Petra Physio everything on one page on a page",
    ]
    assert "added Patient · nobody logged in" in text_at(second, "#changes")


@pytest.mark.parametrize("kind", ["nobody", "patient"])
def test_is_closed_to_everybody_else(patient: Patient, kind: str):
    browser = client_of(make_user(is_staff=True) if kind == "nobody" else patient.user)
    before = all_rows()

    response = browser.get(audit_of(patient))

    assert response.status_code == (403 if kind == "nobody" else 302)
    assert "Anna" not in response.content.decode()
    assert all_rows() == before


def test_patient_who_is_not_there_is_404_and_writes_nothing(physio_client: Client):
    assert physio_client.get(f"/admin/accounts/patient/{uuid4()}/audit/").status_code == 404
    assert not AccessLog.objects.exists()


def test_nothing_is_posted(physio_client: Client, patient: Patient):
    assert physio_client.post(audit_of(patient)).status_code == 405


def test_who_saw_this_patient_between_two_times_is_one_query(
    physiotherapist: User, patient: Patient, other_patient: Patient, time_machine: Any, django_assert_num_queries: Any
):
    start = timezone.now().replace(microsecond=0)
    auditor = make_auditor()
    for minutes, who in ((0, physiotherapist), (10, auditor), (20, physiotherapist)):
        AccessLog.objects.create(
            actor=who, patient_id=patient.pk, view="patient", at=start + timedelta(minutes=minutes)
        )
    log_read(physiotherapist, other_patient.pk, "patient")

    with django_assert_num_queries(1):
        looks = AccessLog.objects.about(patient.pk).between(start + timedelta(minutes=5), start + timedelta(minutes=20))
        seen = [(look.actor.name, look.at - start) for look in looks.select_related("actor")]

    assert seen == [("Petra Physio", timedelta(minutes=20)), ("Ada Auditor", timedelta(minutes=10))]


def test_span_leaves_out_what_was_before_and_after(physio_client: Client, physiotherapist: User, patient: Patient):
    log_read(physiotherapist, patient.pk, "message")

    now = timezone.localtime()
    hit = physio_client.get(audit_of(patient), {"since": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}"})
    miss = physio_client.get(audit_of(patient), {"until": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}"})

    assert "messages" in text_at(hit, "#looks")
    assert text_at(miss, "#looks .desk-empty") == "Nobody of the staff looked."
    assert text_at(miss, "#changes .desk-empty") == "Nothing was changed."


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"since": "2026-11-25T09:00", "until": "2026-11-25T08:00"}, "The second time is before the first."),
        ({"since": "yesterday"}, "Enter a valid date/time."),
    ],
)
def test_span_that_is_none_is_told_and_kept(physio_client: Client, patient: Patient, query: Any, error: str):
    response = physio_client.get(audit_of(patient), query)

    assert response.status_code == 422
    assert error in text_at(response, "#content form")
    assert query["since"] in response.content.decode()


def test_number_of_queries_is_flat(physio_client: Client, physiotherapist: User, patient: Patient):
    counts = []
    for looks in (1, 120):
        for _look in range(looks):
            log_read(physiotherapist, patient.pk, "patient")
        with CaptureQueriesContext(connection) as captured:
            physio_client.get(audit_of(patient))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_pages_of_the_two_lists_are_turned_apart(physio_client: Client, physiotherapist: User, patient: Patient):
    for _look in range(60):
        log_read(physiotherapist, patient.pk, "patient")

    first = physio_client.get(audit_of(patient))
    second = physio_client.get(audit_of(patient), {"looks": "2"})

    assert len(texts_at(first, "#looks tbody tr")) == 50
    assert len(texts_at(second, "#looks tbody tr")) == 11
    assert "looks=2&amp;changes=1#looks" in first.content.decode()


# --- the list ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [make_manager, make_auditor])
def test_index_leads_to_each_patient_and_tells_nothing_clinical(make: Any, patient: Patient):
    browser = client_of(make())

    response = browser.get("/admin/")

    assert (response.status_code, faults(response), title_of(response)) == (200, [], "Who saw and did what")
    assert f'href="{audit_of(patient)}"' in response.content.decode()
    assert "Anna Knee born 17 May 1990" in text_at(response, "#content")
    assert "pain" not in text_at(response, "#content").lower()


def test_index_is_searched_and_names_are_logged_once_in_a_while(patient: Patient, other_patient: Patient):
    auditor = make_auditor()
    browser = client_of(auditor)

    for name in ("a", "an", "ann"):
        response = browser.get("/admin/", {"q": name})

    assert texts_at(response, "#content .desk-list a") == ["Anna Knee"]
    rows = AccessLog.objects.filter(view="audit list", actor=auditor)
    assert list(rows.values_list("patient_id", flat=True)) == [patient.pk]


def test_index_tells_who_was_given_which_role(patient: Patient):
    manager, colleague = make_manager(), make_user(name="Cleo", is_staff=True)
    browser = client_of(manager)
    group = Group.objects.get(name=PHYSIOTHERAPISTS)
    for groups in ([str(group.pk)], []):
        browser.post(
            f"/admin/accounts/user/{colleague.pk}/change/", {"name": "Cleo", "is_active": "on", "groups": groups}
        )

    told = texts_at(browser.get("/admin/"), "#content [aria-labelledby=roles-title] li")

    assert told[0].startswith("taken back Cleo : Physiotherapists · Morgan Manager · ")
    assert told[1].startswith("given Cleo : Physiotherapists · Morgan Manager · ")


def test_index_number_of_queries_is_flat(patient: Patient):
    browser = client_of(make_auditor())
    counts = []
    for _round in range(2):
        for number in range(10):
            make_patient(name=f"Pat {number}")
        with CaptureQueriesContext(connection) as captured:
            browser.get("/admin/")
        counts.append(len(captured))

    assert counts[0] == counts[1]


# --- what goes to the log ------------------------------------------------------------------------------------------
def test_once_within_looks_at_person_page_and_time(physiotherapist: User, patient: Patient, time_machine: Any):
    quarter = timedelta(minutes=15)
    now = timezone.now()
    for seconds, who, view in (
        (0, physiotherapist, "search"),
        (60, physiotherapist, "search"),
        (60, make_auditor(), "search"),
        (60, physiotherapist, "audit list"),
        (16 * 60, physiotherapist, "search"),
    ):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        log_reads(who, [patient.pk, None, patient.pk], view, once_within=quarter)

    assert AccessLog.objects.count() == 4
