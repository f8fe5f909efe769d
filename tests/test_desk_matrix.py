"""Every address of the desk, asked for by every role, against the one table of tests/desk_table.py.

The addresses come from the URL patterns and the models from the admin site: what is new there and not in the table fails
here until somebody has decided. `make mutants-guards` takes each guard out and expects these tests to notice.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client

from kneecoach.accounts.models import AccessLog, User
from progress import services
from progress.rules.limits import PRESETS, Preset
from tests.cast import NOW, PATTERNS, Cast, attack, browser_of, make_cast, url_of, user_of
from tests.desk_table import (
    ADDRESSES,
    DESK,
    DOOR,
    ELSEWHERE,
    LOGIN,
    MODELS,
    ROLES,
    SPECIAL,
    STAFF,
    Answer,
    answer_of,
    may,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

OF_THE_DESK = [(name, route) for name, route in PATTERNS if name.startswith("admin:")]
ORDINARY = [(name, route) for name, route in OF_THE_DESK if name not in SPECIAL]
# tools/guards.py wants to know whether there is one, and not which.
FIRST_DIFFERENCE = "FIRST_DIFFERENCE" in os.environ
# Nobody may read these, whatever else they may: what a look-up through a filter would give away letter by letter.
SECRETS = {"password", "token_hash", "session_key", "session_data"}
# Actions of lists: which model has which, and which ability each needs. There is none.
ACTIONS: dict[str, dict[str, str]] = {}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    made = make_cast()
    # The patient has limits of their own, whose pages are looks at them.
    own = services.set_rules(patient=made.patient, values=PRESETS[Preset.LENIENT], by=made.physiotherapist, now=NOW)
    made.ids[made.patient.pk]["progress_ruleset"] = own.pk
    return made


@contextmanager
def as_if() -> Iterator[None]:
    """Take back at the end whatever was written."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def ids_of(cast: Cast) -> dict[str, Any]:
    """Return the rows of the patient; the account is that of a colleague."""
    return cast.ids[cast.patient.pk] | {"accounts_user": cast.physiotherapist.pk}


def ask(browser: Client, method: str, url: str, data: Any = None) -> Any:
    """Ask for an address."""
    return getattr(browser, method)(url, data or {})


def models() -> dict[str, Any]:
    """Return what is registered at the desk, by the name that its addresses have."""
    return {f"{model._meta.app_label}_{model._meta.model_name}": found for model, found in admin.site._registry.items()}


def list_of(name: str) -> str:
    """Return the address of a model's list."""
    return f"/admin/{name.replace('_', '/', 1)}/"


def differing(asked: Any) -> dict[str, Any]:
    """Return what is answered otherwise than the table says: `asked` yields role, what, the answer, the expected one."""
    different = {}
    for role, what, found, wanted in asked:
        if found != wanted:
            different[f"{role} {what}"] = (found, wanted)
            if FIRST_DIFFERENCE:
                break
    return different


# --- the addresses -------------------------------------------------------------------------------------------------
def test_every_address_has_a_line_and_every_line_an_address():
    assert {name for name, _route in OF_THE_DESK} == {*ADDRESSES, *SPECIAL}
    assert set(models()) == set(MODELS)


def test_every_address_answers_every_role_to_a_form_as_the_table_says(cast: Cast):
    def asked() -> Iterator[tuple[str, str, Answer, Answer]]:
        for role in ROLES:
            browser = browser_of(cast, role)
            for name, route in ORDINARY:
                with as_if():
                    found = answer_of(browser.post(url_of(name, route, ids_of(cast))))
                yield role, f"{name} {route}", found, ADDRESSES[name].expected(role, "post")

    assert differing(asked()) == {}


