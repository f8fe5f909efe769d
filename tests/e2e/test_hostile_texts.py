"""Every text column of every table holds what would run as a script; every page of every role is opened in Chromium.

Nothing runs, nothing opens a dialog, nothing is refused by the policy (it is the second wall: the first has to hold alone),
and no element or attribute of what was stored stands on any page.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models
from playwright.sync_api import Dialog, Page
from psycopg import Error, sql

from tests.cast import NOW, PATTERNS, Cast, make_cast, url_of, user_of
from tests.desk_table import ADDRESSES, may
from tests.plugins.browser import OpenPage
from tests.plugins.database import TestDatabase
from tests.test_urls import EXPECTED

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAYLOADS = (
    "<script>__xss=1</script>",
    '"><img src=x onerror=__xss=1>',
    "'><svg onload=__xss=1>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '" onfocus=alert(1) autofocus data-xss="',
    "' onmouseover=alert(1) data-xss='",
    "<a href=javascript:alert(1) data-xss>x</a>",
    "<iframe srcdoc='<script>parent.__xss=1</script>'></iframe>",
    "<!--><b data-xss onclick=alert(1)>x</b>-->",
    "{{ request }}{% debug %}${alert(1)}",
)
# What is no text for people: keys, zones, codes that the program reads. And what the database checks.
NOT_TEXT = {
    *(
        "key",
        "stage_key",
        "path",
        "language_code",
        "time_zone",
        "travel_zone",
        "declined_zone",
        "view",
        "policy",
        "slot",
    ),
    # Unique, and taken only as the address of a push service: without double quotes and angle brackets.
    "endpoint",
    *("token_hash", "password", "session_key", "session_data", "object_id", "change_message", "email", "codename"),
    *("app_label", "model", "pgh_label"),
}
NOT_FILLED = {"auth.Group", "contenttypes.ContentType", "sessions.Session", "reminders.JobRun"}
# Belongs to what the cast has none of, such as an alert that is settled: their history is filled.
REFUSED = {"progress.Alert.resolution", "progress.RedFlagReport.clear_note", "exercises.Eligibility.guardian_name"}
# Is answered with a file, or leads out.
NO_PAGE = (
    "export",
    "pdf",
    "record",
    "logout",
    "calendar",
    "service-worker",
    "manifest",
    "healthz",
    "readyz",
    "jsi18n",
    "plan",
)
# Stands on the page as an element or an attribute that no template of ours has.
PLANTED = """
() => [...document.querySelectorAll(
  "script:not([src]), iframe, img[src='x'], a[href^='javascript'], [data-xss], [onerror], [onload], [onfocus], [onmouseover], [onclick]"
)].map((element) => element.outerHTML.slice(0, 200))
"""
ROLES = ("anonymous", "patient", "physiotherapist", "technical", "manager", "auditor")


def text_columns() -> Iterator[tuple[type[models.Model], list["models.Field[Any, Any]"]]]:
    """Return every model with those of its columns that hold words, history included."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or model._meta.label in NOT_FILLED:
            continue
        fields = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not (field.choices or field.name in NOT_TEXT or field.is_relation)
        ]
        if fields:
            yield model, fields


def hostile(length: int | None, turn: int) -> str:
    """Return as many payloads as fit, another one first each time."""
    text = ""
    for payload in PAYLOADS[turn % 12 :] + PAYLOADS[: turn % 12]:
        if length is None or len(text) + len(payload) <= length:
            text += payload
    return text or "<i onclick=a()>"[:length]


