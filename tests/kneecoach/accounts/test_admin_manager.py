"""A clinic manager and the accounts of staff: makes them, gives roles, ends them; becomes nobody else by it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client

from kneecoach.accounts.models import Patient, User, UserRole
from kneecoach.accounts.roles import AUDITORS, MANAGERS, PHYSIOTHERAPISTS
from kneecoach.desk.audit.tables import events_of
from tests.factories import make_auditor, make_manager, make_physiotherapist, make_user
from tests.fixtures import client_of
from tests.pages import faults, field_errors, text_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"


@pytest.fixture
def manager() -> User:
    """Return a clinic manager."""
    return make_manager(email="morgan@example.org")


@pytest.fixture
def desk(manager: User) -> Client:
    """Return the manager's browser."""
    return client_of(manager)


def role(name: str) -> str:
    """Return the key of a role as a form sends it."""
    return str(Group.objects.get(name=name).pk)


def change(desk: Client, account: User, **values: object) -> Any:
    """Send the form of an account."""
    told = {"name": account.name, "is_active": "on", **values}
    return desk.post(f"{USERS}{account.pk}/change/", told)


# --- what a manager does -------------------------------------------------------------------------------------------
def test_makes_a_colleague_who_logs_in_with_a_code(desk: Client, mailoutbox):
    page = desk.get(f"{USERS}add/")
    response = desk.post(
        f"{USERS}add/",
        {"email": "New@example.org", "name": "Nina New", "groups": [role(PHYSIOTHERAPISTS)]},
        follow=True,
    )

    made = User.objects.get(email__iexact="new@example.org")
    assert (page.status_code, faults(page), faults(response)) == (200, [], [])
    assert (made.is_staff, made.is_superuser, made.is_active, made.has_usable_password()) == (True, False, True, False)
    assert [group.name for group in made.groups.all()] == [PHYSIOTHERAPISTS]
    assert f"Nina New logs in with a code that is sent to {made.email}." in text_at(response, ".messagelist")
    visitor = Client()
    visitor.post("/account/login/code/", {"email": made.email})
    assert mailoutbox[0].to == [made.email]


def test_no_role_is_chosen_beforehand(desk: Client):
    page = desk.get(f"{USERS}add/").content.decode()

    assert page.count('name="groups"') == 3
    assert "checked" not in page


@pytest.mark.parametrize("missing", ["email", "name"])
def test_colleague_needs_address_and_name(desk: Client, missing: str):
    before = all_rows()

    response = desk.post(f"{USERS}add/", {"email": "new@example.org", "name": "Nina New", missing: ""})

    assert list(field_errors(response)) == [missing]
    assert all_rows() == before


def test_same_address_twice_is_refused_whatever_its_case(desk: Client, physiotherapist: User):
    before = all_rows()

    response = desk.post(f"{USERS}add/", {"email": "PETRA.physio@example.org", "name": "Twice"})

    assert response.status_code == 200
    assert "address" in str(field_errors(response)) or "already" in str(field_errors(response))
    assert all_rows() == before


def test_gives_and_takes_roles_and_both_stay_in_the_history(desk: Client, manager: User):
    colleague = make_user(name="Cleo", is_staff=True)

    change(desk, colleague, groups=[role(AUDITORS), role(MANAGERS)])
    change(desk, colleague, groups=[role(AUDITORS)])

    events = events_of(UserRole)._base_manager.filter(user=colleague.pk).order_by("pgh_id")
    assert [group.name for group in colleague.groups.all()] == [AUDITORS]
    told = [(event.pgh_label, event.group.name, event.pgh_context["user"]) for event in events]
    assert sorted(told[:2]) == [("insert", AUDITORS, manager.pk), ("insert", MANAGERS, manager.pk)]
    assert told[2:] == [("delete", MANAGERS, manager.pk)]