def test_every_address_is_read_by_every_role_as_the_table_says_and_looks_at_a_patient_are_logged(cast: Cast):
    unlogged, shown = {}, set()

    def asked() -> Iterator[tuple[str, str, Answer, Answer]]:
        for role in ROLES:
            browser, reader = browser_of(cast, role), None if role == "anonymous" else user_of(cast, role)
            looks = AccessLog.objects.filter(actor=reader, patient_id=cast.patient.pk)
            count = looks.count()
            for name, route in ORDINARY:
                url = url_of(name, route, ids_of(cast))
                # A form to add may be opened about a patient.
                about = {"patient": str(cast.patient.pk)} if name.endswith("_add") else {}
                response = browser.get(url, about)
                yield role, f"{name} {route}", answer_of(response), ADDRESSES[name].expected(role, "get")
                before, count = count, looks.count()
                if response.status_code == 200 and tells_of(cast, response):
                    shown.add((role, name))
                    if count == before:
                        unlogged[f"{role} {name}"] = url
                if response.status_code == 200 and tells_clinical(response) and not may(role, "see patients"):
                    unlogged[f"{role} {name}: clinical"] = url
                model = MODELS.get(name.removeprefix("admin:").removesuffix("_change"))
                if model and model.change == "never" and b'name="_save"' in response.content:
                    unlogged[f"{role} {name}: can be saved"] = url
                if unlogged and FIRST_DIFFERENCE:
                    return

    assert differing(asked()) == {}
    assert unlogged == {}
    # Names are for those who see patients; to others only where they choose whose log they read.
    audit = {"admin:index", "admin:accounts_patient_audit"}
    assert {(role, name) for role, name in shown if not may(role, "see patients")} == {
        (role, name) for role in STAFF for name in audit if may(role, "audit") and not may(role, "see patients")
    }
    # So that this cannot pass by seeing nothing.
    assert {("physiotherapist", "admin:index"), ("manager", "admin:index")} <= shown
    assert len(shown) > 40


def tells_of(cast: Cast, response: Any) -> bool:
    """Tell whether an answer names the patient, or the address that they log in with; a file is always about them."""
    if not response["Content-Type"].startswith(("text/html", "application/json")):
        return "javascript" not in response["Content-Type"]
    told = response.content.decode()
    return cast.patient.name in told or cast.patient.user.email in told


def tells_clinical(response: Any) -> bool:
    """Tell whether an answer holds what the patient wrote, or what was decided about them."""
    told = "" if response.streaming else response.content.decode(errors="replace")
    return any(word in told for word in ("ownmessage", "ownwish", "ownstop", "ownreason", "ownanswer", "ownnote"))


def test_answers_to_forms_that_tell_of_a_patient_are_logged(cast: Cast):
    data = attack(cast) | {"patient": str(cast.patient.pk), "body": "Come in on Monday.", "message_id": str(uuid4())}
    unlogged, shown = {}, set()
    for role in ("physiotherapist", "technical"):
        browser = browser_of(cast, role)
        looks = AccessLog.objects.filter(actor=user_of(cast, role), patient_id=cast.patient.pk)
        for name, route in ORDINARY:
            with as_if():
                before = looks.count()
                response = browser.post(url_of(name, route, ids_of(cast)), data)
                if response.status_code in {200, 422} and tells_of(cast, response):
                    shown.add(name)
                    if looks.count() == before:
                        unlogged[f"{role} {name}"] = response.status_code

    assert unlogged == {}
    assert {"admin:accounts_patient_invitation_sheet", "admin:progress_alert_changelist"} <= shown


def test_what_is_switched_off_is_there_for_nobody(cast: Cast, settings: Any):
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = False
    open_to = {}
    for role in STAFF:
        browser = browser_of(cast, role)
        for name, route in ORDINARY:
            if not name.startswith(("admin:progress_alert_", "admin:progress_ruleset_")):
                continue
            for method in ("get", "post"):
                answer = answer_of(ask(browser, method, url_of(name, route, ids_of(cast))))
                if answer not in {403, 404, 405}:
                    open_to[f"{role} {method} {name}"] = answer
        index = browser.get("/admin/").content.decode() + browser.get("/admin/progress/").content.decode()
        if "/admin/progress/alert/" in index or "/admin/progress/ruleset/" in index:
            open_to[f"{role} index"] = 200

    assert open_to == {}


