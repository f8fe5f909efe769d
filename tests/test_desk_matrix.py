"""Every address of the desk, asked for by every role, against the one table of tests/desk_table.py.

The addresses come from the URL patterns and the models from the admin site: what is new there and not in the table fails
here until somebody has decided. `make mutants-guards` takes each guard out and expects these tests to notice.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission

from exercises import editing
from exercises.models import Programme
from kneecoach.accounts.models import AccessLog, User
from tests.cast import NOW, Cast, attack, browser_of, url_of, user_of
from tests.desk_asking import (
    FIRST_DIFFERENCE,
    NEEDING,
    OF_THE_DESK,
    ORDINARY,
    as_if,
    ask,
    differing,
    ids_of,
    make_desk_cast,
    models,
    offers_refused,
    tells_clinical,
    tells_of,
)
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
    page,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_desk_cast()


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
                offered = offers_refused(role, response) if response.status_code == 200 else ()
                if offered:
                    unlogged[f"{role} {name}: offers {offered}"] = url
                if unlogged and FIRST_DIFFERENCE:
                    return

    assert differing(asked()) == {}
    assert unlogged == {}
    # Names are for those who see patients; to others only where they choose whose log they read.
    audit = {"admin:index", "admin:accounts_patient_audit"} & {name for name, _route in ORDINARY}
    assert {(role, name) for role, name in shown if not may(role, "see patients")} == {
        (role, name) for role in STAFF for name in audit if may(role, "audit") and not may(role, "see patients")
    }
    # So that this cannot pass by seeing nothing.
    assert NEEDING or ({("physiotherapist", "admin:index"), ("manager", "admin:index")} <= shown and len(shown) > 40)


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
    assert NEEDING or {"admin:accounts_patient_invitation_sheet", "admin:progress_alert_changelist"} <= shown


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

    for part in ("", *(f"{cast.patient.user.pk}/{name}/" for name in ("change", "history", "password"))):
        response = browser.get(f"/admin/accounts/user/{part}")
        assert (response.status_code, tells_of(cast, response)) == (200, True)

    views = AccessLog.objects.filter(actor=technical, patient_id=cast.patient.pk).order_by("pk")
    assert list(views.values_list("view", flat=True)) == ["user list", "user", "user history", "user"]


def test_what_no_ability_tells(cast: Cast):
    log_in = dict.fromkeys(STAFF, (DESK, 405)) | {"anonymous": (LOGIN, LOGIN), "patient": (403, 403)}
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


def test_pages_with_a_form_serve_no_other_method(cast: Cast):
    browser = browser_of(cast, "technical")

    served = {
        page: answer_of(browser.put(f"/admin/accounts/patient/{cast.patient.pk}/{page}/"))
        for page in ("messages", "invitation", "paper/type")
    }

    assert served == dict.fromkeys(served, 405)


@pytest.mark.parametrize(
    ("held", "method", "name"),
    [
        # A page that names who is on a version; a button of the worklist.
        ("view_programmeversion", "get", "admin:exercises_programmeversion_people"),
        ("change_alert", "post", "admin:accounts_patient_alerts_seen"),
    ],
)
def test_one_of_two_permissions_is_not_enough(cast: Cast, held: str, method: str, name: str):
    cast.staff.user_permissions.add(Permission.objects.get(codename=held))
    data = {"alert": str(cast.ids[cast.patient.pk]["progress_alert"])}

    response = ask(browser_of(cast, "nobody"), method, url_of(name, dict(OF_THE_DESK)[name], ids_of(cast)), data)

    assert answer_of(response) == 403


# --- a draft of the programme --------------------------------------------------------------------------------------
def test_draft_is_read_and_edited_by_those_who_may(cast: Cast):
    draft = editing.new_version(programme=Programme.objects.get())
    version, stage = f"programmeversion/{draft.pk}", f"stage/{draft.stages.earliest('number').pk}"
    edit, read = "look after patients", "read the programme"
    # What a GET and a POST without data answer to those who may.
    pages = {
        f"{version}/change/": page(read, 200, 200, needs=edit),
        f"{version}/delete/": page("never", 200, 200),
        f"{version}/publish/": page(edit, 200, ELSEWHERE),
        f"{stage}/change/": page(read, 200, 200, needs=edit),
        f"{stage}/delete/": page(edit, 200, 200),
        f"stage/add/?version={draft.pk}": page(edit, 200, 200),
    }

    def asked() -> Iterator[tuple[str, str, Answer, Answer]]:
        for role in STAFF:
            browser = browser_of(cast, role)
            for url, address in pages.items():
                response = browser.get(f"/admin/exercises/{url}")
                yield role, f"reads {url}", answer_of(response), address.expected(role, "get")
                if url.startswith(version):
                    yield role, f"is offered at {url}", tuple(offers_refused(role, response)), ()
                # Stages are links there: each is edited on a page of its own.
                yield role, f"edits stages at {url}", b'name="stages-0-number"' in response.content, False
                with as_if():
                    posted = answer_of(browser.post(f"/admin/exercises/{url}"))
                yield role, f"posts to {url}", posted, address.expected(role, "post")

    assert differing(asked()) == {}


def test_patients_are_moved_to_a_version_by_those_who_may(cast: Cast):
    draft = editing.new_version(programme=Programme.objects.get())
    editing.publish(version=draft, by=cast.physiotherapist, now=NOW)
    url, button = f"/admin/exercises/programmeversion/{draft.pk}/people/", b'name="patients"'

    shown = {role: button in browser_of(cast, role).get(url).content for role in STAFF}

    assert shown == {role: may(role, "look after patients") for role in STAFF}


# --- accounts ------------------------------------------------------------------------------------------------------
# Whose account is seen, changed, and given a password by whom; everybody else is refused.
WHOSE = ("colleague", "oneself", "technical", "patient")
SEEN = {"manager": WHOSE[:3], "reader": WHOSE[:3], "technical": WHOSE}
CHANGED = {"manager": WHOSE[:1], "technical": WHOSE}
PASSWORD = {"technical": ("colleague", "patient")}


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
                # One's own leads to the page that asks who is there.
                no_password = 403 if role != "technical" else ELSEWHERE
                yield role, f"password of {whose}", password, 200 if whose in PASSWORD.get(role, ()) else no_password

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
