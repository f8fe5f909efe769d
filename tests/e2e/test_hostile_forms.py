"""Every form of the site and of the desk is sent in Chromium with text in it that would run as a script.

Each is sent with nothing but such texts, so that what is refused is shown again, and with such texts where any text may
stand, so that they are taken; in between, where a form shows what it would do. Every text in the database is one as well.
"""

from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from kneecoach.accounts.mailed_codes import MailedCode, Purpose
from kneecoach.accounts.models import Patient, User
from progress.models import ExerciseSession
from tests.cast import EARLIER, NOW, PATTERNS, Cast, attack, make_cast, url_of, user_of
from tests.desk_table import ABILITIES, ADDRESSES, AGAIN, ELSEWHERE
from tests.e2e.hostile import poison
from tests.e2e.hostile_forms import Sender
from tests.e2e.hostile_look import addresses_of, notices, watch
from tests.factories import later, make_finished_session, make_patient, make_prescription, make_session
from tests.filling import WRITES_NOTHING, filled, make_pages
from tests.fixtures import client_of, prove
from tests.plugins.browser import OpenPage
from tests.plugins.database import TestDatabase
from tests.test_urls import EXPECTED

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]
# What is refused, what has no body, and what a field for a number or an hour does not show.
REFUSED = (
    r"status of 4\d\d",
    "ERR_HTTP_RESPONSE_CODE_FAILURE",
    r"(?s)The specified value .* (cannot be parsed|does not conform)",
)
# Addresses whose forms are not sent, and why.
NO_TEXT = "has no field that holds a text, and its answer is the page of another form here"
NONE_HERE = "nobody of the cast is asked"
NOT_SENT = {
    "account_change_password": "nobody of the cast has a password: account_set_password has the same fields",
    "account_reset_password_from_key": "needs the link of a mail",
    "account_signup": "is closed: has no form",
    "accounts:device-end": NO_TEXT,
    "accounts:device-end-others": NO_TEXT,
    "accounts:recovery-codes": NONE_HERE,
    "accounts:second-factor-app-remove": NO_TEXT,
    "admin:accounts_patient_alerts_seen": NO_TEXT,
    "admin:exercises_prescription_end": "is the view and the template of admin:exercises_prescription_pause",
    "admin:exercises_programmeversion_publish": NO_TEXT,
    "privacy:agree": NONE_HERE,
    "progress:hour-later": NO_TEXT,
    "progress:messages-read": "is sent by the page itself, as soon as that is open",
    "progress:rep-take-back": NO_TEXT,
    "progress:session-override": NO_TEXT,
    "progress:set-felt": NO_TEXT,
    "progress:set-finish": NO_TEXT,
    "progress:set-minimum": NO_TEXT,
    "progress:stage-ask": NONE_HERE,
    "progress:stage-put-away": NONE_HERE,
    "progress:zone": NONE_HERE,
}
AT_THE_DESK = ("physiotherapist", "manager", "technical")
STEPS = 6


@pytest.fixture
def cast(live_db: TestDatabase, time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW)
    return make_cast()


def test_no_text_runs_in_what_a_form_answers(cast: Cast, live_db: TestDatabase, live_site: str, open_page: OpenPage):
    found: list[str] = []
    # So much pain that there is a question before the session begins.
    sender = Sender(attack(cast), filled(cast) | {"progress:session-pain": {"value": "9"}}, found)
    desk, sessions = make_pages(cast), make_sessions(cast)
    desk += [url.replace("/resume/", "/end/") for url in desk if "/resume/" in url]
    # What is to be answered at the desk is that of the other patient: the patient takes back their own.
    walks: list[tuple[User | None, list[str]]] = [
        (cast.patient.user, [*pages_for(cast, "patient"), *steps_of(cast.ids[cast.patient.pk]["session_id"])]),
        *((session.patient.user, steps_of(session.pk)) for session in sessions),
        (None, pages_for(cast, "anonymous")),
        *((user_of(cast, role), [*pages_for(cast, role, cast.other), *desk]) for role in AT_THE_DESK),
    ]
    with poison(live_db):
        for user, urls in walks:
            browser, page = proved(user), open_page(allow=REFUSED)
            page.context.add_cookies(cookies_of(browser, live_site))
            watch(page, found, str(user and user.pk))
            for url in urls:
                sender.send_all(page, browser, url)
            sender.send_what_is_left(page)
            # A session goes on to how it was.
            for url in urls[-STEPS:]:
                if url.startswith("/sessions/"):
                    sender.send_all(page, browser, url)

    assert found == []
    # So that this cannot pass by sending nothing: a new form is sent, or has its reason, and texts stand on pages again.
    assert takes_form() - set(sender.answers) - set(NOT_SENT) == set()
    assert len(sender.seen & set(sender.typed)) > 350
    assert notices(page)


def make_sessions(cast: Cast) -> list[ExerciseSession]:
    """Make two sessions in which nothing was answered yet, and one that is over."""
    made = []
    for name in ("Nora", "Nils", "Nina"):
        newcomer = make_patient(name=name, email=f"{name}@example.org", lead_physiotherapist=cast.physiotherapist)
        make_prescription(patient=newcomer, by=cast.physiotherapist, now=EARLIER)
        if name == "Nina":
            made.append(make_finished_session(patient=newcomer, now=later(NOW, hours=-1.2)))
        else:
            made.append(make_session(patient=newcomer, now=NOW))
    return made


def steps_of(session_id: UUID) -> list[str]:
    """Return the page of a session so often that each answer leads to the next question."""
    return [f"/sessions/{session_id}/"] * STEPS


def pages_for(cast: Cast, role: str, about: Patient | None = None) -> list[str]:
    """Return every page of somebody who has just proved who they are, once."""
    column = role if role in ("anonymous", "patient", "physiotherapist") else "staff"
    again = [
        url_of(name, route, {})
        for name, route in PATTERNS
        if name in EXPECTED and getattr(EXPECTED[name], column)[0] == AGAIN
    ]
    return list(dict.fromkeys([*addresses_of(cast, role, about), "/account/address/code/", *again]))


def takes_form() -> set[str]:
    """Return the addresses that take a form, but for those that do not look at it."""
    ends = tuple(end for end in WRITES_NOTHING if end.startswith("_"))
    of_site = {
        name
        for name, row in EXPECTED.items()
        for answers in (row.anonymous, row.patient, row.physiotherapist)
        if answers[1] in (200, 409, 422, ELSEWHERE, AGAIN)
    }
    of_desk = {
        name
        for name, address in ADDRESSES.items()
        if address.post.first is None and address.post.answer != 405 and ABILITIES[address.post.ability]
    }
    return of_site | {name for name in of_desk if name not in WRITES_NOTHING and not name.endswith(ends)}


def proved(user: User | None) -> Client:
    """Return a browser of somebody who has just proved who they are, or of nobody."""
    if user is None:
        return Client()
    browser = client_of(user)
    prove(browser, user, "mfa" if user.is_staff else "password")
    # A code went to another address than the one that stands there by now.
    user.refresh_from_db()
    session = browser.session
    code = MailedCode.of_account(session, Purpose.ADDRESS, user)
    session[code.key] = {"holder": code.holder, "email": "new@example.org", "code": "AAAA-AAAA", "tries": 0} | {
        "sent_at": NOW.isoformat()
    }
    session.save()
    return browser


def cookies_of(browser: Client, address: str) -> list[Any]:
    """Return the cookie of a log-in, for Chromium."""
    kept = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    return [{"name": kept.key, "value": kept.value, "url": address, "httpOnly": True}] if kept else []
