"""Lists of the desk, asked for by every role: searching, filters, actions, look-ups, pop-ups, search fields of forms.

The models come from the admin site, what a role may see from tests/desk_table.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from kneecoach.accounts.models import AccessLog, User
from tests.cast import NOW, Cast, browser_of, url_of, user_of
from tests.desk_asking import (
    OF_THE_DESK,
    as_if,
    differing,
    ids_of,
    list_of,
    make_desk_cast,
    models,
)
from tests.desk_table import (
    ADDRESSES,
    ELSEWHERE,
    MODELS,
    STAFF,
    Answer,
    answer_of,
    may,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

# Nobody may read these, whatever else they may: what a look-up through a filter would give away letter by letter.
SECRETS = {"password", "token_hash", "session_key", "session_data"}
# Actions of lists: which model has which, and which ability each needs.
ACTIONS: dict[str, dict[str, str]] = {
    "accounts_user": {"end_log_ins": "keep accounts", "reset_second_factor": "keep accounts"}
}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_desk_cast()


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
