"""A form takes what it asks for: with the name of every field of every model added to it, it writes what it wrote before.

The forms are those that stand on the pages of the site and of the desk; tests/filling.py has what they are filled in with,
and says which of them do not write.
"""

import logging
from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import models

from kneecoach.accounts.models import AccessLog, User
from tests.cast import NOW, PATTERNS, Cast, attack, browser_of, make_cast, user_of, walk
from tests.desk_asking import ids_of
from tests.desk_table import ADDRESSES
from tests.filling import (
    WRITES_ALL_THE_SAME,
    WRITES_NOTHING,
    filled,
    has_to_write,
    make_pages,
    sent,
)
from tests.fixtures import prove
from tests.rows import all_rows
from tests.writing import forms_for, pages_of, written

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PLANTED, NUMBER = "mass assigned", "777"
# What is taken besides what stands on this page: a phone sends the whole repetition; another reason to stop has a note.
ALSO_TAKEN = {"/reps/": {"v", "number", "held_ms", "paused_ms", "outcome", "method", "done_at_ms"}, "/stop/": {"note"}}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Iterator[Cast]:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    logging.disable(logging.WARNING)
    yield make_cast()
    logging.disable(logging.NOTSET)


def everything(cast: Cast) -> dict[str, str]:
    """Return the names of all fields of all models, each with a value that it could take."""
    found: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
            value = value_of(field, cast)
            found |= {field.name: value, getattr(field, "attname", field.name): value}
    return found | {"pk": str(cast.other.pk), "csrfmiddlewaretoken": ""}


def value_of(field: Any, cast: Cast) -> str:
    """Return what somebody would send to change a field."""
    if field.is_relation:
        label = field.related_model._meta.label
        return str({"accounts.Patient": cast.other.pk, "accounts.User": cast.other.user_id}.get(label, NUMBER))
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateTimeField):
        return "1999-01-01 10:00"
    if isinstance(field, models.DateField):
        return "1999-01-01"
    if isinstance(field, models.TimeField):
        return "05:55"
    if isinstance(field, models.IntegerField):
        return NUMBER
    if isinstance(field, models.UUIDField):
        return str(cast.other.pk)
    return str(field.choices[-1][0]) if field.choices else PLANTED


def test_tables_name_addresses_that_there_are(cast: Cast):
    names = {name for name, _route in PATTERNS}

    assert {*filled(cast), *WRITES_ALL_THE_SAME, *has_to_write("patient")} <= names
    assert [end for end in WRITES_NOTHING if not any(name.endswith(end) for name in ADDRESSES)] == []


@pytest.mark.parametrize("role", ["patient", "physiotherapist", "manager", "technical"])
def test_forms_write_what_they_ask_for_and_nothing_else(cast: Cast, role: str):
    browser = browser_of(cast, role)
    prove(browser, user_of(cast, role), "mfa" if role != "patient" else "password")
    added, good, typed = everything(cast), attack(cast), filled(cast)
    pages = [*pages_of(cast, role), *(make_pages(cast) if role != "patient" else ())]
    different, wrote = {}, set()
    before = all_rows()

    for form in forms_for(browser, pages):
        data = sent(form, good, typed.get(form.name, {}))
        names = form.names | {name for part, others in ALSO_TAKEN.items() if part in form.to for name in others}
        extra = {name: value for name, value in added.items() if name not in names}
        cookies = copy(browser.cookies)
        plain = written(browser, form.to, data, before, cast)
        browser.cookies = copy(cookies)
        more = written(browser, form.to, {**extra, **data}, before, cast)
        browser.cookies = copy(cookies)
        # That somebody looked is written as well where a form is refused.
        wrote |= {form.name} if set(plain[1]) - {AccessLog._meta.db_table} else set()
        if plain != more:
            different[form.to] = (plain, more)

    assert different == {}
    # So that this cannot pass by writing nothing.
    assert wrote == has_to_write(role)


def rights_of_all() -> dict[int, tuple[Any, ...]]:
    """Return what everybody may: whether they are staff and may everything, their roles, and rights of their own."""
    return {
        user.pk: (
            user.is_staff,
            user.is_superuser,
            sorted(user.groups.values_list("name", flat=True)),
            sorted(user.user_permissions.values_list("pk", flat=True)),
        )
        for user in User.objects.all()
    }


@pytest.mark.parametrize("role", ["patient", "nobody", "reader", "auditor", "physiotherapist", "manager", "technical"])
def test_nobody_takes_rights_along(cast: Cast, role: str):
    browser, before = browser_of(cast, role), rights_of_all()
    prove(browser, user_of(cast, role), "mfa" if role != "patient" else "password")
    all_of_it: dict[str, Any] = everything(cast) | attack(cast) | {"is_superuser": "on", "is_staff": "on"}
    all_of_it["groups"] = list(Group.objects.values_list("pk", flat=True))
    all_of_it["user_permissions"] = list(Permission.objects.values_list("pk", flat=True))

    for user in User.objects.all():
        browser.post(f"/admin/accounts/user/{user.pk}/change/", all_of_it | {"email": user.email})
    for _asked in walk(cast, role, "post", ids_of(cast), all_of_it, browser):
        pass

    gained = {pk: rights for pk, rights in rights_of_all().items() if rights != before.get(pk)}
    if role == "technical":
        # What is sent is enough where somebody may.
        assert gained[cast.physiotherapist.pk][1]
    elif role == "manager":
        # Roles of colleagues, and a new colleague; nothing of what only the technical person gives.
        assert cast.physiotherapist.pk in gained
        assert not {user_of(cast, role).pk, cast.others["technical"].pk, cast.patient.user_id} & set(gained)
        assert all(rights[:2] == (True, False) for rights in gained.values())
        assert all(rights[3] == (before[pk][3] if pk in before else []) for pk, rights in gained.items())
    else:
        assert gained == {}
