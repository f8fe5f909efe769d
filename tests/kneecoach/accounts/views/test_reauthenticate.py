"""Nothing about a log-in changes before its owner has proved once more who is there."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator as Factor
from django.test import Client

from kneecoach.accounts.models import User
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, make_patient, make_physiotherapist
from tests.factors import a_code, make_app, make_passkey
from tests.fixtures import client_of, prove
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
AGAIN, PASSWORD_CHANGE = "/account/reauthenticate/", "/account/password/change/"
GUARDED = [
    PASSWORD_CHANGE,
    "/account/password/set/",
    "/account/address/",
    "/account/passkeys/add/",
    "/account/passkeys/{passkey}/rename/",
    "/account/passkeys/{passkey}/remove/",
    "/account/second-factor/app/",
    "/account/second-factor/app/remove/",
    "/account/second-factor/codes/",
]
NEW = {"oldpassword": PASSWORD, "password1": "another long password", "password2": "another long password"}


@pytest.fixture
def owner(patient) -> User:
    """Return a patient's account with a password and a passkey."""
    patient.user.set_password(PASSWORD)
    patient.user.save()
    make_passkey(user=patient.user)
    return patient.user


def test_nothing_changes_without_it(owner):
    staff = make_physiotherapist(password=PASSWORD)
    make_passkey(user=staff)
    for user in (owner, staff):
        client = client_of(user)
        passkey = Factor.objects.get(user=user, type="webauthn").pk
        before = all_rows()
        for path in GUARDED:
            if "second-factor" in path and not user.is_staff:
                continue
            response = client.post(path.format(passkey=passkey), {**NEW, "name": "x", "new": "1", "action_add": ""})
            assert (response.status_code, response["Location"].partition("?")[0]) == (302, AGAIN), path
        assert all_rows() == before


def test_log_in_itself_is_proof_for_five_minutes(client, owner, time_machine):
    time_machine.move_to("2026-11-25 08:00Z", tick=False)
    client.post("/account/login/", {"login": owner.email, "password": PASSWORD})
    statuses = []
    for moment in ("08:04:59", "08:05:01"):
        time_machine.move_to(f"2026-11-25 {moment}Z", tick=False)
        statuses.append(client.get(PASSWORD_CHANGE).status_code)

    assert statuses == [200, 302]


def test_password_leads_on_to_what_was_wanted_under_a_new_session_key(owner):
    client = client_of(owner)
    led = client.get(PASSWORD_CHANGE)["Location"]
    before = client.session.session_key

    wrong = client.post(AGAIN, {"way": "password", "password": "a wrong password", "next": PASSWORD_CHANGE})
    still = client.get(PASSWORD_CHANGE).status_code
    right = client.post(AGAIN, {"way": "password", "password": PASSWORD, "next": PASSWORD_CHANGE})

    assert led == f"{AGAIN}?next=%2Faccount%2Fpassword%2Fchange%2F"
    assert (wrong.status_code, wrong.content.decode().count("This is not your password.")) == (422, 1)
    assert (still, right["Location"], client.get(PASSWORD_CHANGE).status_code) == (302, PASSWORD_CHANGE, 200)
    assert client.session.session_key != before


def test_form_leads_back_to_the_page_it_stood_on(owner):
    response = client_of(owner).post(
        "/account/passkeys/1/remove/", headers={"Referer": "http://testserver/account/devices/"}
    )

    assert response["Location"] == f"{AGAIN}?next=%2Faccount%2Fdevices%2F"


@pytest.mark.parametrize(
    "foreign", ["https://elsewhere.example.org/", "//elsewhere.example.org", "javascript:alert(1)"]
)
def test_foreign_next_is_not_followed(owner, foreign):
    response = client_of(owner).post(AGAIN, {"way": "password", "password": PASSWORD, "next": foreign})

    assert response["Location"] == "/account/devices/"


def test_mailed_code_proves_a_patient_without_a_password(patient_client, patient, mailoutbox):
    patient_client.post(AGAIN, {"way": "send", "next": "/account/password/set/"})
    code = re.search(r"^[A-Z0-9-]{6,}$", mailoutbox[0].body, re.MULTILINE)
    assert code
    wrong = patient_client.post(AGAIN, {"way": "mail", "code": "AAAAAA"})
    right = patient_client.post(AGAIN, {"way": "mail", "code": code.group(), "next": "/account/password/set/"})

    assert (mailoutbox[0].to, wrong.status_code) == ([patient.user.email], 422)
    assert "Whoever types it" not in mailoutbox[0].body
    assert (right["Location"], patient_client.get("/account/password/set/").status_code) == (
        "/account/password/set/",
        200,
    )
    again = patient_client.post(AGAIN, {"way": "mail", "code": code.group()})
    assert again.status_code == 422


