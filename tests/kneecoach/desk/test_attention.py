"""What of a patient waits for somebody, first on the patient's page."""

from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient, User
from kneecoach.desk.attention import load_attention
from progress import services
from tests.factories import (
    a_moment,
    later,
    make_alert,
    make_message,
    make_prescription,
    make_red_flag,
    make_request,
)
from tests.pages import faults, soup, text_at, texts_at, words

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


def test_patient_page_begins_with_it_the_most_pressing_first(
    physio_client: Client, patient: Patient, other_patient: Patient, physiotherapist: User, settings: Any
):
    settings.ALERTS = True
    make_prescription(patient=patient, now=a_moment("2026-11-20 08:00"))
    asked = make_request(patient=patient, now=NOW, message="It feels easy")
    lighter = make_alert(patient=patient, kind="pain_rising", now=NOW)
    heavier = make_alert(patient=patient, kind="not_settled_twice", now=later(NOW, hours=-1))
    services.see_alert(alert=lighter, by=physiotherapist, now=NOW)
    report = make_red_flag(patient=patient, now=NOW)
    make_alert(patient=patient, kind="red_flag", now=NOW)
    make_message(patient=patient, now=NOW)
    make_message(patient=patient, by=physiotherapist, now=NOW)
    make_alert(patient=other_patient, now=NOW)

    response = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")

    panel = soup(response).select_one(".desk-who + .desk-panel")
    assert panel is not None
    assert (faults(response), panel["aria-labelledby"], panel["data-level"]) == ([], "attention-title", "high")
    assert [str(link["href"]) for link in panel.select("a")] == [
        f"/admin/progress/redflagreport/{report.pk}/change/",
        f"/admin/progress/alert/{heavier.pk}/change/",
        f"/admin/progress/alert/{lighter.pk}/change/",
        f"/admin/progress/stagerequest/{asked.pk}/change/",
        f"/admin/accounts/patient/{patient.pk}/messages/",
    ]
    assert "1 unread note" in words(panel)
    assert "seen by Petra Physio on 25 November" in words(panel)
    assert "worst pain during 7, limit 5, your clinic’s standard" in words(panel)


def test_nothing_waits(physio_client: Client, patient: Patient):
    response = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")

    assert text_at(response, "[aria-labelledby=attention-title]") == "Waiting for you Nothing waits."


def test_without_alerts_the_rest_waits(physio_client: Client, patient: Patient, settings: Any):
    settings.ALERTS = False
    make_alert(patient=patient, now=NOW)
    make_message(patient=patient, now=NOW)

    response = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")

    assert texts_at(response, "[aria-labelledby=attention-title] .desk-tag") == ["notes"]


@pytest.mark.parametrize(
    ("kinds", "level"), [((), ""), (("pain_rising",), "review"), (("pain_rising", "pain_keeps_red"), "high")]
)
def test_level_is_that_of_the_most_pressing(patient: Patient, settings: Any, kinds: tuple[str, ...], level: str):
    settings.ALERTS = True
    for kind in kinds:
        make_alert(patient=patient, kind=kind, now=NOW)

    assert load_attention(patient).level == level


def test_an_unread_note_is_for_the_next_look(patient: Patient):
    make_message(patient=patient, now=NOW)

    assert load_attention(patient).level == "review"
