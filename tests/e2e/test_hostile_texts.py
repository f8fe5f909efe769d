"""Every text column of every table holds what would run as a script; every page of every role is opened in Chromium.

tests/e2e/hostile.py says which columns do not, and why. Nothing runs, nothing opens a dialog, nothing is refused by
the policy (it is the second wall: the first has to hold alone), and no element or attribute of what was stored stands on
any page. What forms answer is looked at in test_hostile_forms.py, what a phone keeps in test_hostile_offline.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import NOW, PATTERNS
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
from tests.e2e.hostile_look import NO_PAGE, addresses_of, look, notices, watch
from tests.plugins.browser import OpenPage
from tests.plugins.database import TestDatabase
from tests.pseudo import LANGUAGE

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]

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


def test_tables_name_only_what_there_is():
    labels = {model._meta.label for model, _columns in text_columns()}
    columns = {f"{model._meta.label}.{column.name}" for model, found in text_columns() for column in found}

    assert set(UNFILLED) <= {name_of(model, column) for model, found in text_columns() for column in found}
    assert {*ON_NO_PAGE, *NO_ROWS, *FIRST_ROWS_STAY, *PART_OF_JSON} <= labels | columns
    assert set(NO_PAGE) <= {name for name, _route in PATTERNS}


def test_no_stored_text_runs_on_any_page(poisoned: Poisoned, everything: Everything, open_page: OpenPage):
    # A new column is filled, or says in tests/e2e/hostile.py why not; a new table has rows.
    assert (poisoned.refused, poisoned.empty) == ({}, set(NO_ROWS))
    found: list[str] = []
    seen, looked = "", 0

    for role in ROLES:
        user = everything.user_of(role)
        locale = LANGUAGE if role == "minor" else "en-GB"
        page = open_page(user=user, allow=(r"status of (403|404|422)",), locale=locale)
        own = everything.pages.get(role, [])
        watch(page, found, role)
        for url in [*addresses_of(everything.cast, role), *own]:
            looked += 1
            status, content = look(page, url, found)
            seen += content
            if url in own and status != 200:
                found.append(f"{role} {url}: {status}")

    assert found == []
    # So that this cannot pass by looking at nothing, or at the wrong things: each text stands on some page.
    assert notices(page)
    assert looked > 300
    unseen = {name for name, mark in poisoned.marks.items() if mark not in seen}
    told = {why for name in unseen for why in (name, name.rpartition(".")[0]) if why in ON_NO_PAGE}
    assert {name for name in unseen if not {name, name.rpartition(".")[0]} & told} == set()
    assert told == set(ON_NO_PAGE)
