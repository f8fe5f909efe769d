"""No form is taken that does not come from a page of ours: every address, by every role, with every method that writes."""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.cast import NOW, PATTERNS, VIEWS, Cast, attack, browser_of, url_of
from tests.desk_asking import make_desk_cast
from tests.desk_table import STAFF
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
UNSAFE = ("post", "put", "patch", "delete")
# Whatever takes the check away from a view, by the name that Django gives it. No view of ours may have it.
EXEMPTING = {"csrf_exempt", "_dont_enforce_csrf_checks", "csrf_processing_done"}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Iterator[Cast]:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    # All that is asked is refused, and each refusal would be told with all that led to it.
    logging.disable(logging.WARNING)
    yield make_desk_cast()
    logging.disable(logging.NOTSET)


def strict_browser_of(cast: Cast, role: str) -> Client:
    """Return a browser of somebody, for a server that looks at tokens as it does for everybody but the tests."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies.update(browser_of(cast, role).cookies)
    return browser


@pytest.mark.slow
@pytest.mark.parametrize("role", ["anonymous", "patient", *STAFF])
def test_nothing_is_taken_without_a_token(cast: Cast, role: str):
    browser = strict_browser_of(cast, role)
    ids, data, before = cast.ids[cast.patient.pk], attack(cast), all_rows()
    taken = {}

    for name, route in PATTERNS:
        for method in UNSAFE:
            response = getattr(browser, method)(url_of(name, route, ids), data if method == "post" else {})
            if response.status_code != 403:
                taken[f"{method} {name}"] = response.status_code

    assert taken == {}
    assert all_rows() == before


def test_the_token_is_what_was_missing(cast: Cast):
    browser = strict_browser_of(cast, "patient")
    token = str(browser.get("/messages/").context["csrf_token"])
    sent = {"body": "With a token.", "message_id": str(uuid4())}

    refused = browser.post("/messages/", sent)
    taken = browser.post("/messages/", sent | {"csrfmiddlewaretoken": token})

    assert (refused.status_code, taken.status_code) == (403, 302)


def names_in(source: str) -> set[str]:
    """Return every name, attribute and keyword that stands in a source."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        for part in ("id", "attr", "arg", "name"):
            if isinstance(value := getattr(node, part, None), str):
                found.add(value)
    return found


def test_no_view_is_exempt():
    assert [route for route, view in VIEWS.items() if getattr(view, "csrf_exempt", False)] == []


def test_no_source_exempts_a_view():
    exempt = {
        str(path.relative_to(ROOT)): sorted(found)
        for package in ("kneecoach", "exercises", "progress")
        for path in (ROOT / package).rglob("*.py")
        if (found := names_in(path.read_text(encoding="utf-8")) & EXEMPTING)
    }

    assert exempt == {}


@pytest.mark.parametrize(
    "source",
    [
        "from django.views.decorators.csrf import csrf_exempt",
        "from django.views.decorators import csrf\n@csrf.csrf_exempt\ndef view(request): ...",
        "view.csrf_exempt = True",
        "request._dont_enforce_csrf_checks = True",
    ],
)
def test_an_exempt_view_is_found(source: str):
    assert names_in(source) & EXEMPTING
