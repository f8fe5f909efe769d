"""Alerts at the desk: the most pressing first, the numbers behind each, seen and resolved by a person."""

from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, Patient, User
from progress import services
from progress.models import Alert, AlertEvidence
from tests.factories import a_moment, later, make_alert, make_finished_session, make_red_flag, make_user
from tests.fixtures import client_of
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

LIST = "/admin/progress/alert/"


def url_of(alert: Alert, what: str = "change") -> str:
    """Return the page of an alert, or what is done on it."""
    return f"{LIST}{alert.pk}/{what}/"


def test_list_puts_open_and_pressing_first(
    physio_client: Client, patient: Patient, other_patient: Patient, physiotherapist
):
    resolved = make_alert(patient=patient, now=later(NOW, hours=-9))
    services.resolve_alert(alert=resolved, resolution="Done", by=physiotherapist, now=NOW)
    make_alert(patient=patient, kind="pain_rising", now=NOW)
    make_alert(patient=patient, kind="not_settled_twice", now=later(NOW, hours=-2))
    make_alert(patient=other_patient, kind="not_settled_twice", now=later(NOW, hours=-1))

    response = physio_client.get(LIST)

    rows = list(zip(texts_at(response, ".field-patient"), texts_at(response, ".field-how_soon"), strict=True))
    assert (response.status_code, faults(response)) == (200, [])
    assert rows == [
        ("Otto Elsewhere", "first of all"),
        ("Anna Knee", "first of all"),
        ("Anna Knee", "to look at"),
        ("Anna Knee", "first of all"),
    ]
    assert texts_at(response, ".field-state")[-1] == "resolved by Petra Physio"


@pytest.mark.parametrize(("state", "count"), [("open", 2), ("unseen", 1), ("resolved", 1)])
def test_list_filters_by_state(physio_client: Client, patient: Patient, physiotherapist: User, state: str, count: int):
    rows = [make_alert(patient=patient, kind=kind, now=NOW) for kind in ("pain_red", "pain_rising", "not_settled")]
    services.resolve_alert(alert=rows[0], resolution="Done", by=physiotherapist, now=NOW)
    services.see_alert(alert=rows[1], by=physiotherapist, now=NOW)

    assert len(texts_at(physio_client.get(LIST, {"state": state}), ".field-patient")) == count


@pytest.mark.parametrize("count", [1, 8])
def test_list_queries(physio_client: Client, physiotherapist, patient: Patient, count: int, django_assert_num_queries):
    kinds = ["pain_red", "pain_rising", "not_settled", "not_settled_twice", "pain_keeps_red", "pain_before_red"]
    for kind in kinds[:count]:
        make_alert(patient=patient, kind=kind, now=NOW)

    with django_assert_num_queries(8):
        physio_client.get(LIST)


def test_page_tells_the_evidence_in_words_and_leads_to_the_session(physio_client: Client, patient: Patient):
    session = make_finished_session(patient=patient, now=later(NOW, hours=-1), pain_worst=8)
    alert = make_alert(patient=patient, now=NOW)
    AlertEvidence.objects.create(
        alert=alert, what="worst", local_date="2026-11-25", exercise_session=session, side="right", value=8, limit=5,
        added_at=NOW,
    )  # fmt: skip
    before = all_rows(without=(AccessLog,))

    response = physio_client.get(url_of(alert))

    assert (response.status_code, faults(response)) == (200, [])
    assert title_of(response) == "Over the limit in two of three sessions"
    assert "your clinic’s standard" in text_at(response, ".desk-panel")
    assert texts_at(response, ".desk-list li") == [
        "Worst pain during (right), 25 November 2026: 7 , limit 5",
        "Worst pain during (right), 25 November 2026: 8 , limit 5 Morning, 25 Nov 2026",
    ]
    link = soup(response).select_one(".desk-list a")
    assert link is not None
    assert link["href"] == f"/admin/progress/exercisesession/{session.pk}/change/"
    assert list(AccessLog.objects.values_list("patient_id", "view")) == [(patient.pk, "alert")]
    assert all_rows(without=(AccessLog,)) == before


