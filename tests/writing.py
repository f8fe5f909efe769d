"""Sending every form on the pages of somebody, and what that writes: for tests about all forms at once."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.test import Client

from tests.cast import PATTERNS, Cast, url_of
from tests.desk_asking import as_if
from tests.desk_table import ADDRESSES, may
from tests.filling import Form, forms_of
from tests.rows import Rows, all_rows
from tests.test_urls import EXPECTED

# What a session that is over has pages for; the one of the addresses still runs.
OF_FINISHED = {"progress:session-record", "progress:session-correct"}
# What differs from one time to the next: ids that are made anew, keys, tokens.
ANEW = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00"), "CLOCK OF THE DATABASE"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b[0-9a-f]{32,}\b"), "HASH"),
    (re.compile(r"(?<=[(,])(?!777\b)\d+(?=[,)])"), "N"),
    # Of an account that has none.
    (re.compile(r"![A-Za-z0-9]{40}"), "PASSWORD"),
    (re.compile(r"md5\$\w+\$"), "SALT"),
)


def written(browser: Client, url: str, data: dict[str, Any], before: Rows, cast: Cast) -> tuple[int, Rows]:
    """Return the status and the rows that are there only before or only afterwards, made comparable."""
    with as_if():
        status, after = browser.post(url, data).status_code, all_rows()
    different = {name: set(rows) ^ set(before[name]) for name, rows in after.items()}
    return status, {name: sorted(alike(row, cast) for row in rows) for name, rows in different.items() if rows}


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
        if name in EXPECTED:
            if getattr(EXPECTED[name], role if role in ("patient", "physiotherapist") else "staff")[0] == 200:
                yield url_of(name, route, ids)
        elif name in ADDRESSES and role != "patient":
            asked = ADDRESSES[name].get
            if asked.first is None and asked.answer == 200 and may(role, asked.ability):
                yield url_of(name, route, {key: ids[key] for key in ids if key != "pk"})
    if role == "patient":
        yield from pages_of_finished(cast)


def pages_of_finished(cast: Cast) -> list[str]:
    """Return the pages of the patient about a session that is over."""
    ids = {"session_id": cast.ids[cast.patient.pk]["finished_id"]}
    return [url_of(name, route, ids) for name, route in PATTERNS if name in OF_FINISHED]


def forms_for(browser: Client, pages: Iterable[str]) -> Iterator[Form]:
    """Yield every form on some pages once, but for those that log out."""
    seen = set()
    for page in dict.fromkeys(pages):
        with as_if():
            response = browser.get(page)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        for form in forms_of(response.content.decode(), page):
            key = (form.path, tuple(sorted(form.held)))
            if key not in seen and "logout" not in form.to and "log-out" not in form.to:
                seen.add(key)
                yield form
