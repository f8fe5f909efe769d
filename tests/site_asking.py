"""Asking for addresses outside the desk as every role and with every method: what tests/test_site_matrix*.py share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from kneecoach.accounts.models import Device, Patient, Stopped, User
from tests.cast import NOW, PATTERNS, VIEWS, Cast, browser_of, make_cast, rows_not_of, url_of
from tests.desk_asking import FIRST_DIFFERENCE, NEEDING, as_if, needs
from tests.desk_table import ELSEWHERE, LOGIN, Answer, answer_of
from tests.fixtures import client_of
from tests.pages import body_of
from tests.rows import log_ins_without
from tests.test_urls import EXPECTED

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
CLASSES, OURS = ("account_", "mfa_"), ("account_reauthenticate",)
ADDRESSES = [
    (name, route) for name, route in PATTERNS if name in EXPECTED and (not NEEDING or needs(VIEWS[route], NEEDING))
]
# What reading may write: who is logged in where, what is counted or kept for a while.
MAY_BE_WRITTEN = {"django_session", "accounts_device", "accounts_accesslog", "kneecoach_cache"}
# Those of them that are somebody's: of everybody else, they stay as they are.
OF_LOG_INS = {"django_session", "accounts_device"}
WRITES = re.compile(
    r"\s*(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)"
    r'\s+(?:"?\w+"?\.)?"?(\w+)"?',
    re.IGNORECASE,
)
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


def allowed(name: str, role: str, method: str) -> set[Answer]:
    """Return what may be answered to whoever asks about rows of their own."""
    row = EXPECTED[name]
    get, post = getattr(row, COLUMNS[role])
    if role == "restricted" and name in WHEN_STOPPED:
        get, post = WHEN_STOPPED[name]
    elif role == "restricted" and name not in OPEN_WHEN_STOPPED and is_of_patients(name):
        # Led to what has stopped; nothing is recorded.
        get, post = (405 if get == 405 else ELSEWHERE), (405 if post == 405 else 403)
    if method in ("get", "head", "post"):
        # What can be read can be asked for without its body.
        return {post if method == "post" else get}
    if name.startswith(CLASSES) and not name.startswith(OURS):
        return {get, post, 405} | ({200} if method == "options" else set())
    # Log-in comes before everything, and what is not served before everything else.
    return {LOGIN} if (get, post) == (LOGIN, LOGIN) else {405}


def is_of_patients(name: str) -> bool:
    """Tell whether an address is of the patient site; those about a log-in are the same for everybody."""
    return name.startswith(
        ("progress:", "exercises:", "privacy:", "reminders:ch", "reminders:n", "reminders:calendar-", "reminders:push")
    ) or (name in ("accounts:me", "accounts:welcome-day"))


def make_site_cast() -> Cast:
    """Make the cast; each patient is logged in somewhere, which nobody else may end."""
    made = make_cast()
    for patient in (made.patient, made.other):
        client_of(patient.user)
    return made


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
    """Notes to which tables is written, and whether to one that tells of log-ins."""

    written: set[str] = field(default_factory=set)
    touches_log_ins: bool = False

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if found := WRITES.match(sql):
            self.touches_log_ins |= found[1] in OF_LOG_INS
            self.written |= {found[1]} - MAY_BE_WRITTEN
        return execute(sql, params, many, context)


def about(cast: Cast, role: str) -> tuple[Patient | None, tuple[str, ...]]:
    """Return whose rows a role may change, and the words that it may not see."""
    if role == "other":
        return cast.other, OF_THE_PATIENT
    if role in ("patient", "restricted"):
        return cast.patient, cast.canaries
    return None, (*cast.canaries, *OF_THE_PATIENT)


def user_id_of(browser: Client) -> int | None:
    """Return whose log-in a browser holds, whether or not it still counts; None for nobody's."""
    cookie = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    found = Device.objects.filter(session_key=cookie.value).first() if cookie else None
    return found.user_id if found else None


def asking(
    cast: Cast, role: str, browser: Client, questions: Any, wrong: dict[str, Any]
) -> Iterator[tuple[str, str, Any]]:
    """Ask, each time as if for the first time, and note what is seen or changed of others, and what reading writes."""
    owner, canaries = about(cast, role)
    before, cookies = rows_not_of(owner), copy(browser.cookies)
    user_id = user_id_of(browser)
    log_ins = log_ins_without(user_id)
    for name, method, url, data in questions:
        if wrong and FIRST_DIFFERENCE:
            return
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
            if watch.touches_log_ins and log_ins_without(user_id) != log_ins:
                wrong[f"{key} changes log-ins or addresses of others"] = watch.written
            yield name, method, response


def differing(
    cast: Cast, addresses: Any, methods: tuple[str, ...] = METHODS, *, first_only: bool = FIRST_DIFFERENCE
) -> dict[str, Any]:
    """Return what addresses answer otherwise than the table says, by role, method and name; the first only, if asked to."""
    wrong: dict[str, Any] = {}
    for role in COLUMNS:
        ids = cast.ids[cast.other.pk if role == "other" else cast.patient.pk]
        questions: list[Any] = [
            (name, method, url_of(name, route, ids), {}) for name, route in addresses for method in methods
        ]
        with being(cast, role) as browser:
            for name, method, response in asking(cast, role, browser, questions, wrong):
                if (found := answer_of(response)) not in (expected := allowed(name, role, method)):
                    wrong[f"{role} {method} {name}"] = (found, expected)
                if wrong and first_only:
                    return wrong
    return wrong
