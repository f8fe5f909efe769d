"""Every address of the site, asked for by everybody: only what is theirs answers 200, nothing foreign is in any body."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from kneecoach.accounts.models import AccessLog, Patient, User
from tests.cast import NOW, PATTERNS, Cast, attack, browser_of, make_cast, rows_not_of, url_of, walk
from tests.desk_table import ADDRESSES, AGAIN, DESK, ELSEWHERE, LOGIN, SPECIAL, TODAY, Answer, answer_of
from tests.pages import HTMX, body_of, faults
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Row:
    """What a GET and a POST without data answer to: anonymous, the patient, a physiotherapist, other staff."""

    anonymous: tuple[Answer, Answer]
    patient: tuple[Answer, Answer]
    physiotherapist: tuple[Answer, Answer]
    staff: tuple[Answer, Answer]


def of_patients(get: Answer, post: Answer) -> Row:
    """Return the row of a page of the patient site."""
    staff = tuple(405 if answer == 405 else DESK for answer in (get, post))
    anonymous = (LOGIN, LOGIN)
    return Row(anonymous, (get, post), staff, staff)


def of_everybody(get: Answer, post: Answer, *, anonymous: tuple[Answer, Answer] = (LOGIN, LOGIN)) -> Row:
    """Return the row of a page that is the same for whoever is logged in."""
    return Row(anonymous, (get, post), (get, post), (get, post))


EXPECTED: dict[str, Row] = {
    "progress:today": of_patients(200, 405),
    "progress:overview": of_patients(200, 405),
    "progress:day": of_patients(200, 405),
    "progress:zone": of_patients(405, 422),
    "progress:warning-signs": of_patients(200, 422),
    "progress:warning-signs-name": of_patients(405, 422),
    # The last session of the cast before today was yesterday; no other asks about an hour later.
    "progress:morning-check": of_patients(200, 405),
    "progress:morning-answer": of_patients(200, 422),
    "progress:hour-later": of_patients(200, 409),
    "progress:weekly-check": of_patients(200, 422),
    "progress:readiness": of_patients(200, 405),
    "progress:stage-ask": of_patients(405, 422),
    "progress:stage-withdraw": of_patients(405, ELSEWHERE),
    "progress:stage-put-away": of_patients(405, ELSEWHERE),
    "progress:messages": of_patients(200, 422),
    "progress:messages-read": of_patients(405, 422),
    "progress:outbox": of_patients(200, 405),
    "progress:practise": of_patients(200, 405),
    "progress:session-start": of_patients(405, 422),
    "progress:plan": of_patients(200, 405),
    "progress:session-plan": of_patients(200, 405),
    "progress:session": of_patients(200, 405),
    "progress:later": of_patients(200, 405),
    "progress:later-enter": of_patients(200, 422),
    # Staff are led to the desk's own form.
    "progress:sheet": Row((LOGIN, LOGIN), (ELSEWHERE, 405), (ELSEWHERE, 405), (ELSEWHERE, 405)),
    "progress:session-record": of_patients(200, 405),
    # The session of the cast still runs.
    "progress:session-correct": of_patients(ELSEWHERE, ELSEWHERE),
    "progress:session-effort": of_patients(405, ELSEWHERE),
    "progress:session-safety": of_patients(405, 422),
    "progress:session-pain": of_patients(200, 422),
    "progress:session-override": of_patients(405, ELSEWHERE),
    "progress:session-stop": of_patients(200, 422),
    "progress:session-resume": of_patients(405, ELSEWHERE),
    "progress:set-begin": of_patients(405, ELSEWHERE),
    "progress:set-minimum": of_patients(405, 422),
    "progress:set-finish": of_patients(405, ELSEWHERE),
    "progress:set-felt": of_patients(405, 422),
    # No squat.
    "progress:set-depth": of_patients(405, 404),
    "progress:rep": of_patients(405, 422),
    "progress:rep-take-back": of_patients(405, ELSEWHERE),
    "exercises:learn": of_patients(200, 405),
    "exercises:find-muscle": of_patients(200, 422),
    "exercises:news-put-away": of_patients(405, 422),
    "exercises:stage": of_patients(200, 405),
    "accounts:me": of_patients(200, 422),
    "privacy:data": of_patients(200, 405),
    "privacy:export-json": of_patients(200, 405),
    "privacy:export-csv": of_patients(200, 405),
    "privacy:ask": of_patients(200, 422),
    "privacy:take-back": of_patients(405, ELSEWHERE),
    # Nothing is to be agreed to anew, and nothing has stopped.
    "privacy:agree": of_patients(ELSEWHERE, ELSEWHERE),
    "privacy:withdraw": of_patients(200, ELSEWHERE),
    "privacy:stopped": of_patients(TODAY, 405),
    "accounts:devices": of_everybody(200, 405),
    "accounts:device-end": of_everybody(405, AGAIN),
    "accounts:device-end-others": of_everybody(405, AGAIN),
    "accounts:address": of_everybody(AGAIN, AGAIN),
    # Nobody here has had a code sent.
    "accounts:address-code": of_everybody(ELSEWHERE, ELSEWHERE),
    "accounts:passkey-add": of_everybody(AGAIN, AGAIN),
    "accounts:passkey-rename": of_everybody(405, AGAIN),
    "accounts:passkey-remove": of_everybody(405, AGAIN),
    "accounts:second-factor": Row((LOGIN, LOGIN), (403, 405), (200, 405), (200, 405)),
    # Changing a log-in is asked for once more, and nobody here has just logged in.
    "accounts:second-factor-app": Row((LOGIN, LOGIN), (403, 403), (AGAIN, AGAIN), (AGAIN, AGAIN)),
    "accounts:second-factor-app-remove": Row((LOGIN, LOGIN), (405, 403), (405, AGAIN), (405, AGAIN)),
    "accounts:recovery-codes": Row((LOGIN, LOGIN), (403, 403), (AGAIN, AGAIN), (AGAIN, AGAIN)),
    "reminders:choices": of_patients(200, ELSEWHERE),
    "reminders:new-calendar": of_patients(405, 200),
    "reminders:calendar-off": of_patients(405, ELSEWHERE),
    "reminders:push-on": of_patients(405, 422),
    "reminders:push-off": of_patients(405, ELSEWHERE),
    # An address that nobody has.
    "reminders:calendar": of_everybody(404, 405, anonymous=(404, 405)),
    # Nobody here has opened an invitation.
    "accounts:invitation": of_everybody(404, 405, anonymous=(404, 405)),
    "accounts:welcome": of_everybody(404, 404, anonymous=(404, 404)),
    "accounts:welcome-leave": of_everybody(405, 404, anonymous=(405, 404)),
    "accounts:welcome-log-in": of_everybody(404, 404, anonymous=(404, 404)),
    "accounts:welcome-code": of_everybody(404, 404, anonymous=(404, 404)),
    "accounts:welcome-passkey": of_everybody(405, 404, anonymous=(405, 404)),
    "accounts:welcome-day": of_patients(200, 422),
    "mfa_login_webauthn": of_everybody(TODAY, TODAY, anonymous=(LOGIN, LOGIN)),
    "account_login": of_everybody(TODAY, TODAY, anonymous=(200, 200)),
    "account_request_login_code": of_everybody(TODAY, TODAY, anonymous=(200, 200)),
    "account_confirm_login_code": of_everybody(TODAY, TODAY),
    "account_logout": of_everybody(200, LOGIN),
    "account_inactive": of_everybody(200, 405, anonymous=(200, 405)),
    "account_signup": of_everybody(TODAY, TODAY, anonymous=(200, 200)),
    "mfa_authenticate": of_everybody(TODAY, TODAY, anonymous=(LOGIN, LOGIN)),
    "account_reauthenticate": of_everybody(200, 200),
    "account_change_password": of_everybody(AGAIN, AGAIN),
    "account_set_password": of_everybody(AGAIN, AGAIN),
    "account_reset_password": of_everybody(200, 200, anonymous=(200, 200)),
    "account_reset_password_done": of_everybody(200, 405, anonymous=(200, 405)),
    "account_reset_password_from_key": of_everybody(200, 200, anonymous=(200, 200)),
    "account_reset_password_from_key_done": of_everybody(200, 405, anonymous=(200, 405)),
    "manifest": of_everybody(200, 405, anonymous=(200, 405)),
    "service-worker": of_everybody(200, 405, anonymous=(200, 405)),
    "offline": of_everybody(200, 405, anonymous=(200, 405)),
    "healthz": of_everybody(200, 405, anonymous=(200, 405)),
    "readyz": of_everybody(200, 405, anonymous=(200, 405)),
}
KNOWS_NOBODY = {"healthz", "readyz"}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_cast()


def test_every_pattern_is_listed_and_nothing_else():
    assert {name for name, _route in PATTERNS} == {*EXPECTED, *ADDRESSES, *SPECIAL}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["anonymous", "patient", "physiotherapist", "staff"])
def test_every_address_answers_as_the_table_says(cast: Cast, role: str, method: str):
    ids = cast.ids[cast.patient.pk]
    found = {}

    for name, route, response in walk(cast, role, method, ids):
        found[f"{name} {route}"] = answer_of(response)

    position = ("get", "post").index(method)
    # Those of the desk have a table of their own: tests/test_desk_matrix.py.
    patterns = [(name, route) for name, route in PATTERNS if name in EXPECTED]
    expected = {f"{name} {route}": getattr(EXPECTED[name], role)[position] for name, route in patterns}
    assert {key: (found[key], answer) for key, answer in expected.items() if found[key] != answer} == {}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["anonymous", "patient", "staff"])
def test_no_address_shows_or_changes_what_is_foreign(cast: Cast, role: str, method: str):
    browser = browser_of(cast, role)
    before = rows_not_of(cast.patient if role == "patient" else None)
    leaks = []

    for owner in (cast.patient, cast.other) if role == "patient" else (cast.other,):
        for name, _route, response in walk(cast, role, method, cast.ids[owner.pk], attack(cast), browser):
            text = f"{response.headers}{body_of(response)}"
            # An id that stands in the address may come back in the way to log-in.
            ids = [
                str(cast.ids[cast.other.pk][key])
                for key in ("session_id", "set_id", "rep_id", "request_id", "data_request_id", "accounts_patient")
            ]
            canaries = [*cast.canaries, *(key for key in ids if key not in response.request["PATH_INFO"])]
            leaks += [(name, response.status_code, canary) for canary in canaries if canary in text]

    assert leaks == []
    assert rows_not_of(cast.patient if role == "patient" else None) == before


def test_patient_stays_what_they_are(cast: Cast):
    for _answer in walk(cast, "patient", "post", cast.ids[cast.patient.pk], attack(cast)):
        pass

    user = User.objects.get(pk=cast.patient.user_id)
    patient = Patient.objects.get(pk=cast.patient.pk)
    assert (user.is_staff, user.is_superuser, user.email, user.name) == (False, False, "anna@example.org", "Anna Knee")
    assert (patient.name, patient.user, patient.time_zone) == ("Anna Knee", user, "Asia/Tokyo")


# Screens for a phone to keep, one inert <template> each.
NO_PAGE = ("progress:plan", "progress:session-plan")
WITH_IDS = [(name, route) for name, route in PATTERNS if name.startswith("progress:") and "_id>" in route]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_row_answers_exactly_as_a_missing_one(cast: Cast, method: str, headers: dict[str, str]):
    missing: dict[str, Any] = {name: uuid4() for name in ("session_id", "set_id", "rep_id", "request_id", "patient_id")}
    missing |= {"report_id": 0}
    differing = []

    browser = browser_of(cast, "patient")
    for name, route in WITH_IDS:
        answers = []
        for ids in (cast.ids[cast.other.pk], missing):
            data = attack(cast) if method == "post" else {}
            response = getattr(browser, method)(url_of(name, route, ids), data, headers=headers)
            body = re.sub(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+', "", response.content.decode())
            kept = {key: value for key, value in response.headers.items() if key != "Content-Length"}
            answers.append((response.status_code, kept, body))
        only_post = answers[0][0] == 405
        if answers[0] != answers[1] or (answers[0][0] != 404 and not only_post):
            differing.append((name, answers[0][0], answers[1][0]))

    assert len(WITH_IDS) == 22
    assert differing == []


def test_physiotherapist_changes_no_fact_and_no_right(cast: Cast):
    facts = ("progress_", "accounts_user", "auth_", "exercises_stage", "exercises_programme", "exercises_rep")
    # Looking, answering and clearing are a physiotherapist's own: tests/kneecoach/desk/admin tells what they write.
    decided = ("progress_alert", "progress_message", "progress_redflagreport")
    before = {
        name: rows for name, rows in all_rows().items() if name.startswith(facts) and not name.startswith(decided)
    }

    for method in ("get", "post"):
        for _answer in walk(cast, "physiotherapist", method, cast.ids[cast.patient.pk], attack(cast)):
            pass

    # One's own last log-in is written with each new browser, not by a page.
    after = {name: rows for name, rows in all_rows().items() if name in before}
    own_row = f"{cast.physiotherapist.email}"
    for rows in (before, after):
        rows["accounts_user"] = [row for row in rows["accounts_user"] if own_row not in row]
    # A draft of the programme may be made: whatever is there already stays as it is.
    drafts = {name: [row for row in after[name] if row in before[name]] for name in after if "exercises" in name}
    assert after | drafts == before
    assert not User.objects.get(pk=cast.physiotherapist.pk).is_superuser


@pytest.mark.parametrize("role", ["anonymous", "patient", "physiotherapist", "staff"])
def test_reading_is_sound_and_private_and_writes_nothing(cast: Cast, role: str):
    written = (AccessLog,)
    browser = browser_of(cast, role)
    before = all_rows(without=written)
    unsound, cached = {}, []

    for name, _route, response in walk(cast, role, "get", cast.ids[cast.patient.pk], browser=browser):
        if response["Content-Type"].startswith("text/html") and response.status_code != 302 and response.content:
            unsound[name] = [] if name in NO_PAGE else faults(response)
        if response.status_code == 200 and "no-store" not in response.get("Cache-Control", ""):
            cached.append(name)

    assert {name: found for name, found in unsound.items() if found} == {}
    assert [name for name in cached if name not in KNOWS_NOBODY] == []
    assert all_rows(without=written) == before
    assert len(unsound) > 5
