"""Accounts at the desk: the clinic's technical person only. Nobody gives themselves rights."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from kneecoach.accounts.models import AccessLog, ClinicSettings, Patient, User
from kneecoach.accounts.roles import PHYSIOTHERAPIST_PERMISSIONS
from tests.factories import PASSWORD, make_invitation, make_patient, make_physiotherapist, make_user
from tests.factors import make_app
from tests.fixtures import client_of
from tests.pages import faults, text_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"
RIGHTS = {"is_superuser": "on", "is_staff": "on", "is_active": "on", "email": "x@example.org", "name": "X"}


@pytest.fixture
def host_client() -> Client:
    """Return the browser of the technical account."""
    return client_of(User.objects.create_superuser("host@example.org", "x", name="Host"))


@pytest.mark.parametrize("model", ["accounts/user", "accounts/accesslog", "auth/group"])
@pytest.mark.parametrize("rest", ["", "add/", "1/change/", "1/delete/", "1/history/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_accounts_are_closed_to_physiotherapists(physio_client: Client, model: str, rest: str, method: str):
    before = all_rows()

    response = getattr(physio_client, method)(f"/admin/{model}/{rest}", RIGHTS)

    # A row that is not there leads back to the index.
    assert (response.status_code, response.get("Location", "/admin/")) in {(403, "/admin/"), (302, "/admin/")}
    assert all_rows() == before


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_ones_own_account_is_closed_to_physiotherapists(physio_client: Client, physiotherapist: User, page: str):
    url = f"/admin/accounts/user/{physiotherapist.pk}/{page}/"
    group = Group.objects.create(name="Everything")
    group.permissions.set(Permission.objects.all())
    before = all_rows()

    statuses = [
        physio_client.get(url).status_code,
        physio_client.post(url, {**RIGHTS, "groups": str(group.pk)}).status_code,
    ]

    assert statuses == [403, 403]
    assert all_rows() == before


@pytest.mark.parametrize("who", ["host", "patient", "self"])
def test_password_of_an_account_is_closed_to_physiotherapists(physio_client: Client, physiotherapist: User, who: str):
    host = User.objects.create_superuser("host@example.org", "x", name="Host")
    target = {"host": host, "patient": make_patient().user, "self": physiotherapist}[who]
    before = all_rows()

    response = physio_client.post(
        f"/admin/accounts/user/{target.pk}/password/",
        {"password1": "stolen long password", "password2": "stolen long password", "usable_password": "true"},
    )

    assert response.status_code == 403
    assert all_rows() == before


def test_patient_form_gives_nobody_rights(physio_client: Client, physiotherapist: User, patient: Patient):
    physio_client.post(
        f"/admin/accounts/patient/{patient.pk}/change/",
        {"name": "A", "birth_date": "1990-05-17", "side": "left", "time_zone": "UTC", "login_email": "", **RIGHTS}
        | {"user": str(physiotherapist.pk)},
    )

    patient.refresh_from_db()
    rights = User.objects.order_by("email").values_list("email", "is_staff", "is_superuser")
    assert patient.user_id != physiotherapist.pk
    assert list(rights) == [("anna.knee@example.org", False, False), ("petra.physio@example.org", True, False)]
    assert set(physiotherapist.get_all_permissions()) == PHYSIOTHERAPIST_PERMISSIONS


def test_patient_cannot_be_led_by_somebody_who_is_no_staff(physio_client: Client, patient: Patient):
    somebody = make_user()
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(
        f"/admin/accounts/patient/{patient.pk}/change/",
        {"name": "A", "birth_date": "1990-05-17", "side": "left", "time_zone": "UTC", "login_email": ""}
        | {"lead_physiotherapist": str(somebody.pk)},
    )

    assert response.status_code == 200
    assert all_rows(without=(AccessLog,)) == before


def test_clinic_settings_are_one_row(host_client: Client):
    saved = host_client.post(
        "/admin/accounts/clinicsettings/1/change/",
        {"name": "Knee House", "quiet_from": "21:00", "quiet_until": "07:00", "erasure_policy": "erase", "save": "1"},
    )
    deleted = host_client.post("/admin/accounts/clinicsettings/1/delete/", {"post": "yes"})

    assert (saved.status_code, deleted.status_code) == (302, 403)
    assert ClinicSettings.load().name == "Knee House"


def test_access_log_is_read_only_even_for_the_technical_person(host_client: Client, physio_client: Client, patient):
    physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")
    row = AccessLog.objects.get()
    before = all_rows()

    shown = [host_client.get(f"/admin/accounts/accesslog/{rest}") for rest in ("", f"{row.pk}/change/")]
    posted = [
        host_client.post(f"/admin/accounts/accesslog/{rest}", {"view": "x", "post": "yes"})
        for rest in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/")
    ]

    assert [(page.status_code, faults(page)) for page in shown] == [(200, []), (200, [])]
    assert [page.status_code for page in posted] == [403, 403, 403]
    assert all_rows() == before


@pytest.mark.parametrize("query", [{}, {"q": "petra"}, {"q": "x"}, {"q": "00000000-0000-4000-8000-000000000000"}])
def test_access_log_can_be_searched_by_patient_and_by_person(host_client: Client, query: dict[str, str]):
    assert host_client.get("/admin/accounts/accesslog/", query).status_code == 200


def test_technical_person_makes_a_physiotherapist(host_client: Client):
    group = Group.objects.get(name="Physiotherapists")

    pages = [host_client.get("/admin/accounts/user/"), host_client.get("/admin/accounts/user/add/")]
    host_client.post(
        "/admin/accounts/user/add/",
        {"email": "new@example.org", "name": "New", "usable_password": "false", "password1": "", "password2": ""},
    )
    made = User.objects.get(email="new@example.org")
    host_client.post(
        f"/admin/accounts/user/{made.pk}/change/",
        {"email": "new@example.org", "name": "New", "is_active": "on", "is_staff": "on", "groups": str(group.pk)},
    )

    made.refresh_from_db()
    assert [(page.status_code, faults(page)) for page in pages] == [(200, []), (200, [])]
    assert (made.is_staff, made.is_superuser, made.has_usable_password()) == (True, False, False)
    assert client_of(made).get("/admin/accounts/patient/").status_code == 200


def test_staff_without_a_group_see_no_patient(patient: Patient):
    client = client_of(make_user(is_staff=True))

    index = client.get("/admin/")
    statuses = [
        client.get(f"/admin/accounts/patient/{rest}").status_code for rest in ("", "add/", f"{patient.pk}/change/")
    ]

    assert (index.status_code, statuses) == (200, [403, 403, 403])
    assert b"Anna" not in index.content


@pytest.mark.parametrize("typed", ["anna.new@example.org", ""])
def test_another_address_ends_what_the_one_from_before_opened(host_client: Client, typed: str):
    patient = make_patient(email="anna@example.org")
    phone = client_of(patient.user)
    _made, token = make_invitation(patient=patient, now=timezone.now(), email="anna@example.org")
    form = {"name": "Anna Knee", "is_active": "on"}

    host_client.post(f"/admin/accounts/user/{patient.user.pk}/change/", form | {"email": "anna@example.org"})
    before = (get_user(phone).is_authenticated, Client().get(f"/invitation/{token}/").status_code)
    host_client.post(f"/admin/accounts/user/{patient.user.pk}/change/", form | {"email": typed})

    patient.user.refresh_from_db()
    assert (before, patient.user.email) == ((True, 302), typed or None)
    assert (get_user(phone).is_authenticated, Client().get(f"/invitation/{token}/").status_code) == (False, 404)
    assert get_user(host_client).is_authenticated


# --- the technical person at a desk that stands open -----------------------------------------------------------------
@pytest.fixture
def host() -> User:
    """Return the technical person."""
    return User.objects.create_superuser("host@example.org", PASSWORD, name="Host")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("zeros", ["", "0"])
def test_ones_own_password_is_changed_on_the_page_that_asks_who_is_there(host: User, method: str, zeros: str):
    new = {"usable_password": "true", "password1": "stolen long password", "password2": "stolen long password"}
    desk, page = client_of(host), f"{USERS}{zeros}{host.pk}/password/"

    response = getattr(desk, method)(page, new)
    asked = desk.get(response["Location"])

    host.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, "/account/password/change/")
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert host.check_password(PASSWORD)


def test_ones_own_address_is_shown_and_stays(host: User):
    desk, page = client_of(host), f"{USERS}{host.pk}/change/"

    shown = desk.get(page)
    saved = desk.post(page, {**RIGHTS, "email": "thief@example.org", "name": "Hal Host"})

    host.refresh_from_db()
    assert (shown.status_code, saved.status_code) == (200, 302)
    assert "under Log-in and devices" in text_at(shown, "#user_form")
    assert (host.email, host.name, host.is_superuser) == ("host@example.org", "Hal Host", True)


@pytest.mark.parametrize("action", ["reset_second_factor", "end_log_ins"])
def test_ones_own_factor_and_log_ins_are_left_where_others_are_ended(host: User, action: str):
    colleague = make_physiotherapist()
    browsers = [client_of(host), client_of(colleague)]
    for account in (host, colleague):
        make_app(user=account)

    response = browsers[0].post(USERS, {"action": action, "_selected_action": [host.pk, colleague.pk]}, follow=True)

    factors = set(Authenticator.objects.values_list("user__email", flat=True))
    assert text_at(response, ".messagelist .error") == "Host: change your own under Log-in and devices."
    assert [browser.get("/admin/").status_code for browser in browsers] == [200, 302]
    assert factors == ({host.email} if action == "reset_second_factor" else {host.email, colleague.email})