def test_seen_and_resolved_by_a_person_twice_as_once(
    physio_client: Client, patient: Patient, physiotherapist: User, clock
):
    alert = make_alert(patient=patient, now=NOW)

    for minutes in (1, 2):
        clock.move_to(later(NOW, minutes=minutes), tick=False)
        seen = physio_client.post(url_of(alert, "seen"))
        resolved = physio_client.post(url_of(alert, "resolve"), {"resolution": f"Talked it over {minutes}"})

    alert.refresh_from_db()
    assert (seen["Location"], resolved["Location"]) == (
        url_of(alert),
        f"/admin/accounts/patient/{patient.pk}/change/",
    )
    assert (alert.seen_by, alert.resolved_by) == (physiotherapist, physiotherapist)
    assert (alert.seen_at, alert.resolved_at, alert.resolution) == (
        later(NOW, minutes=1),
        later(NOW, minutes=1),
        "Talked it over 1",
    )
    assert "Resolved by Petra Physio on 25 November 2026, 08:01: “Talked it over 1”" in text_at(
        physio_client.get(url_of(alert)), ".desk-panel"
    )


@pytest.mark.parametrize("words", ["", "  ", "x" * 501])
def test_resolve_without_a_word_comes_back(physio_client: Client, patient: Patient, words: str):
    alert = make_alert(patient=patient, now=NOW)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(url_of(alert, "resolve"), {"resolution": words})

    assert (response.status_code, faults(response)) == (422, [])
    assert list(response.context["form"].errors) == ["resolution"]
    assert all_rows(without=(AccessLog,)) == before


def test_warning_sign_is_resolved_by_clearing_it(physio_client: Client, patient: Patient):
    report = make_red_flag(patient=patient, now=NOW)
    alert = make_alert(patient=patient, kind="red_flag", now=NOW)

    page = physio_client.get(url_of(alert))
    refused = physio_client.post(url_of(alert, "resolve"), {"resolution": "Fine"})

    assert soup(page).select_one(f"a[href='/admin/progress/redflagreport/{report.pk}/change/']") is not None
    assert soup(page).select(f"form[action='{url_of(alert, 'resolve')}']") == []
    assert refused.status_code == 422
    assert "Clear the warning sign itself" in str(refused.context["form"].errors)
    assert Alert.objects.open().count() == 1


@pytest.mark.parametrize("what", ["change", "seen", "resolve"])
def test_alert_that_is_not_there_is_not_found(physio_client: Client, what: str):
    method = physio_client.get if what == "change" else physio_client.post

    assert method(f"{LIST}1/{what}/").status_code == 404
    assert not AccessLog.objects.exists()


def test_only_who_may_decides(patient: Patient, patient_client: Client, physiotherapist: User, physio_client: Client):
    alert = make_alert(patient=patient, now=NOW)
    staff = client_of(make_user(is_staff=True))
    group = physiotherapist.groups.get()
    group.permissions.remove(group.permissions.get(codename="change_alert"))
    before = all_rows(without=(AccessLog, User))

    for what in ("seen", "resolve"):
        assert staff.post(url_of(alert, what), {"resolution": "x"}).status_code == 403
        assert physio_client.post(url_of(alert, what), {"resolution": "x"}).status_code == 403
        assert physio_client.get(url_of(alert, what)).status_code == 405
        assert patient_client.post(url_of(alert, what), {"resolution": "x"}).status_code == 302
    assert staff.get(url_of(alert)).status_code == 403
    assert physio_client.post(url_of(alert), {"resolution": "x"}).status_code == 403
    assert soup(physio_client.get(url_of(alert))).select("#content form") == []
    assert all_rows(without=(AccessLog, User)) == before


def test_switched_off_there_are_no_alerts(physio_client: Client, patient: Patient, settings: Any):
    alert = make_alert(patient=patient, now=a_moment("2026-11-24 08:00"))
    settings.ALERTS = False

    statuses = [physio_client.get(url).status_code for url in (LIST, url_of(alert))]
    posted = physio_client.post(url_of(alert, "resolve"), {"resolution": "x"}).status_code

    assert (statuses, posted) == ([403, 403], 403)
    assert b"progress/alert/" not in physio_client.get("/admin/").content
    assert b"over the limit" not in physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/").content.lower()
