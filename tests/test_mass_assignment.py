"""A form takes what it asks for: with the name of every field of every model added to it, it writes what it wrote before.

The forms are those that stand on the pages of the site and of the desk, filled in well enough that most of them write.
"""

import logging
import re
from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.apps import apps
from django.db import models
from django.test import Client

from tests.cast import NOW, PATTERNS, Cast, attack, browser_of, make_cast, url_of, user_of
from tests.desk_asking import as_if
from tests.desk_table import ADDRESSES, may
from tests.fixtures import prove
from tests.rows import Rows, all_rows
from tests.test_urls import EXPECTED

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PLANTED, NUMBER = "mass assigned", "777"
# Leads out, or is a file.
# What is taken besides what stands on this page: a phone sends the whole repetition; another reason to stop has a note.
ALSO_TAKEN = {"/reps/": {"v", "number", "held_ms", "paused_ms", "outcome", "method", "done_at_ms"}, "/stop/": {"note"}}
NO_PAGE = ("logout", "export", "pdf", "record", "calendar", "jsi18n", "device-end")
# What differs from one time to the next: ids that are made anew, keys, tokens.
ANEW = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00"), "CLOCK OF THE DATABASE"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b[0-9a-f]{32,}\b"), "HASH"),
    (re.compile(r"(?<=[(,])(?!777\b)\d+(?=[,)])"), "N"),
    # Of an account that has none.
    (re.compile(r"![A-Za-z0-9]{40}"), "PASSWORD"),
)


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


def forms_of(page: str, own: str) -> Iterator[tuple[str, dict[str, list[str]], set[str]]]:
    """Yield where each form of a page leads, what it holds, and every name that a form which leads there has."""
    forms = list(BeautifulSoup(page, "html.parser").select("form[method=post]"))
    for form in forms:
        to = str(form.get("action") or own)
        names = {
            str(tag["name"]) for other in forms if (other.get("action") or own) == to for tag in other.select("[name]")
        }
        yield to, held_by(form), names


def held_by(form: Tag) -> dict[str, list[str]]:
    """Return what a browser would send, with the first of what may be chosen chosen, and the first button pressed."""
    held: dict[str, list[str]] = {}
    for tag in form.select("input[name], textarea[name], select[name], button[name]"):
        name, kind = str(tag["name"]), str(tag.get("type", tag.name))
        if tag.name == "select":
            option = tag.select_one("option[selected]") or tag.select_one("option[value]:not([value=''])")
            held.setdefault(name, [str(option.get("value", ""))] if option else [])
        elif tag.name == "textarea":
            held.setdefault(name, [tag.get_text() or "Typed in"])
        elif kind in ("radio", "checkbox", "submit") or tag.name == "button":
            held.setdefault(name, [str(tag.get("value", "on"))])
        else:
            held.setdefault(name, [str(tag.get("value", ""))])
    return held


def written(browser: Client, url: str, data: dict[str, Any], before: Rows, cast: Cast) -> tuple[int, Rows]:
    """Return the status and the rows that were not there before, made comparable."""
    with as_if():
        status, after = browser.post(url, data).status_code, all_rows()
    new = {name: sorted(alike(row, cast) for row in set(rows) - set(before[name])) for name, rows in after.items()}
    return status, {name: rows for name, rows in new.items() if rows}


def alike(row: str, cast: Cast) -> str:
    """Return a row without what is made anew each time; that it is the other patient's stays."""
    row = row.replace(str(cast.other.pk), "OF THE OTHER")
    for pattern, word in ANEW:
        row = pattern.sub(word, row)
    return row


def pages_of(cast: Cast, role: str) -> Iterator[str]:
    """Yield the address of each page that may hold forms for a role."""
    ids = cast.ids[cast.patient.pk] | {"accounts_user": cast.physiotherapist.pk, "pk": 1}
    for name, route in PATTERNS:
        if any(word in name for word in NO_PAGE):
            continue
        if name in EXPECTED:
            if getattr(EXPECTED[name], role if role in ("patient", "physiotherapist") else "staff")[0] == 200:
                yield url_of(name, route, ids)
        elif name in ADDRESSES and role != "patient":
            asked = ADDRESSES[name].get
            if asked.first is None and asked.answer == 200 and may(role, asked.ability):
                yield url_of(name, route, {key: ids[key] for key in ids if key != "pk"})


@pytest.mark.parametrize("role", ["patient", "physiotherapist", "manager"])
def test_forms_write_what_they_ask_for_and_nothing_else(cast: Cast, role: str):
    browser = browser_of(cast, role)
    prove(browser, user_of(cast, role), "mfa" if role != "patient" else "password")
    added, good = everything(cast), attack(cast)
    different, wrote, seen = {}, set(), set()
    before = all_rows()

    for page in dict.fromkeys(pages_of(cast, role)):
        with as_if():
            response = browser.get(page)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        for to, held, names in forms_of(response.content.decode(), page):
            key = (to.partition("?")[0], tuple(sorted(held)))
            if key in seen or "logout" in to or "log-out" in to:
                continue
            seen.add(key)
            data = {name: value if any(value) else [good.get(name, "2")] for name, value in held.items()}
            names |= {name for part, others in ALSO_TAKEN.items() if part in to for name in others}
            extra = {name: value for name, value in added.items() if name not in names}
            cookies = copy(browser.cookies)
            plain = written(browser, to, data, before, cast)
            browser.cookies = copy(cookies)
            more = written(browser, to, {**extra, **data}, before, cast)
            browser.cookies = copy(cookies)
            wrote |= {to} if plain[1] else set()
            if plain != more:
                different[to] = (plain, more)

    assert different == {}
    # So that this cannot pass by writing nothing.
    assert len(wrote) >= {"patient": 14, "physiotherapist": 20, "manager": 2}[role]