def test_account_of_a_patient_is_a_look_at_them(cast: Cast):
    browser, technical = browser_of(cast, "technical"), user_of(cast, "technical")

    for page in ("", *(f"{cast.patient.user.pk}/{page}/" for page in ("change", "history", "password"))):
        response = browser.get(f"/admin/accounts/user/{page}")
        assert (response.status_code, tells_of(cast, response)) == (200, True)

    views = AccessLog.objects.filter(actor=technical, patient_id=cast.patient.pk).order_by("pk")
    assert list(views.values_list("view", flat=True)) == ["user list", "user", "user history", "user"]


def test_what_no_ability_tells(cast: Cast):
    log_in = dict.fromkeys(STAFF, (DESK, 200)) | {"anonymous": (LOGIN, LOGIN), "patient": (403, 403)}
    # An app of which somebody may see nothing is not there.
    apps = dict.fromkeys(STAFF, (200, 200)) | {"anonymous": (DOOR, DOOR), "patient": (DOOR, DOOR), "nobody": (404, 404)}
    log_out = dict.fromkeys(STAFF, (405, LOGIN)) | {"anonymous": (DOOR, DOOR), "patient": (DESK, DESK)}
    for url, expected in (("/admin/login/", log_in), ("/admin/accounts/", apps), ("/admin/logout/", log_out)):
        found = {
            role: tuple(answer_of(ask(browser_of(cast, role), method, url)) for method in ("get", "post"))
            for role in ROLES
        }
        assert found == expected, url


def test_nothing_is_written_by_who_may_not(cast: Cast):
    written = {}
    for role in ROLES:
        browser, data = browser_of(cast, role), attack(cast) | {"post": "yes", "save": "1", "groups": ["1"]}
        with as_if():
            before = all_rows(without=(AccessLog,))
            for name, route in ORDINARY:
                # Whoever may post is told of by the tests of the page.
                if ADDRESSES[name].expected(role, "post") not in {403, 404, 405, DOOR, LOGIN}:
                    continue
                ask(browser, "post", url_of(name, route, ids_of(cast)), data)
            after = all_rows(without=(AccessLog,))
        written[role] = [table for table in before if before[table] != after[table]]

    assert written == {role: [] for role in ROLES}


# --- accounts ------------------------------------------------------------------------------------------------------
# Whose account is seen, changed, and given a password by whom; everybody else is refused.
WHOSE = ("colleague", "oneself", "technical", "patient")
SEEN = {"manager": WHOSE[:3], "reader": WHOSE[:3], "technical": WHOSE}
CHANGED = {"manager": WHOSE[:1], "technical": WHOSE}
PASSWORD = {"technical": WHOSE}


def test_whose_account_may_be_changed_by_whom(cast: Cast):
    accounts = {
        "colleague": cast.physiotherapist,
        "technical": user_of(cast, "technical"),
        "patient": cast.patient.user,
    }

    def asked() -> Iterator[tuple[str, str, Answer, Answer]]:
        for role in STAFF:
            browser = browser_of(cast, role)
            for whose in WHOSE:
                account = accounts.get(whose) or user_of(cast, role)
                url = f"/admin/accounts/user/{account.pk}/"
                # To whoever keeps the accounts of staff, a patient's is not there, which leads to the index.
                no = DESK if whose == "patient" and may(role, "see accounts") else 403
                no_change = no if may(role, "keep accounts") else 403
                seen, password = (answer_of(browser.get(f"{url}{page}/")) for page in ("change", "password"))
                with as_if():
                    changed = answer_of(browser.post(f"{url}change/", {"email": "", "name": ""}))
                yield role, f"sees {whose}", seen, 200 if whose in SEEN.get(role, ()) else no
                yield role, f"changes {whose}", changed, ELSEWHERE if whose in CHANGED.get(role, ()) else no_change
                yield role, f"password of {whose}", password, 200 if whose in PASSWORD.get(role, ()) else 403

    assert differing(asked()) == {}


