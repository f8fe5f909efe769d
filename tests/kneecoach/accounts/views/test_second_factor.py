"""Staff and their second factor: without it the desk stays closed, with it everything goes on where it was wanted."""

import re

import pytest
from allauth.mfa.models import Authenticator as Factor
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from kneecoach.accounts import secret_box
from kneecoach.accounts.models import User
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, make_manager, make_patient, make_physiotherapist, make_user
from tests.factors import a_code, code_of, make_app, make_passkey
from tests.fixtures import client_of, prove
from tests.pages import HTMX

pytestmark = pytest.mark.django_db
LOGIN, ENTER, START = "/account/login/", "/account/second-factor/enter/", "/account/second-factor/"
APP, CODES, AGAIN = f"{START}app/", f"{START}codes/", "/account/reauthenticate/"
WANTED = "/admin/accounts/patient/?q=Anna"


@pytest.fixture
def physio(physiotherapist) -> User:
    """Return the physiotherapist, who logs in with a password and has no second factor yet."""
    physiotherapist.set_password(PASSWORD)
    physiotherapist.save()
    return physiotherapist


def log_in(client, user: User, following: str = "/admin/"):
    """Type address and password; return the answer."""
    return client.post(LOGIN, {"login": user.email, "password": PASSWORD, "next": following})


def is_in(client) -> bool:
    """Tell whether somebody is logged in."""
    return "_auth_user_id" in client.session


def shown_secret(response) -> str:
    """Return the key that the page shows as text."""
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', response.content.decode())
    assert found
    return found.group(1).replace(" ", "")


# --- setting one up on the way to the desk ---------------------------------------------------------------------------
def test_staff_without_a_factor_are_led_to_one_and_back_to_what_they_wanted(client, physio):
    assert log_in(client, physio, WANTED)["Location"] == WANTED
    led = client.get(WANTED)
    assert led["Location"] == f"{START}?next=%2Fadmin%2Faccounts%2Fpatient%2F%3Fq%3DAnna"
    assert client.get(led["Location"]).status_code == 200

    page = client.get(APP)
    secret = shown_secret(page)
    wrong = client.post(APP, {"code": "000000"})
    set_up = client.post(APP, {"code": code_of(secret)})
    codes = client.get(CODES)
    gone_on = client.post(CODES, {"kept": "1"})

    assert page.content.decode().count('src="data:image/svg+xml;base64,') == 1
    assert (wrong.status_code, shown_secret(wrong)) == (422, secret)
    assert set_up["Location"] == CODES
    assert len(re.findall(r'class="secret">\d{4} \d{4}<', codes.content.decode())) == 10
    assert gone_on["Location"] == WANTED
    assert client.get(WANTED).status_code == 200
    assert 'class="secret"' not in client.get(CODES).content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/patient/", "/admin/nothing/", "/admin/jsi18n/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_of_the_desk_opens_without_it(client, physio, path, method):
    client.force_login(physio)

    response = getattr(client, method)(path)

    assert (response.status_code, response["Location"].partition("?")[0]) == (302, START)


def test_htmx_is_led_there_with_the_page_and_not_the_fragment(client, physio):
    client.force_login(physio)

    response = client.get("/admin/", headers={**HTMX, "HX-Current-URL": "http://testserver/admin/?who=all"})

    assert (response.status_code, response["HX-Redirect"]) == (200, f"{START}?next=%2Fadmin%2F%3Fwho%3Dall")


def test_first_account_of_createsuperuser_goes_the_same_way(client):
    host = User.objects.create_superuser("host@example.org", PASSWORD, name="Hal Host")

    log_in(client, host)

    assert client.get("/admin/")["Location"] == f"{START}?next=%2Fadmin%2F"


def test_foreign_next_is_not_followed(client, physio):
    log_in(client, physio)
    client.get(START, {"next": "https://elsewhere.example.org/"})
    client.post(APP, {"code": code_of(shown_secret(client.get(APP)))})

    assert client.post(CODES, {"kept": "1"})["Location"] == "/admin/"