def test_mailed_code_is_worth_nothing_after_five_tries(patient_client, mailoutbox):
    patient_client.post(AGAIN, {"way": "send"})
    code = re.search(r"^[A-Z0-9-]{6,}$", mailoutbox[0].body, re.MULTILINE)
    assert code
    for _time in range(5):
        patient_client.post(AGAIN, {"way": "mail", "code": "AAAAAA"})

    assert patient_client.post(AGAIN, {"way": "mail", "code": code.group()}).status_code == 422


@pytest.mark.parametrize(("after", "status"), [(timedelta(minutes=14, seconds=59), 302), (timedelta(minutes=15), 422)])
def test_mailed_code_counts_for_a_quarter_of_an_hour(patient_client, mailoutbox, time_machine, after, status):
    asked = datetime(2026, 11, 25, 8, tzinfo=UTC)
    time_machine.move_to(asked, tick=False)
    patient_client.post(AGAIN, {"way": "send"})
    code = re.search(r"^[A-Z0-9-]{6,}$", mailoutbox[0].body, re.MULTILINE)
    time_machine.move_to(asked + after, tick=False)

    assert patient_client.post(AGAIN, {"way": "mail", "code": code.group()}).status_code == status


def test_mailed_code_is_not_enough_for_who_has_a_second_factor(mailoutbox):
    staff = make_physiotherapist(password=PASSWORD)
    client = client_of(staff)

    page = client.post(AGAIN, {"way": "send"}).content.decode()

    assert (mailoutbox, page.count("E-mail me a code"), page.count('name="password"')) == ([], 0, 1)
    assert client.post(AGAIN, {"way": "app", "code": a_code(), "next": "/"})["Location"] == "/"


def test_passkey_proves_a_patient_who_has_nothing_else():
    patient = make_patient()
    User.objects.filter(pk=patient.user.pk).update(email=None)
    patient.user.email = None
    device = Authenticator()
    make_passkey(user=patient.user, device=device)
    client = client_of(patient.user)
    page = client.get(AGAIN).content.decode()
    challenge = client.session["mfa.webauthn.state"]["challenge"]

    proven = client.post(
        AGAIN, {"way": "passkey", "credential": device.get(challenge), "next": "/account/passkeys/add/"}
    )

    assert (page.count("E-mail me a code"), page.count('name="password"')) == (0, 0)
    assert (proven["Location"], client.get("/account/passkeys/add/").status_code) == ("/account/passkeys/add/", 200)


def test_passkey_of_somebody_else_proves_nothing(owner, other_patient):
    device = Authenticator()
    make_passkey(user=other_patient.user, device=device)
    client = client_of(owner)
    client.get(AGAIN)
    challenge = client.session["mfa.webauthn.state"]["challenge"]

    assert client.post(AGAIN, {"way": "passkey", "credential": device.get(challenge)}).status_code == 422
    assert client.get(PASSWORD_CHANGE).status_code == 302


def test_code_of_an_app_is_no_way_for_a_patient(patient_client, patient):
    make_app(user=patient.user)

    patient_client.post(AGAIN, {"way": "app", "code": a_code()})

    assert patient_client.get("/account/passkeys/add/").status_code == 302


def test_tries_are_limited(owner):
    client = client_of(owner)
    statuses = [client.post(AGAIN, {"way": "password", "password": f"wrong {time}"}).status_code for time in range(11)]

    assert statuses == [422] * 10 + [429]


def test_proof_of_one_account_is_none_for_the_next(client, owner, other_patient):
    client.force_login(owner)
    prove(client, owner)
    client.force_login(other_patient.user)

    assert client.get("/account/passkeys/add/").status_code == 302


def test_log_in_from_before_the_factor_has_to_prove_that():
    staff = make_physiotherapist(email="petra@example.org", password=PASSWORD)
    Factor.objects.filter(user=staff).delete()
    client = Client()
    client.post("/account/login/", {"login": "petra@example.org", "password": PASSWORD})
    make_app(user=staff)

    led = client.get("/account/second-factor/app/")
    page = client.get(AGAIN)
    by_password = client.post(AGAIN, {"way": "password", "password": PASSWORD})
    still = client.get("/account/second-factor/app/")
    client.post(AGAIN, {"way": "app", "code": a_code()})

    assert (led.status_code, still.status_code, by_password.status_code) == (302, 302, 200)
    assert page.context["ways"] == ["app"]
    assert client.get("/account/second-factor/app/").status_code == 200