def test_manager_gives_roles_and_nothing_else(cast: Cast):
    browser, colleague = browser_of(cast, "manager"), cast.physiotherapist
    everything = Group.objects.create(name="Everything")
    colleague.groups.add(everything)
    auditors = Group.objects.get(name="Auditors")
    rights = {"is_superuser": "on", "is_staff": "on", "is_active": "on", "email": "mine@example.org", "name": "Same"}

    changed = browser.post(
        f"/admin/accounts/user/{colleague.pk}/change/", {**rights, "groups": [str(auditors.pk)], "password": "x"}
    )
    made = browser.post("/admin/accounts/user/add/", {**rights, "groups": [str(auditors.pk)]})
    refused = browser.post(
        "/admin/accounts/user/add/", {**rights, "email": "b@example.org", "groups": [str(everything.pk)]}
    )

    colleague.refresh_from_db()
    new = User.objects.get(email="mine@example.org")
    assert (answer_of(changed), answer_of(made), answer_of(refused)) == (ELSEWHERE, ELSEWHERE, 200)
    assert (colleague.email != new.email, colleague.is_superuser, new.is_superuser, new.is_staff) == (
        True,
        False,
        False,
        True,
    )
    assert sorted(group.name for group in colleague.groups.all()) == ["Auditors", "Everything"]
    assert [group.name for group in new.groups.all()] == ["Auditors"]
    assert not new.has_usable_password()


# --- lists: searching, filters, actions, look-ups, pop-ups ----------------------------------------------------------
def test_lists_are_searched_filtered_and_popped_up_by_those_who_see_them(cast: Cast):
    def asked() -> Iterator[tuple[str, str, Answer, Answer]]:
        for role in STAFF:
            browser = browser_of(cast, role)
            for name, found in models().items():
                sees = may(role, MODELS[name].see)
                filters = [
                    item if isinstance(item, str) else item[0] if isinstance(item, tuple) else item.parameter_name
                    for item in found.list_filter
                ]
                queries = [{"q": "a", "o": "1", "_popup": "1", "_facets": "True"}, *({field: "1"} for field in filters)]
                for query in queries if sees else queries[:1]:
                    answer = answer_of(browser.get(list_of(name), query))
                    # A value that no choice has is an error, which leads to the list itself.
                    yield (
                        role,
                        f"{name} {query}",
                        200 if sees and answer == ELSEWHERE else answer,
                        200 if sees else 403,
                    )

    assert differing(asked()) == {}


def test_lists_have_no_action_that_the_table_does_not_know(cast: Cast):
    found = {}
    for role in STAFF:
        for name, model_admin in models().items():
            request = HttpRequest()
            request.user = user_of(cast, role)
            request.GET = request.POST
            actions = set(model_admin.get_actions(request))
            wanted = {action for action, ability in ACTIONS.get(name, {}).items() if may(role, ability)}
            if actions != wanted:
                found[f"{role} {name}"] = (actions, wanted)

    assert found == {}


def test_no_action_removes_anything(cast: Cast):
    keys = ids_of(cast)
    for role in STAFF:
        browser = browser_of(cast, role)
        with as_if():
            before = all_rows(without=(AccessLog,))
            for name in MODELS:
                data = {"action": "delete_selected", "_selected_action": str(keys.get(name, 1)), "post": "yes"}
                browser.post(list_of(name), data)
            assert all_rows(without=(AccessLog,)) == before, role


def secrets_of(model: type[Model], way: str = "", depth: int = 2) -> Iterator[str]:
    """Return how a look-up would get from a model to what nobody may read, over at most two relations."""
    for field in model._meta.get_fields():
        if field.name in SECRETS:
            yield f"{way}{field.name}"
        elif depth and isinstance(field.related_model, type):
            yield from secrets_of(field.related_model, f"{way}{field.name}__", depth - 1)


