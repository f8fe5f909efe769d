"""Whoever's log-in was changed is told by mail, whatever page it was changed on, and about nothing else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Factor
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.management import call_command
from django.test import Client

from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.accounts.notices import Change, tell
from kneecoach.accounts.services import Agreement, WayIn, accept
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, a_moment, make_invitation, make_manager, make_patient
from tests.factors import a_code, code_of, make_app, make_passkey
from tests.fixtures import client_of, prove
from tests.kneecoach.accounts.views.test_passkeys import add
from tests.kneecoach.accounts.views.test_second_factor import shown_secret
from tests.smtp import Mailbox

pytestmark = pytest.mark.django_db
ANNA, PETRA, NEW = "anna.knee@example.org", "petra.physio@example.org", "anna.new@example.org"
NOW = a_moment("2026-11-25 08:00")
ANOTHER = {"password1": "quite another long password", "password2": "quite another long password"}
FACTOR = "/account/second-factor/"


@pytest.fixture
def heard(mailbox: Mailbox, django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], Any]], list[Any]]:
    """Return how to do something and hear which mails were taken about it: to whom, and of which change."""

    def do(deed: Callable[[], Any]) -> list[Any]:
        with django_capture_on_commit_callbacks(execute=True):
            deed()
        labels = {str(change.label): change for change in Change}
        lines = [(address, line) for address, mail in mailbox.received for line in mail.get_content().splitlines()]
        return [(address, labels[line]) for address, line in lines if line in labels]

    return do


@pytest.fixture
def anna(patient: Patient) -> Client:
    """Return the browser of the patient, who has a password and has just proved who she is."""
    patient.user.set_password(PASSWORD)
    patient.user.save()
    client = client_of(patient.user)
    prove(client, patient.user)
    return client


@pytest.fixture
def petra(physiotherapist: User) -> Client:
    """Return the browser of the physiotherapist, who has just proved who she is."""
    client = client_of(physiotherapist)
    prove(client, physiotherapist, "mfa")
    return client


# --- passwords and addresses -----------------------------------------------------------------------------------------
def test_password_that_is_changed(anna, heard):
    deed = heard(lambda: anna.post("/account/password/change/", {"oldpassword": PASSWORD, **ANOTHER}))

    assert deed == [(ANNA, Change.PASSWORD)]


def test_first_password(patient, patient_client, heard):
    patient.user.set_unusable_password()
    patient.user.save()
    client = client_of(patient.user)
    prove(client, patient.user)

    assert heard(lambda: client.post("/account/password/set/", ANOTHER)) == [(ANNA, Change.PASSWORD)]


def test_password_that_is_reset(anna, mailbox, heard):
    browser = Client()
    browser.post("/account/password/reset/", {"email": ANNA})
    link = re.search(r"/account/password/reset/key/\S+", mailbox.received.pop()[1].get_content())
    assert link
    form = browser.get(link.group())["Location"]

    assert heard(lambda: browser.post(form, ANOTHER)) == [(ANNA, Change.PASSWORD)]


def test_password_that_the_technical_person_sets(anna, patient, heard):
    host = User.objects.create_superuser("host@example.org", PASSWORD, name="Hal Host")
    page = f"/admin/accounts/user/{patient.user.pk}/password/"

    told = heard(lambda: client_of(host).post(page, {"usable_password": "true", **ANOTHER}))

    assert told == [(ANNA, Change.PASSWORD)]


def test_desk_changes_passwords_on_the_page_that_tells(petra):
    assert petra.get("/admin/password_change/")["Location"] == "/account/password/change/"


def test_address_that_is_changed_is_told_at_both(anna, mailbox, heard):
    anna.post("/account/address/", {"email": NEW})
    code = re.search(r"^[A-Z0-9-]{6,}", dict(mailbox.received)[NEW].get_content(), re.MULTILINE)
    assert code
    mailbox.received.clear()

    told = heard(lambda: anna.post("/account/address/code/", {"code": code.group()}))

    assert User.objects.filter(email=NEW).count() == 1
    assert sorted(told) == [(ANNA, Change.ADDRESS), (NEW, Change.ADDRESS)]


@pytest.mark.parametrize("address", [NEW, ""])
def test_address_that_the_technical_person_changes_or_takes_away(patient, heard, address):
    host = User.objects.create_superuser("host@example.org", PASSWORD, name="Hal Host")
    form = {"email": address, "name": "Anna Knee", "is_active": "on"}

    told = heard(lambda: client_of(host).post(f"/admin/accounts/user/{patient.user.pk}/change/", form))

    assert sorted(told) == [(place, Change.ADDRESS) for place in (ANNA, address) if place]


def test_invitation_that_opens_an_account_anew(patient, heard):
    invitation, _token = make_invitation(patient=patient, now=NOW, email=NEW)
    agreement = Agreement(version=1, at=NOW)

    told = heard(
        lambda: accept(invitation_id=invitation.pk, agreement=agreement, way_in=WayIn(email=NEW), now=NOW),
    )

    assert sorted(told) == [(ANNA, Change.ADDRESS), (NEW, Change.ADDRESS), (NEW, Change.INVITED)]


# --- factors ---------------------------------------------------------------------------------------------------------
def test_passkey_that_is_added_and_removed(anna, patient, mailbox, heard):
    assert heard(lambda: add(anna, Authenticator(), "Tablet")) == [(ANNA, Change.PASSKEY)]
    mailbox.received.clear()
    passkey = Factor.objects.get(user=patient.user)

    assert heard(lambda: anna.post(f"/account/passkeys/{passkey.pk}/remove/")) == [(ANNA, Change.PASSKEY_REMOVED)]


def test_app_that_is_set_up_and_removed(petra, mailbox, heard):
    secret = shown_secret(petra.get(f"{FACTOR}app/"))
    assert heard(lambda: petra.post(f"{FACTOR}app/", {"code": code_of(secret)})) == [(PETRA, Change.APP)]
    mailbox.received.clear()

    assert heard(lambda: petra.post(f"{FACTOR}app/remove/")) == [(PETRA, Change.APP_REMOVED)]


def test_recovery_codes_that_are_made_anew(petra, physiotherapist, heard):
    make_app(user=physiotherapist)
    RecoveryCodes.activate(physiotherapist)

    assert heard(lambda: petra.post(f"{FACTOR}codes/", {"new": "1"})) == [(PETRA, Change.CODES)]


@pytest.mark.parametrize("way", ["log-in", "proof"])
def test_recovery_code_that_is_used(petra, physiotherapist, heard, way):
    make_app(user=physiotherapist)
    code = RecoveryCodes.activate(physiotherapist).generate_codes()[2]
    physiotherapist.set_password(PASSWORD)
    physiotherapist.save()
    browser = Client() if way == "log-in" else client_of(physiotherapist)
    browser.post("/account/login/", {"login": PETRA, "password": PASSWORD})
    page, form = (
        (f"{FACTOR}enter/", {"code": code})
        if way == "log-in"
        else ("/account/reauthenticate/", {"way": "app", "code": code})
    )

    assert heard(lambda: browser.post(page, form)) == [(PETRA, Change.CODE_USED)]


def test_factor_that_a_manager_or_the_host_resets(physiotherapist, mailbox, heard):
    make_app(user=physiotherapist)
    manager = client_of(make_manager())
    action = {"action": "reset_second_factor", "_selected_action": [physiotherapist.pk]}

    assert heard(lambda: manager.post("/admin/accounts/user/", action)) == [(PETRA, Change.RESET)]
    mailbox.received.clear()
    assert heard(lambda: call_command("reset_second_factor", PETRA)) == [(PETRA, Change.RESET)]


# --- what nobody is told ---------------------------------------------------------------------------------------------
def test_nothing_is_told_of_what_changes_no_log_in(anna, patient, heard):
    def deeds() -> None:
        passkey = make_passkey(user=patient.user)
        anna.post("/account/password/change/", {"oldpassword": "wrong", **ANOTHER})
        anna.post(f"/account/passkeys/{passkey.pk}/rename/", {"name": "Other"})
        Client().post("/account/login/", {"login": ANNA, "password": PASSWORD})
        patient.user.name = "Anna Other"
        patient.user.save()

    assert heard(deeds) == []


def test_code_of_the_app_is_no_recovery_code(petra, physiotherapist, heard):
    make_app(user=physiotherapist)

    assert heard(lambda: petra.post("/account/reauthenticate/", {"way": "app", "code": a_code()})) == []


def test_hash_that_is_renewed_at_log_in_is_no_new_password(anna, patient, heard, monkeypatch):
    old = patient.user.password
    monkeypatch.setattr(MD5PasswordHasher, "must_update", lambda *told: True)

    assert heard(lambda: Client().post("/account/login/", {"login": ANNA, "password": PASSWORD})) == []
    assert User.objects.get(pk=patient.user.pk).password != old


def test_first_invitation_tells_nobody(heard):
    invitation, _token = make_invitation(patient=make_patient(has_account=False), now=NOW)
    way_in = WayIn(email=NEW, password=MD5PasswordHasher().encode(PASSWORD, "salt"))

    assert heard(lambda: accept(invitation_id=invitation.pk, agreement=Agreement(1, NOW), way_in=way_in, now=NOW)) == []


def test_what_was_not_written_is_not_told(patient, mailbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False):
        tell(patient.user, Change.PASSWORD)

    assert mailbox.received == []


def test_who_has_no_address_is_told_nothing(heard):
    patient = make_patient()
    User.objects.filter(pk=patient.user.pk).update(email=None)
    patient.user.refresh_from_db()

    assert heard(lambda: tell(patient.user, Change.PASSKEY)) == []


# --- what it says ----------------------------------------------------------------------------------------------------
def text_of(user: User, mailbox: Mailbox, capture: Any) -> Any:
    """Return the mail about a new password."""
    with capture(execute=True):
        tell(user, Change.PASSWORD)
    [(_address, mail)] = mailbox.received
    return mail


def test_it_says_what_and_when_by_the_clock_of_its_reader(time_machine, mailbox, django_capture_on_commit_callbacks):
    time_machine.move_to("2026-11-25 12:30Z", tick=False)
    patient = make_patient(email=ANNA, time_zone="Pacific/Auckland")

    mail = text_of(patient.user, mailbox, django_capture_on_commit_callbacks)

    text = mail.get_content().replace("\r\n", "\n")
    assert "Your password was changed.\n" in text
    assert "When: Thursday 26 November 2026 at 01:30 (Pacific/Auckland)\n" in text
    assert "\nhttp://localhost/account/devices/\n" in text
    assert "tell whoever invited you. " in text
    assert mail["Auto-Submitted"] == "auto-generated"


def test_staff_read_the_clinics_clock_and_turn_to_their_manager(
    time_machine, mailbox, physiotherapist, django_capture_on_commit_callbacks
):
    time_machine.move_to("2026-07-01 12:30Z", tick=False)

    text = text_of(physiotherapist, mailbox, django_capture_on_commit_callbacks).get_content()

    assert "at 13:30 (Europe/London)\r\n" in text
    assert "tell your manager. " in text


def test_it_says_whom_to_call(patient, mailbox, django_capture_on_commit_callbacks):
    ClinicSettings.objects.create(name="Northside Physiotherapy", phone="020 7946 0000")

    text = text_of(patient.user, mailbox, django_capture_on_commit_callbacks).get_content()

    assert text.rstrip().endswith("\r\n\r\nQuestions? Call 020 7946 0000.")
