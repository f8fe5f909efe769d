"""A new text is asked about before anything is recorded; consent that is taken back stops everything but the copy."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts import rules
from kneecoach.accounts.models import Consent, Invitation, Patient, Stopped
from progress.reminding import Rest, rests_for
from tests.cast import NOW, Cast, attack, browser_of, make_cast, walk
from tests.factories import a_moment, make_invitation, make_message
from tests.fixtures import client_of
from tests.pages import HTMX, body_of, faults, soup, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
WHEN = a_moment("2026-11-20 08:00")
OPEN = {
    "privacy:data",
    "privacy:export-json",
    "privacy:export-csv",
    "privacy:ask",
    "privacy:take-back",
    "privacy:agree",
    "privacy:stopped",
}


def agree_once(patient: Patient, version: int = 1) -> None:
    """Let a patient have agreed, as accepting an invitation does."""
    invitation, _token = make_invitation(patient=patient, now=WHEN, way="sheet")
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=WHEN)
    Consent.objects.create(patient=patient, invitation=invitation, version=version, agreed_at=WHEN)


@pytest.fixture
def new_text(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the text have changed."""
    monkeypatch.setattr(rules, "CONSENT_VERSION", 2)
    return 2


# --- a new text ----------------------------------------------------------------------------------------------------
def test_current_text_is_not_asked_about(patient_client: Client, patient: Patient):
    agree_once(patient)

    assert patient_client.get("/").status_code == 200
    assert patient_client.get("/me/consent/")["Location"] == "/me/data/"


def test_new_text_is_asked_about_at_the_next_visit(patient_client: Client, patient: Patient, new_text: int):
    agree_once(patient)

    plain, htmx = patient_client.get("/"), patient_client.get("/progress/", headers=HTMX)

    assert plain["Location"] == "/me/consent/"
    assert htmx["HX-Redirect"] == "/me/consent/"
    page = patient_client.get("/me/consent/")
    assert (page.status_code, title_of(page), faults(page)) == (200, "Before you go on", [])
    assert "The text that you agreed to has changed." in texts_at(page, ".lead")[0]


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast, whose patient has agreed."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    made = make_cast()
    Invitation.objects.filter(patient=made.patient).update(accepted_at=NOW)
    agree_once(made.patient)
    return made


@pytest.mark.parametrize("why", ["new text", "withdrawn", "restricted"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_written_and_only_the_rights_are_open(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, why: str, method: str
):
    if why == "new text":
        monkeypatch.setattr(rules, "CONSENT_VERSION", 2)
    else:
        Patient.objects.filter(pk=cast.patient.pk).update(stopped_at=NOW, stopped_why=why)
    browser = browser_of(cast, "patient")
    browser.get("/me/data/")
    before = {name: rows for name, rows in all_rows().items() if name.startswith(("progress_", "exercises_"))}
    answers = {}

    for name, _route, response in walk(cast, "patient", method, cast.ids[cast.patient.pk], attack(cast), browser):
        if name == "privacy:agree" and method == "post":
            break
        if name.startswith(("progress:", "exercises:", "accounts:me", "privacy:")):
            answers[name] = response

    after = {name: rows for name, rows in all_rows().items() if name in before}
    assert after == before
    open_ones = {name for name, answer in answers.items() if answer.status_code == 200}
    assert open_ones <= OPEN
    refused = {name: answer for name, answer in answers.items() if name not in OPEN}
    assert len(refused) > 15
    if method == "post":
        assert {answer.status_code for answer in refused.values()} <= {403, 405}
    else:
        led = {answer["Location"] for answer in refused.values() if answer.status_code == 302}
        assert led <= {"/me/consent/", "/me/stopped/", "/me/data/"}
        assert "Anna Knee" in body_of(browser.get("/me/data/everything.json"))


def test_agreeing_writes_the_version_down_once_and_opens_everything(
    patient_client: Client, patient: Patient, new_text: int
):
    agree_once(patient)

    response = patient_client.post("/me/consent/", {"agrees": "on"})
    patient_client.post("/me/consent/", {"agrees": "on"})

    assert response["Location"] == "/"
    assert list(Consent.objects.filter(patient=patient).order_by("pk").values_list("version", "invitation")) == [
        (1, Invitation.objects.get().pk),
        (2, None),
    ]
    assert patient_client.get("/").status_code == 200


def test_not_agreeing_writes_nothing(patient_client: Client, patient: Patient, new_text: int):
    agree_once(patient)
    before = all_rows()

    response = patient_client.post("/me/consent/", {})

    assert response.status_code == 422
    assert "Without this, Kneecoach cannot be used. Questions? Ask your clinic." in texts_at(response, ".errorlist li")
    assert all_rows() == before


def test_for_a_minor_somebody_agrees_with_their_name(patient_client: Client, patient: Patient, new_text: int):
    agree_once(patient)
    Patient.objects.filter(pk=patient.pk).update(birth_date=date(2012, 1, 1))

    refused = patient_client.post("/me/consent/", {"agrees": "on"})
    patient_client.post("/me/consent/", {"agrees": "on", "guardian_name": "Gerda Guardian"})

    assert refused.status_code == 422
    assert Consent.objects.filter(patient=patient).first().guardian_name == "Gerda Guardian"


# --- taking it back ------------------------------------------------------------------------------------------------
def test_taking_back_stops_everything_but_the_copy_and_can_be_undone(patient_client: Client, patient: Patient):
    agree_once(patient)
    page = patient_client.get("/me/consent/withdraw/")
    assert (title_of(page), faults(page)) == ("Take consent back?", [])

    response = patient_client.post("/me/consent/withdraw/")

    patient.refresh_from_db()
    assert (response["Location"], patient.stopped_why) == ("/me/stopped/", Stopped.WITHDRAWN)
    newest = Consent.objects.filter(patient=patient).first()
    assert (newest.is_withdrawal, newest.version) == (True, 1)
    assert rests_for(patient, NOW) is Rest.STOPPED
    assert list(Patient.objects.followed().filter(pk=patient.pk)) == []
    stopped = patient_client.get("/me/stopped/")
    assert (title_of(stopped), faults(stopped)) == ("Nothing is recorded", [])
    assert "Anna Knee" in body_of(patient_client.get("/me/data/everything.zip"))
    assert patient_client.post("/me/consent/withdraw/").status_code == 403

    patient_client.post("/me/consent/", {"agrees": "on"})

    patient.refresh_from_db()
    assert (patient.stopped_why, patient.stopped_at) == ("", None)
    assert Consent.objects.filter(patient=patient).count() == 3
    assert patient_client.get("/").status_code == 200
    assert rests_for(patient, NOW) is None


def test_whoever_is_locked_away_cannot_undo_it(patient_client: Client, patient: Patient):
    agree_once(patient)
    Patient.objects.filter(pk=patient.pk).update(stopped_at=WHEN, stopped_why=Stopped.RESTRICTED)
    before = all_rows()

    response = patient_client.post("/me/consent/", {"agrees": "on"})

    page = patient_client.get("/me/stopped/")
    assert response["Location"] == "/me/stopped/"
    assert "Your data is locked away since 20 November 2026" in texts_at(page, ".page-head p")[0]
    assert soup(page).select("a[href='/me/consent/']") == []
    assert all_rows() == before


def test_others_do_not_notice(patient: Patient, other_patient: Patient, other_client: Client):
    agree_once(patient)
    client_of(patient.user).post("/me/consent/withdraw/")
    make_message(patient=other_patient, body="Hello", now=NOW)

    assert other_client.get("/").status_code == 200
    other_patient.refresh_from_db()
    assert other_patient.stopped_why == ""
