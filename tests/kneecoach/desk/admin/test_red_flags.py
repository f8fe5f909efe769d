"""Warning signs at the desk: what was said, and clearing it with a note that the patient reads."""

from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, Patient, User
from progress.models import Alert, RedFlagSign
from tests.factories import later, make_alert, make_red_flag, make_user
from tests.fixtures import client_of
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

LIST = "/admin/progress/redflagreport/"


def test_page_says_which_sign_it_was(physio_client: Client, patient: Patient):
    report = make_red_flag(patient=patient, now=NOW)
    unsaid = physio_client.get(f"{LIST}{report.pk}/change/")
    RedFlagSign.objects.create(report=report, code="calf")

    response = physio_client.get(f"{LIST}{report.pk}/change/")

    assert "the patient did not say" in text_at(unsaid, ".desk-panel")
    assert (response.status_code, faults(response)) == (200, [])
    assert texts_at(response, ".desk-panel li") == ["calf painful, swollen, warm or of another colour"]
    assert list(AccessLog.objects.values_list("patient_id", "view")) == [(patient.pk, "redflagreport")] * 2


@pytest.mark.parametrize("key", ["x", "0", "-1", str(2**63)])
def test_report_that_is_not_there_is_not_found(physio_client: Client, patient: Patient, key: str):
    make_red_flag(patient=patient, now=NOW)

    assert physio_client.get(f"{LIST}{key}/change/").status_code == 404
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("alerts_on", [True, False])
def test_clear_tells_the_patient_and_twice_is_once(
    physio_client: Client,
    patient_client: Client,
    patient: Patient,
    physiotherapist: User,
    clock,
    settings: Any,
    *,
    alerts_on: bool,
):
    report = make_red_flag(patient=patient, now=NOW)
    make_alert(patient=patient, kind="red_flag", now=NOW)
    settings.ALERTS = alerts_on

    for minutes in (1, 2):
        clock.move_to(later(NOW, minutes=minutes), tick=False)
        response = physio_client.post(f"{LIST}{report.pk}/clear/", {"note": f"A bruise {minutes}"})

    report.refresh_from_db()
    assert response["Location"] == f"/admin/accounts/patient/{patient.pk}/change/"
    assert (report.cleared_by, report.cleared_at, report.clear_note) == (
        physiotherapist,
        later(NOW, minutes=1),
        "A bruise 1",
    )
    assert not Alert.objects.open().exists()
    assert "A bruise 1" in text_at(patient_client.get("/"), "[aria-labelledby=flag-title] blockquote")
    page = physio_client.get(f"{LIST}{report.pk}/change/")
    assert soup(page).select("#content form") == []
    assert texts_at(physio_client.get(LIST), ".field-state") == ["cleared by Petra Physio"]


@pytest.mark.parametrize("note", ["", " ", "x" * 501])
def test_clear_without_a_note_comes_back(physio_client: Client, patient: Patient, note: str):
    report = make_red_flag(patient=patient, now=NOW)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(f"{LIST}{report.pk}/clear/", {"note": note})

    assert (response.status_code, faults(response), list(response.context["form"].errors)) == (422, [], ["note"])
    assert all_rows(without=(AccessLog,)) == before


def test_only_who_may_clears(physio_client: Client, physiotherapist: User, patient: Patient, patient_client: Client):
    report = make_red_flag(patient=patient, now=NOW)
    group = physiotherapist.groups.get()
    group.permissions.remove(group.permissions.get(codename="clear_redflagreport"))
    nobody = client_of(make_user(is_staff=True))
    before = all_rows(without=(AccessLog, User))
    url, note = f"{LIST}{report.pk}/clear/", {"note": "x"}

    statuses = [
        physio_client.post(url, note).status_code,
        physio_client.get(url).status_code,
        nobody.post(url, note).status_code,
        patient_client.post(url, note).status_code,
        physio_client.post(f"{LIST}{report.pk + 1}/clear/", note).status_code,
        physio_client.get(f"{LIST}{report.pk + 1}/change/").status_code,
    ]

    assert statuses == [403, 405, 403, 302, 404, 404]
    assert all_rows(without=(AccessLog, User)) == before