def test_switched_off_one_factor_is_enough(client, physio, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    log_in(client, physio)

    assert client.get("/admin/").status_code == 200


def test_asking_for_it_costs_no_query(physio_client, django_assert_num_queries):
    physio_client.get("/admin/jsi18n/")

    with django_assert_num_queries(2):  # the session and its user
        assert physio_client.get("/admin/jsi18n/").status_code == 200


# --- entering it at log-in -------------------------------------------------------------------------------------------
def test_password_and_code_open_the_desk(client, physio):
    make_app(user=physio)

    asked = log_in(client, physio, WANTED)
    assert (asked["Location"], is_in(client)) == (ENTER, False)
    assert client.get(ENTER).status_code == 200
    wrong = client.post(ENTER, {"code": "000000"})
    assert (wrong.status_code, is_in(client)) == (200, False)
    right = client.post(ENTER, {"code": a_code()})

    assert (right["Location"], is_in(client)) == (WANTED, True)
    assert client.get(WANTED).status_code == 200


def test_code_works_once(client, physio):
    make_app(user=physio)
    log_in(client, physio)
    code = a_code()
    client.post(ENTER, {"code": code})
    client.post("/account/logout/")
    log_in(client, physio)

    client.post(ENTER, {"code": f" {code[:3]} {code[3:]}"})

    assert not is_in(client)


def test_code_works_once_as_long_as_its_clock_would_take_it(client, physio, time_machine):
    time_machine.move_to("2026-11-25 08:00:01Z", tick=False)
    make_app(user=physio)
    log_in(client, physio)
    code = a_code(steps=1)
    client.post(ENTER, {"code": code})
    assert is_in(client)
    client.post("/account/logout/")
    time_machine.move_to("2026-11-25 08:00:50Z", tick=False)
    log_in(client, physio)

    client.post(ENTER, {"code": code})
    assert not is_in(client)
    client.post(ENTER, {"code": a_code(steps=1)})
    assert is_in(client)


def test_mailed_code_and_app_open_the_desk(client, physio, mailoutbox):
    make_app(user=physio)
    client.post("/account/login/code/", {"email": physio.email})
    mailed = re.search(r"^[A-Z0-9-]{6,}$", mailoutbox[0].body, re.MULTILINE)
    assert mailed

    asked = client.post("/account/login/code/confirm/", {"code": mailed.group()})
    assert (asked["Location"], is_in(client)) == (ENTER, False)
    client.post(ENTER, {"code": a_code()})

    assert client.get("/admin/").status_code == 200


def test_recovery_code_opens_the_desk_once(client, physio):
    log_in(client, physio)
    client.post(APP, {"code": code_of(shown_secret(client.get(APP)))})
    code = re.findall(r'class="secret">(\d{4} \d{4})<', client.get(CODES).content.decode())[3]
    came_in = []
    for _time in range(2):
        client.post("/account/logout/")
        log_in(client, physio)
        client.post(ENTER, {"code": code})
        came_in.append(is_in(client))

    assert came_in == [True, False]


def test_five_wrong_codes_lock_for_a_while(client, physio):
    make_app(user=physio)
    log_in(client, physio)
    for _time in range(5):
        client.post(ENTER, {"code": "000000"})

    client.post(ENTER, {"code": a_code()})

    assert not is_in(client)


def test_passkey_alone_counts_as_both(client, physio):
    device = Authenticator()
    make_passkey(user=physio, device=device)

    assert log_in_by_passkey(client, physio, device)["Location"] == "/"
    assert client.get("/admin/").status_code == 200


def test_passkey_that_asks_nobody_logs_nobody_in(client, physio):
    device = Authenticator(verifies=False)
    make_passkey(user=physio, device=device)

    log_in_by_passkey(client, physio, device)

    assert not is_in(client)


@pytest.mark.parametrize("verifies", [True, False])
def test_passkey_as_second_step(client, physio, verifies):
    device = Authenticator(verifies=verifies)
    make_passkey(user=physio, device=device)
    assert log_in(client, physio)["Location"] == ENTER
    client.get(ENTER)
    challenge = client.session["mfa.webauthn.state"]["challenge"]

    client.post(ENTER, {"credential": device.get(challenge)})

    assert is_in(client) is verifies
    assert client.get("/admin/").status_code == (200 if verifies else 302)


@pytest.mark.parametrize("credential", ["", "{}", '{"id": 1}', "[]", "null", "not json"])
def test_nonsense_instead_of_a_passkey_is_refused(client, physio, credential):
    make_passkey(user=physio)
    log_in(client, physio)

    assert client.post(ENTER, {"credential": credential}).status_code == 200
    assert not is_in(client)


def log_in_by_passkey(client, user: User, device: Authenticator):
    """Log in as the script of the page does."""
    options = client.get("/account/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    credential = device.get(options["publicKey"]["challenge"], user_handle=user_handle(user))
    return client.post("/account/passkey/", {"credential": credential})


def user_handle(user: User) -> str:
    """Return what the authenticator knows the account by."""
    from allauth.account.utils import user_pk_to_url_str  # noqa: PLC0415 -- one place

    return user_pk_to_url_str(user)


# --- patients ----------------------------------------------------------------------------------------------------------
def test_patient_with_a_passkey_still_comes_in_by_password_alone(client):
    patient = make_patient(email="anna@example.org", password=PASSWORD)
    make_passkey(user=patient.user)

    assert (log_in(client, patient.user, "/")["Location"], is_in(client)) == ("/", True)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("path", [START, APP, CODES])
def test_patient_has_no_second_factor(patient_client, patient, path):
    prove(patient_client, patient.user)

    assert patient_client.get(path).status_code == 403


# --- sessions from before, and losing it -----------------------------------------------------------------------------
def test_session_from_before_the_factor_has_to_prove_it(client, physio):
    client.force_login(physio)
    make_app(user=physio)

    led = client.get(START, {"next": "/admin/"})
    assert led["Location"] == f"{AGAIN}?next=/admin/"
    client.post(AGAIN, {"way": "app", "code": a_code(), "next": "/admin/"})

    assert client.get("/admin/").status_code == 200


def test_removing_the_last_factor_closes_the_desk(client, physio):
    make_app(user=physio)
    log_in(client, physio)
    client.post(ENTER, {"code": a_code()})

    client.post(f"{APP}remove/")

    assert not Factor.objects.filter(user=physio).exists()
    assert client.get("/admin/")["Location"].startswith(START)


def test_app_and_codes_of_a_colleague_are_out_of_reach(physio):
    colleague = make_physiotherapist(email="colleague@example.org")
    make_app(user=colleague)
    RecoveryCodes.activate(colleague)
    browser = client_of(physio)
    prove(browser, physio, "mfa")

    codes, removed = browser.get(CODES), browser.post(f"{APP}remove/")

    assert (codes.status_code, codes["Location"]) == (302, START)
    assert (removed.status_code, Factor.objects.filter(user=colleague).count()) == (302, 2)


def test_manager_resets_the_factor_of_a_colleague_and_it_is_logged(physio):
    make_app(user=physio)
    manager = make_manager()

    response = client_of(manager).post(
        "/admin/accounts/user/", {"action": "reset_second_factor", "_selected_action": str(physio.pk)}
    )

    assert response.status_code == 302
    assert not Factor.objects.filter(user=physio).exists()
    assert list(LogEntry.objects.values_list("user", "object_id", "change_message")) == [
        (manager.pk, str(physio.pk), "Reset the second factor.")
    ]


@pytest.mark.parametrize("whose", ["own", "technical", "patient"])
def test_manager_resets_neither_their_own_nor_the_technical_persons(whose, patient):
    manager = make_manager()
    account = {
        "own": manager,
        "technical": User.objects.create_superuser("host@example.org", name="Hal Host"),
        "patient": patient.user,
    }[whose]
    make_app(user=account)

    client_of(manager).post(
        "/admin/accounts/user/", {"action": "reset_second_factor", "_selected_action": str(account.pk)}
    )

    assert Factor.objects.filter(user=account).exists()
    assert not LogEntry.objects.exists()


def test_host_resets_a_factor_by_command(physio, capsys):
    make_app(user=physio)

    call_command("reset_second_factor", physio.email.upper())

    assert not Factor.objects.filter(user=physio).exists()
    assert "1 removed" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Nobody logs in with nobody@"):
        call_command("reset_second_factor", "nobody@example.org")


# --- at rest -----------------------------------------------------------------------------------------------------------
def test_secrets_are_encrypted_where_they_lie(client, physio):
    log_in(client, physio)
    secret = shown_secret(client.get(APP))
    waiting = str(client.session.items())
    client.post(APP, {"code": code_of(secret)})

    stored = {row.type: row.data for row in Factor.objects.filter(user=physio)}
    assert secret not in waiting + str(stored)
    assert secret_box.decrypt(stored["totp"]["secret"]) == secret
    assert stored["recovery_codes"]["seed"].startswith("gAAAA")


def test_new_key_reads_what_the_old_one_wrote_and_writes_it_anew(client, physio, settings, capsys):
    make_app(user=physio)
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-0123456789-abcdefghijklmnopqrst", [former]
    call_command("renew_secrets")
    settings.SECRET_KEY_FALLBACKS = []

    log_in(client, physio)
    client.post(ENTER, {"code": a_code()})

    assert is_in(client)
    assert capsys.readouterr().out.startswith("1 secrets")


def test_lost_key_is_said_and_lets_nobody_in(client, physio, settings):
    make_app(user=physio)
    settings.SECRET_KEY = "another-key-0123456789-abcdefghijklmnopqrst"
    log_in(client, physio)

    response = client.post(ENTER, {"code": a_code()})

    assert "can no longer be read" in response.content.decode()
    assert not is_in(client)
    with pytest.raises(CommandError, match="fits no key"):
        call_command("renew_secrets")


def test_staff_in_no_group_need_it_too(client):
    client.force_login(make_user(is_staff=True))

    assert client.get("/admin/")["Location"].startswith(START)