@pytest.fixture
def poisoned(live_db: TestDatabase, time_machine: Any) -> Iterator[tuple[Cast, set[str]]]:
    """Return the cast, with every text replaced, and which columns were; what the migrations made is put back."""
    time_machine.move_to(NOW)
    cast = make_cast()
    Group.objects.create(name=hostile(150, 0))
    turn, filled, refused, kept = 0, set[str](), set[str](), []
    with live_db.owner_connection() as cursor:
        for model, fields in text_columns():
            table, key = (
                sql.Identifier(model._meta.db_table),
                sql.Identifier(str(model._meta.pk and model._meta.pk.column)),
            )
            columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
            rows = cursor.execute(sql.SQL("SELECT {}, {} FROM {}").format(key, columns, table)).fetchall()
            first = set(live_db.first_rows[model._meta.db_table])
            kept.append((table, key, fields, [row for row in rows if row[0] in first]))
            for field in fields:
                turn += 1
                column = sql.Identifier(field.column)
                for row in rows:
                    text = hostile(
                        field.max_length - 8 if field.unique and field.max_length else field.max_length, turn
                    )
                    text += str(turn) if field.unique else ""
                    try:
                        cursor.execute(
                            sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(table, column, key), [text, row[0]]
                        )
                        filled.add(f"{model._meta.label}.{field.name}")
                    except Error:
                        refused.add(f"{model._meta.label}.{field.name}")
                        break
    try:
        assert refused == REFUSED
        yield cast, filled
    finally:
        with live_db.owner_connection() as cursor:
            for table, key, fields, rows in kept:
                for row in rows:
                    for field, value in zip(fields, row[1:], strict=True):
                        cursor.execute(
                            sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(
                                table, sql.Identifier(field.column), key
                            ),
                            [value, row[0]],
                        )
                cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))


def addresses_of(cast: Cast, role: str) -> list[str]:
    """Return every page that answers a role."""
    ids = cast.ids[cast.patient.pk] | {"accounts_user": cast.physiotherapist.pk}
    column = role if role in ("anonymous", "patient", "physiotherapist") else "staff"
    asked = []
    for name, route in PATTERNS:
        if any(word in name for word in NO_PAGE):
            continue
        if name in EXPECTED and getattr(EXPECTED[name], column)[0] == 200:
            asked.append(url_of(name, route, ids))
        elif name in ADDRESSES and role not in ("anonymous", "patient"):
            look = ADDRESSES[name].get
            if look.first is None and look.answer == 200 and may(role, look.ability):
                about = f"?patient={cast.patient.pk}" if name.endswith("prescription_add") else ""
                asked.append(url_of(name, route, ids) + about)
    return list(dict.fromkeys(asked))


def look(page: Page, url: str, found: list[str]) -> str:
    """Open a page and note what of the stored texts has become more than text. Return the page."""
    answer = page.goto(url)
    if answer is None or answer.status >= 500:
        found.append(f"{url}: {answer and answer.status}")
    found += [f"{url}: {what}" for what in page.evaluate(PLANTED)]
    if page.evaluate("window.__xss"):
        found.append(f"{url}: has run")
    return page.content()


def test_no_stored_text_runs_on_any_page(poisoned: tuple[Cast, set[str]], open_page: OpenPage):
    cast, filled = poisoned
    found: list[str] = []
    looked = shown = 0

    for role in ROLES:
        user = None if role == "anonymous" else user_of(cast, role)
        page = open_page(user=user, allow=(r"status of (403|404|422)",))

        def on_dialog(dialog: Dialog, role: str = role) -> None:
            found.append(f"{role}: dialog {dialog.message}")
            dialog.dismiss()

        page.on("dialog", on_dialog)
        for url in addresses_of(cast, role):
            looked += 1
            shown += "__xss" in look(page, url, found)

    assert found == []
    # So that this cannot pass by looking at nothing, or at the wrong things.
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b data-xss></b>')")
    assert page.evaluate(PLANTED) == ['<b data-xss=""></b>']
    assert (looked > 150, shown > 80, len(filled) > 50) == (True, True, True), (looked, shown, sorted(filled))
    assert {
        "accounts.Patient.name",
        "progress.Message.body",
        "exercises.Stage.action",
        "exercises.Prescription.note",
    } <= filled