def test_inactive_colleague_is_out_at_once_and_kept(desk: Client):
    colleague = make_physiotherapist(name="Cleo")
    own = client_of(colleague)
    assert own.get("/admin/").status_code == 200

    change(desk, colleague, is_active="", groups=[role(PHYSIOTHERAPISTS)])

    colleague.refresh_from_db()
    assert not colleague.is_active
    assert own.get("/admin/").status_code == 302
    assert desk.post(f"{USERS}{colleague.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=colleague.pk).exists()


def test_groups_that_are_no_roles_are_kept_and_cannot_be_given(desk: Client):
    extra = Group.objects.create(name="Everything")
    extra.permissions.set(Permission.objects.all())
    one, other = make_user(name="One", is_staff=True), make_user(name="Other", is_staff=True)
    one.groups.add(extra)

    kept = change(desk, one, groups=[role(AUDITORS)])
    refused = change(desk, other, groups=[str(extra.pk)])

    assert (kept.status_code, refused.status_code) == (302, 200)
    assert sorted(group.name for group in one.groups.all()) == [AUDITORS, "Everything"]
    assert not other.groups.exists()


# --- what a manager does not ---------------------------------------------------------------------------------------
RIGHTS = {
    "is_superuser": "on",
    "is_staff": "on",
    "user_permissions": ["1"],
    "password": "x",
    "email": "mine@example.org",
}


def test_makes_nobody_a_superuser_and_leads_no_codes_elsewhere(desk: Client):
    colleague = make_physiotherapist(email="cleo@example.org", name="Cleo")

    change(desk, colleague, groups=[role(PHYSIOTHERAPISTS)], **RIGHTS)
    desk.post(f"{USERS}add/", {"name": "Nina", "groups": [role(AUDITORS)], **RIGHTS, "email": "nina@example.org"})

    colleague.refresh_from_db()
    nina = User.objects.get(email="nina@example.org")
    assert (colleague.email, colleague.is_superuser) == ("cleo@example.org", False)
    assert (nina.is_superuser, nina.has_usable_password(), nina.user_permissions.exists()) == (False, False, False)


@pytest.mark.parametrize("who", ["oneself", "technical person"])
def test_own_account_and_the_technical_persons_are_only_shown(desk: Client, manager: User, who: str):
    account = manager if who == "oneself" else User.objects.create_superuser("host@example.org", "x", name="Host")
    before = all_rows()

    page = desk.get(f"{USERS}{account.pk}/change/")
    posted = change(desk, account, groups=[role(PHYSIOTHERAPISTS)], **RIGHTS)

    assert (page.status_code, faults(page), posted.status_code) == (200, [], 403)
    assert 'name="groups"' not in page.content.decode()
    assert all_rows() == before


@pytest.mark.parametrize("who", ["oneself", "colleague", "technical person", "patient"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_sets_no_password(desk: Client, manager: User, patient: Patient, who: str, method: str):
    account = {
        "oneself": lambda: manager,
        "colleague": make_physiotherapist,
        "technical person": lambda: User.objects.create_superuser("host@example.org", "x"),
        "patient": lambda: patient.user,
    }[who]()
    before = all_rows()

    response = getattr(desk, method)(
        f"{USERS}{account.pk}/password/",
        {"password1": "stolen long password", "password2": "stolen long password", "usable_password": "true"},
    )

    assert response.status_code == 403
    assert all_rows() == before


def test_accounts_of_patients_are_not_among_those_of_staff(desk: Client, patient: Patient):
    before = all_rows()

    lists = [desk.get(USERS, query) for query in ({}, {"q": "anna"}, {"is_staff__exact": "0"})]
    page = desk.get(f"{USERS}{patient.user.pk}/change/")
    posted = change(desk, patient.user, is_active="")

    assert [response.status_code for response in lists] == [200] * 3
    assert all("anna.knee@example.org" not in response.content.decode() for response in lists)
    # As a row that is not there: back to the index.
    assert [(response.status_code, response["Location"]) for response in (page, posted)] == [(302, "/admin/")] * 2
    assert all_rows() == before


@pytest.mark.parametrize("make", [make_auditor, make_physiotherapist])
def test_accounts_are_closed_to_other_staff(make: Any):
    desk = client_of(make())

    assert [desk.get(f"{USERS}{rest}").status_code for rest in ("", "add/")] == [403, 403]


# --- the history of accounts ---------------------------------------------------------------------------------------
def test_history_of_an_account_holds_no_password(manager: User):
    columns = {field.name for field in events_of(User)._meta.get_fields()}

    assert {"email", "name", "is_active", "is_staff", "is_superuser"} <= columns
    assert columns & {"password", "last_login"} == set()


def test_rights_given_past_the_site_are_recorded_too(manager: User):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_superuser = true WHERE id = %s", [manager.pk])
        cursor.execute(
            "INSERT INTO accounts_user_groups (user_id, group_id) VALUES (%s, %s)",
            [manager.pk, Group.objects.get(name=PHYSIOTHERAPISTS).pk],
        )

    events = events_of(User)._base_manager.filter(pgh_obj=manager.pk)
    assert list(events.order_by("pgh_id").values_list("pgh_label", "is_superuser")) == [
        ("insert", False),
        ("update", True),
    ]
    roles = events_of(UserRole)._base_manager.filter(user=manager.pk)
    assert [event.group.name for event in roles.order_by("pgh_id")] == [MANAGERS, PHYSIOTHERAPISTS]
