"""Whatever stands behind the question mark of an address, no page breaks, and none shows rows that were not asked for.

Which parameters a page reads is seen by asking it once; lists of the desk take more, by which they search, sort and filter.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.db.models import DateField, Field
from django.http import QueryDict
from django.test import Client

from tests.cast import NOW, PATTERNS, Cast, browser_of, url_of
from tests.desk_asking import as_if, ids_of, list_of, make_desk_cast, models
from tests.pages import body_of
from tests.test_urls import EXPECTED

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# As they stand in an address.
PAYLOADS = [
    *map(
        quote,
        [
            "'",
            "' OR 1=1--",
            "') OR ('1'='1",
            "1;DROP TABLE progress_rep--",
            "\\",
            "%",
            "_",
            "a\x00b",
            "\u200d",
            # A digit for some, and no number.
            "²",
            "-1",
            "9" * 30,
            "9" * 10_000,
            "0001-01-01",
            "9999-12-31",
            "10000-01",
            "-0.-1.99.x",
            "(",
        ],
    ),
    # Half of a pair, which is no letter; and a percent sign that stands for nothing.
    "%ED%A0%80",
    "%zz",
]
# Nothing is searched for a lone quotation mark or for a NUL; no name and no address holds any of the others.
NO_WORD = {quote("'"), quote("a\x00b")}
# What Django reads on each of its pages, and what takes long to draw, gets a few of them, each time others.
FEW = 3
OF_DJANGO = {"_popup", "_to_field", "_changelist_filters", "p", ORDER_VAR, PAGE_VAR, ALL_VAR}
SLOW_TO_DRAW = ("_pdf",)
# These end what the test needs.
LEFT_OUT = {"account_logout", "admin:logout"}
# What a page reads only where it is there.
READ_IF_THERE = {
    "admin:accounts_patient_visit": ("first", "last"),
    "admin:accounts_patient_visit_pdf": ("first", "last"),
}
# Ways to ask for more than a value, and what breaks a database or a date that takes them as they are.
LOOK_UPS = {
    "regex": "(",
    "iregex": "*",
    "in": "9" * 30,
    "gte": "9" * 30,
    "range": "a%00b,",
    "isnull": "'",
    "contains": "%00",
}
OF_DATES = {"year": "9" * 30, "month": "-1", "gte": "10000-01-01", "date": "9999-12-31"}
# Parameters that pages of ours are known to read: some of what has to be found.
OWN = {
    "anonymous": [("account_login", "next")],
    "patient": [("progress:overview", "month"), ("progress:messages", "before"), ("progress:later", "from")],
    "technical": [
        ("admin:index", "q"),
        ("admin:index", "need"),
        ("admin:accounts_patient_audit", "looks"),
        ("admin:accounts_patient_change", "month"),
        ("admin:exercises_prescription_add", "patient"),
    ],
}
NO_ERROR = {200, 302, 400, 403, 404, 422}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Iterator[Cast]:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    # Most of what is asked is refused, and each refusal would be told with all that led to it.
    logging.disable(logging.ERROR)
    yield make_desk_cast()
    logging.disable(logging.NOTSET)


def ask(browser: Client, url: str, query: str) -> Any:
    """Ask for an address; what breaks is an answer as well."""
    browser.raise_request_exception = False
    with as_if():
        return browser.get(url, QUERY_STRING=query)


def parameters_of(browser: Client, questions: list[tuple[str, str]], monkeypatch: Any) -> dict[str, set[str]]:
    """Return which parameters each page looks for, by its name."""
    found: dict[str, set[str]] = defaultdict(set)
    looked: set[str] = set()
    with monkeypatch.context() as patch:
        for method in ("__getitem__", "getlist", "__contains__"):
            patch.setattr(QueryDict, method, noting(getattr(QueryDict, method), looked), raising=False)
        for name, url in questions:
            looked.clear()
            ask(browser, url, "")
            found[name] |= {str(key) for key in looked} | set(READ_IF_THERE.get(name, ()))
    return found


def noting(method: Any, looked: set[str]) -> Any:
    """Return a method that notes what it is asked for."""

    def note(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        looked.add(key)
        return method(self, key, *args, **kwargs)

    return note


@pytest.mark.parametrize("role", ["anonymous", "patient", "technical"])
def test_no_page_breaks_by_its_parameters_or_shows_what_is_foreign(cast: Cast, role: str, monkeypatch: Any):
    browser = browser_of(cast, role)
    ids = ids_of(cast) if role == "technical" else cast.ids[cast.patient.pk]
    questions = [
        (name, url_of(name, route, ids))
        for name, route in PATTERNS
        if name not in LEFT_OUT and (name in EXPECTED) == (role != "technical") and not name.endswith("_changelist")
    ]
    parameters = parameters_of(browser, questions, monkeypatch)
    wrong, asked = {}, 0

    for name, url in questions:
        for parameter in sorted(parameters[name]):
            for payload in payloads_for(name, parameter, asked):
                response, asked = ask(browser, url, f"{quote(parameter)}={payload}"), asked + 1
                if response.status_code not in NO_ERROR:
                    wrong[f"{name} {parameter}={payload[:40]}"] = response.status_code
                if role == "patient" and (seen := [word for word in cast.canaries if word in body_of(response)]):
                    wrong[f"{name} {parameter}={payload[:40]} shows"] = seen

    assert wrong == {}
    # So that it cannot pass by asking nothing.
    assert {*OWN[role]} <= {(name, parameter) for name in parameters for parameter in parameters[name]}


def test_no_list_breaks_or_shows_more_than_without(cast: Cast):
    browser, wrong, asked = browser_of(cast, "technical"), {}, 0

    for name, model_admin in models().items():
        url = list_of(name)
        whole = count_of(ask(browser, url, ""))
        for parameter in (SEARCH_VAR, ORDER_VAR, PAGE_VAR, ALL_VAR, *filters_of(model_admin)):
            for payload in payloads_for(name, parameter, asked):
                response, asked = ask(browser, url, f"{parameter}={payload}"), asked + 1
                is_searched = parameter == SEARCH_VAR and model_admin.search_fields and payload not in NO_WORD
                if response.status_code not in NO_ERROR or count_of(response) > (0 if is_searched else whole):
                    wrong[f"{name} {parameter}={payload[:40]}"] = (response.status_code, count_of(response), whole)

    assert wrong == {}


def test_no_look_up_breaks_a_list(cast: Cast):
    browser, wrong, asked = browser_of(cast, "technical"), {}, 0

    for name, model_admin in models().items():
        for field in model_admin.opts.fields:
            for look_up, payload in look_ups_of(field):
                asked += 1
                response = ask(browser, list_of(name), f"{field.name}__{look_up}={payload}")
                if response.status_code not in NO_ERROR:
                    wrong[f"{name} {field.name}__{look_up}={payload[:40]}"] = response.status_code

    assert wrong == {}


def payloads_for(name: str, parameter: str, asked: int) -> list[str]:
    """Return with what a parameter of a page is asked for: everything, or a few, by how often was asked before."""
    if parameter in OF_DJANGO or name.endswith(SLOW_TO_DRAW):
        return [PAYLOADS[(asked + number * 7) % len(PAYLOADS)] for number in range(FEW)]
    return PAYLOADS


def filters_of(model_admin: "ModelAdmin[Any]") -> Iterator[str]:
    """Return the parameters by which a list is filtered: what stands in its filters, and what Django makes of it."""
    for item in model_admin.list_filter:
        if isinstance(item, str):
            yield from (item, f"{item}__exact")
        else:
            yield f"{item[0]}__isempty" if isinstance(item, tuple) else item.parameter_name
    yield from getattr(model_admin, "linked_lookups", ())
    if date := model_admin.date_hierarchy:
        yield from (f"{date}__{part}" for part in ("year", "gte", "lt"))


def look_ups_of(field: "Field[Any, Any]") -> list[tuple[str, str]]:
    """Return the look-ups that are tried on a field, each with what it is asked for."""
    return [*LOOK_UPS.items(), *(OF_DATES.items() if isinstance(field, DateField) else ())]


def count_of(response: Any) -> int:
    """Return how many rows a list has found; none where it is no list."""
    found = response.context and response.context.get("cl")
    return found.result_count if found else 0