@pytest.mark.parametrize("role", ["physiotherapist", "manager", "technical"])
def test_no_filter_gives_a_secret_away(cast: Cast, role: str):
    browser = browser_of(cast, role)
    asked, given = 0, {}

    for name, model_admin in models().items():
        if not may(role, MODELS[name].see):
            continue
        for secret in sorted(set(secrets_of(model_admin.model)))[:12]:
            answer = answer_of(browser.get(list_of(name), {f"{secret}__startswith": "a"}))
            asked += 1
            if answer not in {400, ELSEWHERE}:
                given[f"{name} {secret}"] = answer

    assert given == {}
    assert asked > 2


def test_no_pop_up_hands_over_a_secret(cast: Cast):
    User.objects.filter(pk=cast.staff.pk).update(password="a hash that nobody reads")
    given = {}
    for role in ("physiotherapist", "manager", "technical"):
        browser = browser_of(cast, role)
        for name, address in ADDRESSES.items():
            if not name.endswith(("_changelist", "_add", "_change")) or address.expected(role, "get") != 200:
                continue
            for field in ("password", "user__password", "lead_physiotherapist__password"):
                url = url_of(name, dict(OF_THE_DESK)[name], ids_of(cast) | {"accounts_user": cast.staff.pk})
                response = browser.get(url, {"_popup": "1", "_to_field": field})
                # Pages of our own know no such parameter.
                if response.status_code not in {200, 400} or "a hash that nobody reads" in response.content.decode():
                    given[f"{role} {name} {field}"] = response.status_code

    assert given == {}


# --- searching for a row from a form --------------------------------------------------------------------------------
def test_search_fields_offer_rows_only_to_those_who_see_them(cast: Cast):
    def asked() -> Iterator[tuple[str, str, Answer, Answer]]:
        for role in STAFF:
            browser = browser_of(cast, role)
            for source in admin.site._registry:
                for field in source._meta.fields:
                    target = field.related_model
                    if not target or target not in admin.site._registry:
                        continue
                    name = f"{target._meta.app_label}_{target._meta.model_name}"
                    response = browser.get(
                        "/admin/autocomplete/",
                        {
                            "app_label": source._meta.app_label,
                            "model_name": source._meta.model_name,
                            "field_name": field.name,
                            "term": "a",
                        },
                    )
                    sees = may(role, MODELS[name].see)
                    is_searched = bool(admin.site._registry[target].search_fields)
                    # Without search fields there is nothing to search in, for nobody.
                    wanted = 404 if not is_searched else 200 if sees else 403
                    yield role, f"{source.__name__}.{field.name}", response.status_code, wanted
                    if cast.patient.name in response.content.decode() and name == "accounts_patient":
                        again = AccessLog.objects.filter(actor=user_of(cast, role), view="search").count()
                        yield role, f"{source.__name__}.{field.name} is logged", again > 0, True

    assert differing(asked()) == {}


def test_typing_leaves_one_line_for_a_patient_and_not_one_for_each_letter(cast: Cast):
    browser = browser_of(cast, "physiotherapist")
    query = {"app_label": "exercises", "model_name": "prescription", "field_name": "patient"}

    for term in ("a", "an", "ann", "anna"):
        assert cast.patient.name in browser.get("/admin/autocomplete/", {**query, "term": term}).content.decode()

    looks = AccessLog.objects.filter(actor=cast.physiotherapist, view="search", patient_id=cast.patient.pk)
    assert looks.count() == 1


def test_names_of_accounts_stay_with_those_who_keep_them(cast: Cast):
    browser = browser_of(cast, "manager")
    query = {"app_label": "accounts", "model_name": "patient", "field_name": "user", "term": "anna"}

    assert str(cast.patient.user) not in browser.get("/admin/autocomplete/", query).content.decode()
    assert User.objects.filter(name__icontains="anna").exists()
