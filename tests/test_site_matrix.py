"""Every address outside the desk, by every role, every method, and with rows of one's own, of others and of nobody.

What a GET and a POST answer stands in the table of tests/test_urls.py; the rest follows from it by the rule in `allowed`. The
desk has a matrix of its own: tests/test_desk_matrix.py. Each request is taken back before the next: all find the same.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from kneecoach.accounts.models import Device, Patient, Stopped, User
from tests.cast import NOW, PATTERNS, Cast, attack, browser_of, make_cast, rows_not_of, url_of
from tests.desk_asking import as_if
from tests.desk_table import ELSEWHERE, LOGIN, Answer, answer_of
from tests.fixtures import client_of, prove
from tests.pages import body_of
from tests.test_urls import EXPECTED

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SAFE, METHODS = ("get", "head", "options"), ("get", "head", "options", "post", "put", "patch", "delete")
# Who asks, and in which column of the table they stand.
COLUMNS = {
    "anonymous": "anonymous",
    "patient": "patient",
    "other": "patient",
    # The patient, once their data are locked away; and once their account is closed, with a session that is still there.
    "restricted": "patient",
    "deactivated": "anonymous",
    "physiotherapist": "physiotherapist",
    "manager": "staff",
    "auditor": "staff",
}
# Whoever has asked for their data to be locked away may still read and take them, and ask about them.
OPEN_WHEN_STOPPED = {"privacy:data", "privacy:export-json", "privacy:export-csv", "privacy:ask", "privacy:take-back"}
WHEN_STOPPED: dict[str, tuple[Answer, Answer]] = {
    "privacy:agree": (ELSEWHERE, ELSEWHERE),
    "privacy:stopped": (200, 405),
}
# Of allauth: classes, which tell OPTIONS what they serve and take a PUT for a POST.
CLASSES = ("account_", "mfa_")
ADDRESSES = [(name, route) for name, route in PATTERNS if name in EXPECTED]
WITH_IDS = [(name, route) for name, route in ADDRESSES if re.search(r"<(uuid|int):", route)]
# What reading may write: who is logged in where, what is counted or kept for a while, one's own address in allauth's table.
MAY_BE_WRITTEN = {"django_session", "accounts_device", "accounts_accesslog", "kneecoach_cache", "account_emailaddress"}
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"(\w+)"', re.IGNORECASE)
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+')
OF_THE_PATIENT = (
    "Anna Knee",
    "anna@example.org",
    "ownnote",
    "ownstop",
    "ownreason",
    "ownwish",
    "ownmessage",
    "ownwords",
)


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Iterator[Cast]:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    # Most of what is asked is refused, and each refusal would be told with all that led to it.
    logging.disable(logging.WARNING)
    yield make_cast()
    logging.disable(logging.NOTSET)


def allowed(name: str, role: str, method: str) -> set[Answer]:
    """Return what may be answered to whoever asks about rows of their own."""
    row = EXPECTED[name]
    get, post = getattr(row, COLUMNS[role])
    if role == "restricted" and name in WHEN_STOPPED:
        get, post = WHEN_STOPPED[name]
    elif role == "restricted" and name not in OPEN_WHEN_STOPPED and is_of_patients(name):
        # Led to what has stopped; nothing is recorded.
        get, post = (405 if get == 405 else ELSEWHERE), (405 if post == 405 else 403)
    if method in ("get", "post"):
        return {get if method == "get" else post}
    if method == "head":
        return {get, 405}
    if name.startswith(CLASSES):
        return {get, post, 405} | ({200} if method == "options" else set())
    # Log-in comes before everything, and what is not served before everything else.
    return {LOGIN} if (get, post) == (LOGIN, LOGIN) else {405}


def is_of_patients(name: str) -> bool:
    """Tell whether an address is of the patient site; those about a log-in are the same for everybody."""
    return name.startswith(
        ("progress:", "exercises:", "privacy:", "reminders:ch", "reminders:n", "reminders:calendar-")
    ) or (name in ("accounts:me", "accounts:welcome-day"))


@contextmanager
def being(cast: Cast, role: str) -> Iterator[Client]:
    """Let somebody ask; what they are is taken back afterwards."""
    with as_if():
        if role == "other":
            yield client_of(cast.other.user)
            return
        browser = browser_of(cast, "patient" if role in ("restricted", "deactivated") else role)
        if role == "restricted":
            Patient.objects.filter(pk=cast.patient.pk).update(stopped_at=NOW, stopped_why=Stopped.RESTRICTED)
        if role == "deactivated":
            User.objects.filter(patient=cast.patient).update(is_active=False)
        yield browser


@dataclass
class Watch:
    """Notes to which tables is written."""

    written: set[str] = field(default_factory=set)

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        found = WRITES.match(sql)
        if found and found[1] not in MAY_BE_WRITTEN:
            self.written.add(found[1])
        return execute(sql, params, many, context)


def about(cast: Cast, role: str) -> tuple[Patient | None, tuple[str, ...]]:
    """Return whose rows a role may change, and the words that it may not see."""
    if role == "other":
        return cast.other, OF_THE_PATIENT
    if role in ("patient", "restricted"):
        return cast.patient, cast.canaries
    return None, (*cast.canaries, *OF_THE_PATIENT)


def asking(
    cast: Cast, role: str, browser: Client, questions: Any, wrong: dict[str, Any]
) -> Iterator[tuple[str, str, Any]]:
    """Ask, each time as if for the first time, and note what is seen or changed of others, and what reading writes."""
    owner, canaries = about(cast, role)
    before, cookies = rows_not_of(owner), copy(browser.cookies)
    for name, method, url, data in questions:
        watch = Watch()
        browser.cookies = copy(cookies)
        with as_if(), connection.execute_wrapper(watch):
            response = getattr(browser, method)(url, data)
            key, text = f"{role} {method} {name}", f"{response.headers}{body_of(response)}"
            if seen := [canary for canary in canaries if canary in text]:
                wrong[f"{key} shows"] = seen
            if watch.written and method in SAFE:
                wrong[f"{key} writes"] = watch.written
            if watch.written and rows_not_of(owner) != before:
                wrong[f"{key} changes what is foreign"] = watch.written
            yield name, method, response


@pytest.mark.parametrize("role", COLUMNS)
def test_every_address_answers_every_method_as_the_table_says(cast: Cast, role: str):
    ids = cast.ids[cast.other.pk if role == "other" else cast.patient.pk]
    questions: list[Any] = [
        (name, method, url_of(name, route, ids), {}) for name, route in ADDRESSES for method in METHODS
    ]
    wrong: dict[str, Any] = {}

    with being(cast, role) as browser:
        for name, method, response in asking(cast, role, browser, questions, wrong):
            if (found := answer_of(response)) not in (expected := allowed(name, role, method)):
                wrong[f"{role} {method} {name}"] = (found, expected)

    assert wrong == {}
    assert len(questions) == 7 * len(ADDRESSES) > 600


@pytest.mark.parametrize("role", COLUMNS)
def test_what_is_foreign_answers_byte_for_byte_as_what_is_missing(cast: Cast, role: str):
    foreigner = cast.patient if role == "other" else cast.other
    missing = dict.fromkeys(cast.ids[foreigner.pk], 0) | {
        key: uuid4() for key in ("session_id", "set_id", "rep_id", "request_id", "patient_id", "data_request_id")
    }
    wrong: dict[str, Any] = {}
    answers: dict[tuple[str, str], list[Any]] = {}

    with being(cast, role) as browser:
        client_of(foreigner.user).get("/account/devices/")
        devices = Device.objects.filter(user=foreigner.user)
        here = devices.get()
        foreign = cast.ids[foreigner.pk] | {"device": here.pk, "passkey": cast.ids[foreigner.pk]["mfa_authenticator"]}
        if role in ("patient", "other"):
            # Changing a log-in is asked for once more.
            prove(browser, cast.other.user if role == "other" else cast.patient.user)
        for ids in (foreign, missing | {"device": 0, "passkey": 0}):
            questions: list[tuple[str, str, str, dict[str, str]]] = []
            for name, route in WITH_IDS:
                pk = ids["device" if "device" in name else "passkey"]
                data = attack(cast) | {"name": "taken over"}
                url = url_of(name, route, ids | {"pk": pk})
                questions += [(name, method, url, data if method == "post" else {}) for method in METHODS]
            for (name, method, response), (_name, _method, url, _data) in zip(
                asking(cast, role, browser, questions, wrong), questions, strict=True
            ):
                answers.setdefault((name, method), []).append(told(response, url))
                is_there = devices.filter(pk=here.pk).exists() and Session.objects.filter(pk=here.session_key).exists()
                if not is_there:
                    wrong[f"{role} {method} {name}"] = "ends what is foreign"

    own = role in ("patient", "other")
    for (name, method), (of_other, of_nobody) in answers.items():
        if of_other != of_nobody or (own and of_other[0] not in (404, 405)):
            wrong[f"{role} {method} {name} differs"] = set(of_other[2].splitlines()) ^ set(of_nobody[2].splitlines())
    assert wrong == {}
    assert len(WITH_IDS) >= 26


def told(response: Any, url: str) -> tuple[int, dict[str, str], str]:
    """Return all that an answer tells, but the address that was asked for and the tokens of forms."""
    texts = [TOKEN.sub("", body_of(response)), *response.headers.values()]
    for asked in (url, *re.findall(r"[0-9a-f-]{36}", url)):
        texts = [text.replace(asked, "what was asked for") for text in texts]
    headers = dict(zip(response.headers, texts[1:], strict=True))
    headers.pop("Content-Length", None)
    return response.status_code, headers, texts[0]
