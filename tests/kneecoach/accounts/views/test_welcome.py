"""Opening an invitation, agreeing, the time zone; what does not work any more; whoever else is logged in."""

import hashlib
import re
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client

from kneecoach.accounts.models import ClinicSettings, Consent, Invitation, Patient, User
from kneecoach.accounts.rules import CONSENT_VERSION
from kneecoach.accounts.services import Agreement, WayIn, accept, revoke
from tests.factories import a_moment, later, make_invitation, make_patient, make_physiotherapist
from tests.fixtures import client_of
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
WELCOME, LOG_IN, DAY = "/welcome/", "/welcome/log-in/", "/welcome/day/"
NOT_WORKING = "This invitation does not work"
# Of the text that version 1 stands for, without the markup. It changes only together with the version.
CONSENT_TEXTS = {1: "3067f5d5cd7985e5ca07fd346d052545a33f17118cfdde8cc3dc6778c9ad1b93"}


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock, and forget the tries of earlier tests."""
    cache.clear()
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def newcomer(physiotherapist: User) -> Patient:
    ClinicSettings.objects.create(name="Knee House", phone="020 7946 0000", emergency_number="999")
    return make_patient(name="Nora New", has_account=False, has_found_vmo=False, lead_physiotherapist=physiotherapist)


@pytest.fixture
def token(newcomer: Patient, physiotherapist: User) -> str:
    return make_invitation(patient=newcomer, by=physiotherapist, now=NOW)[1]


def address(token: str) -> str:
    """Return the address of an invitation."""
    return f"/invitation/{token}/"


def accept_it(patient: Patient) -> User:
    """Accept what waits for a patient."""
    [invitation] = Invitation.objects.waiting().filter(patient=patient)
    return accept(
        invitation_id=invitation.pk, agreement=Agreement(1, NOW), way_in=WayIn("nora.new@example.org"), now=NOW
    )


# --- opening -------------------------------------------------------------------------------------------------------
def test_link_takes_the_token_out_of_the_address(client: Client, token: str):
    response = client.get(address(token))
    page = client.get(response["Location"])

    assert (response.status_code, response["Location"]) == (302, WELCOME)
    assert (page.status_code, title_of(page), faults(page)) == (200, "Hello Nora New", [])
    assert token not in page.content.decode()
    assert token not in str(dict(client.session))
    assert "Petra Physio, Knee House, invites you" in text_at(page, ".lead")


def test_looking_at_a_link_uses_nothing_up_and_writes_nothing(token: str):
    before = all_rows()

    pages = [Client().get(address(token), follow=True) for _count in range(3)]

    assert [title_of(page) for page in pages] == ["Hello Nora New"] * 3
    assert all_rows() == before


def test_what_does_not_work_answers_the_same_for_every_reason(newcomer: Patient, physiotherapist: User, clock: Any):
    tokens = {"unknown": "never-made", "empty": "x" * 500}
    for why in ("revoked", "accepted", "expired"):
        patient = make_patient(name=f"{why} patient", has_account=False)
        invitation, tokens[why] = make_invitation(patient=patient, by=physiotherapist, now=NOW)
        if why == "revoked":
            revoke(invitation=invitation, by=physiotherapist, now=NOW)
        if why == "accepted":
            accept_it(patient)
    clock.move_to(later(NOW, days=14), tick=False)

    answers = [Client().get(address(token)) for token in tokens.values()]

    bodies = {re.sub(r'(x-csrftoken": ")\w+', "", answer.content.decode()) for answer in answers}
    assert {(answer.status_code, title_of(answer)) for answer in answers} == {(404, NOT_WORKING)}
    assert len(bodies) == 1
    assert faults(answers[0]) == []
    assert "020 7946 0000" in text_at(answers[0], "main")
    assert [str(link["href"]) for link in soup(answers[0]).select("main .btn")] == ["/account/login/"]


def test_last_moment_of_an_invitation(client: Client, token: str, clock: Any):
    clock.move_to(later(NOW, days=14, seconds=-1), tick=False)

    assert title_of(client.get(address(token), follow=True)) == "Hello Nora New"


def test_over_half_way_says_so_at_the_next_step(client: Client, token: str, clock: Any):
    client.get(address(token))
    invitation = Invitation.objects.get()

    clock.move_to(invitation.expires_at, tick=False)
    page = client.get(WELCOME)

    assert title_of(page) == NOT_WORKING


def test_revoked_half_way_says_so_at_the_next_step(client: Client, token: str, physiotherapist: User):
    client.get(address(token))
    revoke(invitation=Invitation.objects.get(), by=physiotherapist, now=NOW)

    answers = [client.get(WELCOME), client.post(WELCOME, {"agrees": "on"}), client.get(LOG_IN)]

    assert [(answer.status_code, title_of(answer)) for answer in answers] == [(404, NOT_WORKING)] * 3


def test_link_of_ones_own_that_was_accepted_leads_to_today(token: str, newcomer: Patient):
    browser = client_of(accept_it(newcomer))

    response = browser.get(address(token))

    assert (response.status_code, response["Location"]) == (302, "/")


def test_link_of_somebody_else_that_was_accepted_leads_nowhere(token: str, newcomer: Patient):
    accept_it(newcomer)
    other = make_patient(name="Otto Else")

    response = client_of(other.user).get(address(token))

    assert (response.status_code, title_of(response)) == (404, NOT_WORKING)


def test_guessing_links_is_limited(client: Client, token: str):
    statuses = [client.get(address(f"guess-{count}")).status_code for count in range(61)]

    assert statuses == [404] * 60 + [429]
    assert client.get(address(token)).status_code == 429


# --- somebody else is logged in ------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["physiotherapist", "another patient"])
def test_somebody_else_is_asked_to_log_out_first(token: str, newcomer: Patient, who: str):
    user = make_physiotherapist() if who == "physiotherapist" else make_patient().user
    browser = client_of(user)
    before = all_rows()

    pages = [browser.get(address(token), follow=True), browser.get(LOG_IN), browser.post(WELCOME, {"agrees": "on"})]

    assert [title_of(page) for page in pages] == ["Log out first"] * 3
    assert faults(pages[0]) == []
    assert all_rows() == before


def test_logging_out_goes_on_with_the_invitation_and_nothing_of_the_other(token: str, newcomer: Patient):
    browser = client_of(make_physiotherapist())
    browser.get(address(token))

    response = browser.post("/welcome/log-out/", follow=True)

    assert title_of(response) == "Hello Nora New"
    assert not get_user(browser).is_authenticated
    assert list(browser.session.keys()) == ["welcome"]


# --- agreeing ------------------------------------------------------------------------------------------------------
def test_agreeing_leads_to_the_ways_in_and_writes_nothing_yet(client: Client, token: str):
    client.get(address(token))
    before = all_rows()

    response = client.post(WELCOME, {"agrees": "on"})

    assert (response.status_code, response["Location"]) == (302, LOG_IN)
    assert all_rows() == before


def test_nothing_is_agreed_to_beforehand(client: Client, token: str):
    page = client.get(address(token), follow=True)

    assert soup(page).select("[checked]") == []
    assert soup(page).select("[name=guardian_name]") == []


def test_without_agreeing_there_is_no_next_step(client: Client, token: str):
    client.get(address(token))

    refused = client.post(WELCOME, {})
    steps = [client.get(LOG_IN), client.post(LOG_IN, {"way": "code"}), client.get("/welcome/code/")]
    steps.append(client.post("/welcome/passkey/", {"credential": "{}"}))

    assert (refused.status_code, faults(refused)) == (422, [])
    assert "Without this, Kneecoach cannot be used." in text_at(refused, "form")
    assert [(step.status_code, step["Location"]) for step in steps] == [(302, WELCOME)] * 4


def test_for_a_minor_a_guardian_agrees_and_is_told_when_not_to_start(client: Client, physiotherapist: User):
    patient = make_patient(name="Kim Young", birth_date=a_moment("2011-03-01").date(), has_account=False)
    _invitation, token = make_invitation(patient=patient, by=physiotherapist, now=NOW)
    page = client.get(address(token), follow=True)

    refused = client.post(WELCOME, {"agrees": "on", "guardian_name": " "})
    client.post(WELCOME, {"agrees": "on", "guardian_name": "Paula Parent"})
    client.post(LOG_IN, {"way": "code"})

    assert "If you limp, or if it hurts in the hip, the groin or the thigh: do not start." in text_at(page, "main")
    assert (refused.status_code, faults(refused)) == (422, [])
    assert Consent.objects.get().guardian_name == "Paula Parent"


def test_text_that_has_changed_is_agreed_to_again(client: Client, token: str, monkeypatch: pytest.MonkeyPatch):
    client.get(address(token))
    client.post(WELCOME, {"agrees": "on"})
    monkeypatch.setattr("kneecoach.accounts.guests.CONSENT_VERSION", CONSENT_VERSION + 1)

    response = client.get(LOG_IN)

    assert response["Location"] == WELCOME


def test_version_of_the_consent_is_that_of_its_text(db: None):
    markup = render_to_string("accounts/welcome/_consent.html", {"clinic": {"name": "C", "emergency_number": "1"}})
    text = " ".join(re.sub("<[^>]*>", " ", markup).split())

    assert hashlib.sha256(text.encode()).hexdigest() == CONSENT_TEXTS[CONSENT_VERSION], "another text, another version"


# --- the day -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("found", "location"), [({}, "/"), ({"has_found_vmo": False}, "/learn/find-the-muscle/")])
def test_zone_is_saved_and_leads_to_the_muscle(found: dict[str, bool], location: str):
    patient = make_patient(**found)
    browser = client_of(patient.user)
    page = browser.get(DAY)

    response = browser.post(DAY, {"time_zone": "Asia/Tokyo"})

    patient.refresh_from_db()
    assert (page.status_code, faults(page), texts_at(page, "option[selected]")) == (200, [], ["Europe – London"])
    assert (response.status_code, response["Location"], patient.time_zone) == (302, location, "Asia/Tokyo")


def test_zone_that_nobody_knows_is_refused():
    patient = make_patient()
    before = all_rows()

    response = client_of(patient.user).post(DAY, {"time_zone": "Mars/Olympus"})

    assert (response.status_code, faults(response)) == (422, [])
    assert [row for row in all_rows()["accounts_patient"] if "Mars" in row] == []
    assert all_rows()["accounts_patient"] == before["accounts_patient"]
