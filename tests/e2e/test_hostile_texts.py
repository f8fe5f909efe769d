"""Every text column of every table holds what would run as a script; every page of every role is opened in Chromium.

tests/e2e/hostile.py says which columns do not, and why. Nothing runs, nothing opens a dialog, nothing is refused by
the policy (it is the second wall: the first has to hold alone), and no element or attribute of what was stored stands on
any page.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page

from tests.cast import NOW, PATTERNS, Cast, url_of
from tests.desk_table import ADDRESSES, may
from tests.e2e.hostile import (
    FIRST_ROWS_STAY,
    NO_ROWS,
    ON_NO_PAGE,
    PART_OF_JSON,
    UNFILLED,
    Poisoned,
    name_of,
    poison,
    text_columns,
)
from tests.e2e.hostile_cast import Everything, make_everything
from tests.plugins.browser import OpenPage
from tests.plugins.database import TestDatabase
from tests.pseudo import LANGUAGE
from tests.test_urls import EXPECTED

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]

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
ROLES = ("minor", "anonymous", "patient", "physiotherapist", "technical", "manager", "auditor")


@pytest.fixture
def everything(live_db: TestDatabase, time_machine: Any, settings: Any) -> Everything:
    """Return the cast and what came to it; the site speaks the language of the translation as well."""
    settings.LANGUAGES = [*settings.LANGUAGES, (LANGUAGE, "Esperanto")]
    time_machine.move_to(NOW)
    return make_everything()


@pytest.fixture
def poisoned(live_db: TestDatabase, everything: Everything) -> Iterator[Poisoned]:
    """Return what became of the columns, every text replaced."""
    with poison(live_db) as done:
        yield done


def addresses_of(cast: Cast, role: str) -> list[str]:
    """Return every page that answers a role; the minor has pages of their own."""
    if role == "minor":
        return []
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


def look(page: Page, url: str, found: list[str]) -> tuple[int, str]:
    """Open a page and note what of the stored texts has become more than text. Return its status and the page."""
    answer = page.goto(url)
    status = answer.status if answer else 0
    if status in (0, 500):
        found.append(f"{url}: {status}")
    found += [f"{url}: {what}" for what in page.evaluate(PLANTED)]
    if page.evaluate("window.__xss"):
        found.append(f"{url}: has run")
    return status, page.content()


def test_tables_name_only_what_there_is():
    labels = {model._meta.label for model, _columns in text_columns()}
    columns = {f"{model._meta.label}.{column.name}" for model, found in text_columns() for column in found}

    assert set(UNFILLED) <= {name_of(model, column) for model, found in text_columns() for column in found}
    assert {*ON_NO_PAGE, *NO_ROWS, *FIRST_ROWS_STAY, *PART_OF_JSON} <= labels | columns


def test_no_stored_text_runs_on_any_page(poisoned: Poisoned, everything: Everything, open_page: OpenPage):
    # A new column is filled, or says in tests/e2e/hostile.py why not; a new table has rows.
    assert (poisoned.refused, poisoned.empty) == ({}, set(NO_ROWS))
    found: list[str] = []
    seen, looked = "", 0

    for role in ROLES:
        user = everything.user_of(role)
        locale = LANGUAGE if role == "minor" else "en-GB"
        page = open_page(user=user, allow=(r"status of (403|404|422)",), locale=locale)

        def on_dialog(dialog: Dialog, role: str = role) -> None:
            found.append(f"{role}: dialog {dialog.message}")
            dialog.dismiss()

        page.on("dialog", on_dialog)
        own = everything.pages.get(role, [])
        for url in [*addresses_of(everything.cast, role), *own]:
            looked += 1
            status, content = look(page, url, found)
            seen += content
            if url in own and status != 200:
                found.append(f"{role} {url}: {status}")

    assert found == []
    # So that this cannot pass by looking at nothing, or at the wrong things: each text stands on some page.
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b data-xss></b>')")
    assert page.evaluate(PLANTED) == ['<b data-xss=""></b>']
    assert looked > 250
    unseen = {name for name, mark in poisoned.marks.items() if mark not in seen}
    told = {why for name in unseen for why in (name, name.rpartition(".")[0]) if why in ON_NO_PAGE}
    assert {name for name in unseen if not {name, name.rpartition(".")[0]} & told} == set()
    assert told == set(ON_NO_PAGE)
