"""Every address of the site, asked for by everybody: only what is theirs answers 200, nothing foreign is in any body."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from exercises.models import Prescription, PrescriptionPause
from kneecoach.accounts.models import AccessLog, ClinicSettings, Patient, User
from progress import services
from progress.models import ExerciseSession, ExerciseSet, PainRating, RedFlagReport, Rep, RepConflict
from tests.factories import (
    a_claim,
    a_moment,
    do_reps,
    make_finished_session,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_ready_session,
    make_session,
    make_user,
    sets_of,
)
from tests.fixtures import client_of
from tests.pages import HTMX, faults
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
EARLIER = a_moment("2026-11-20 07:00")

# What an answer is called below: a status, or where it leads.
LOGIN, DESK, DOOR, TODAY, ELSEWHERE = "log-in", "desk", "door of the desk", "today", "elsewhere"
Answer = int | str


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
    return Row(anonymous, (get, post), staff, staff)  # type: ignore[arg-type]


def of_everybody(get: Answer, post: Answer, *, anonymous: tuple[Answer, Answer] = (LOGIN, LOGIN)) -> Row:
    """Return the row of a page that is the same for whoever is logged in."""
    return Row(anonymous, (get, post), (get, post), (get, post))


def of_the_desk(get: Answer, post: Answer, *, staff: tuple[Answer, Answer] = (403, 403)) -> Row:
    """Return the row of a page of a model: patients are refused at the desk's door, which is a redirect away."""
    return Row((LOGIN, LOGIN), (DOOR, DOOR), (get, post), staff)


def of_all_staff(get: Answer, post: Answer, *, staff: tuple[Answer, Answer] | None = None) -> Row:
    """Return the row of a page that the desk has for all staff; its door leads on to log-in."""
    return Row((DOOR, DOOR), (DOOR, DOOR), (get, post), staff or (get, post))


CLOSED = of_the_desk(403, 403)
READ_ONLY = {"changelist": (200, 200), "add": (403, 403), "change": (200, 403), "delete": (403, 403), "history": (200, 200)}
NOTHING = dict.fromkeys(READ_ONLY, (403, 403))
# POST without data: a form with errors (200) or, on a list, the list.
DESK_MODELS = {
    "accounts_patient": READ_ONLY | {"add": (200, 200), "change": (200, 200)},
    "accounts_clinicsettings": READ_ONLY,
    "exercises_prescription": READ_ONLY | {"add": (200, 200), "change": (200, 200)},
    "exercises_programme": READ_ONLY,
    "exercises_programmeversion": READ_ONLY,
    "exercises_stage": READ_ONLY,
    "progress_exercisesession": READ_ONLY,
    "progress_painrating": READ_ONLY,
    "progress_redflagreport": READ_ONLY,
    "accounts_user": NOTHING,
    "accounts_accesslog": NOTHING,
    "account_emailaddress": NOTHING,
    "auth_group": NOTHING,
}
EXPECTED: dict[str, Row] = {
    "progress:today": of_patients(200, 405),
    "progress:overview": of_patients(200, 405),
    "progress:session-start": of_patients(405, 422),
    "progress:session": of_patients(200, 405),
    "progress:session-safety": of_patients(405, 422),
    "progress:session-pain": of_patients(200, 422),
    "progress:session-stop": of_patients(200, 422),
    "progress:session-resume": of_patients(405, ELSEWHERE),
    "progress:set-begin": of_patients(405, ELSEWHERE),
    "progress:set-finish": of_patients(405, ELSEWHERE),
    "progress:set-felt": of_patients(405, 422),
    "progress:rep": of_patients(405, 422),
    "exercises:learn": of_patients(200, 405),
    "exercises:find-muscle": of_patients(200, 422),
    "exercises:stage": of_patients(200, 405),
    "accounts:me": of_patients(200, 422),
    "account_login": of_everybody(TODAY, TODAY, anonymous=(200, 200)),
    "account_request_login_code": of_everybody(TODAY, TODAY, anonymous=(200, 200)),
    "account_confirm_login_code": of_everybody(TODAY, TODAY),
    "account_logout": of_everybody(200, LOGIN),
    "account_inactive": of_everybody(200, 405, anonymous=(200, 405)),
    "account_signup": of_everybody(TODAY, TODAY, anonymous=(200, 200)),
    # Nobody here has a password.
    "account_reauthenticate": of_everybody(403, 403),
    "account_email": of_everybody(200, ELSEWHERE),
    "account_email_verification_sent": of_everybody(200, 405, anonymous=(200, 405)),
    "account_confirm_email": of_everybody(200, 404, anonymous=(200, 404)),
    "account_change_password": of_everybody(ELSEWHERE, ELSEWHERE),
    "account_set_password": of_everybody(200, 200),
    "account_reset_password": of_everybody(200, 200, anonymous=(200, 200)),
    "account_reset_password_done": of_everybody(200, 405, anonymous=(200, 405)),
    "account_reset_password_from_key": of_everybody(200, 200, anonymous=(200, 200)),
    "account_reset_password_from_key_done": of_everybody(200, 405, anonymous=(200, 405)),
    "healthz": of_everybody(200, 405, anonymous=(200, 405)),
    "readyz": of_everybody(200, 405, anonymous=(200, 405)),
    "admin:index": of_all_staff(200, 200),
    "admin:login": Row((LOGIN, LOGIN), (403, 403), (DESK, 200), (DESK, 200)),
    "admin:logout": Row((DOOR, DOOR), (DESK, DESK), (405, LOGIN), (405, LOGIN)),
    "admin:password_change": of_all_staff(200, 200),
    "admin:password_change_done": of_all_staff(200, 405),
    "admin:autocomplete": of_all_staff(403, 405),
    "admin:jsi18n": of_all_staff(200, 405),
    "admin:view_on_site": of_all_staff(404, 404),
    "admin:app_list": of_all_staff(200, 200, staff=(404, 404)),
    "admin:auth_user_password_change": CLOSED,
    "admin:exercises_prescription_end": of_the_desk(200, ELSEWHERE),
    # An old form of an object's address, and whatever else begins with admin/.
    "admin:<path:object_id>/": of_the_desk(ELSEWHERE, ELSEWHERE, staff=(ELSEWHERE, ELSEWHERE)),
    "admin:(?P<url>.*)$": of_all_staff(404, 404),
} | {
    f"admin:{model}_{page}": of_the_desk(*answers) for model, pages in DESK_MODELS.items() for page, answers in pages.items()
}


# --- the cast ------------------------------------------------------------------------------------------------------
@dataclass
class Cast:
    """Two patients with a row of every kind, and staff."""

    patient: Patient
    other: Patient
    physiotherapist: User
    staff: User
    canaries: tuple[str, ...]
    ids: dict[UUID, dict[str, Any]] = field(default_factory=dict)


@pytest.fixture
def cast(time_machine: Any) -> Cast:
    """Return the cast on a Wednesday morning; every text of the other patient is a canary."""
    time_machine.move_to(NOW, tick=False)
    cache.clear()
    physiotherapist = make_physiotherapist(name="Petra Physio")
    ClinicSettings.objects.create(name="Knee House")
    made = Cast(
        patient=make_patient(name="Anna Knee", email="anna@example.org", lead_physiotherapist=physiotherapist),
        other=make_patient(name="Canaryname Otto", email="canarymail@example.org", lead_physiotherapist=physiotherapist),
        physiotherapist=physiotherapist,
        staff=make_user(name="Steve Staff", is_staff=True),
        canaries=("Canaryname", "canarymail", "canarynote", "canarystop", "canaryclaim"),
    )
    for patient, note in ((made.patient, "own"), (made.other, "canary")):
        made.ids[patient.pk] = _record_everything(patient, physiotherapist, note)
    return made


def _record_everything(patient: Patient, by: User, word: str) -> dict[str, Any]:
    prescription = make_prescription(patient=patient, now=EARLIER, by=by, note=f"{word}note")
    PrescriptionPause.objects.create(prescription=prescription, from_on="2026-12-24", to_on="2026-12-26")
    make_finished_session(patient=patient, now=a_moment("2026-11-23 08:00"))
    stopped = make_ready_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    services.stop_session(session=stopped, reason="other", note=f"{word}stop", now=a_moment("2026-11-24 08:01"))
    flagged = make_session(patient=patient, now=a_moment("2026-11-24 18:00"))
    services.answer_safety(session=flagged, is_safe=False, now=a_moment("2026-11-24 18:00"))
    running = make_ready_session(patient=patient, now=NOW)
    row = sets_of(running)[0]
    rep = do_reps(exercise_set=row, now=NOW, numbers=[1, 2])[0]
    services.record_rep(exercise_set=row, claim=a_claim(number=1, outcome="skipped"), now=NOW)
    assert patient.user is not None
    return {
        "accounts_accesslog": AccessLog.objects.create(actor=by, patient_id=patient.pk, view="patient").pk,
        "account_emailaddress": EmailAddress.objects.create(user=patient.user, email=patient.user.email).pk,
        "session_id": running.pk,
        "set_id": row.pk,
        "rep_id": rep.pk,
        "accounts_patient": patient.pk,
        "accounts_user": patient.user.pk,
        "exercises_prescription": prescription.pk,
        "progress_exercisesession": running.pk,
        "progress_painrating": PainRating.objects.of(patient).latest("pk").pk,
        "progress_redflagreport": RedFlagReport.objects.get(patient=patient).pk,
    }


# Whose a row is, as a lookup from its model; a model that is not here belongs to nobody, and nobody changes it.
OWNERS: dict[type[Model], str] = {
    Patient: "pk",
    Prescription: "patient",
    PrescriptionPause: "prescription__patient",
    ExerciseSession: "patient",
    ExerciseSet: "exercise_session__patient",
    Rep: "exercise_set__exercise_session__patient",
    RepConflict: "rep__exercise_set__exercise_session__patient",
    PainRating: "patient",
    RedFlagReport: "patient",
    User: "patient",
}
# History follows the rows it tells of; messages of allauth about one's own address.
FOLLOWS = {"PatientEvent", "ExerciseSessionEvent", "ExerciseSetEvent", "PainRatingEvent", "RepEvent", "EmailAddress"}


def rows_not_of(patient: Patient | None) -> dict[str, Any]:
    """Return every row that does not belong to a patient, as values."""
    owned = {model._meta.db_table for model in OWNERS}
    others = {
        model._meta.label: sorted(
            (model._base_manager.exclude(**{lookup: patient.pk}) if patient else model._base_manager).values_list(), key=repr
        )
        for model, lookup in OWNERS.items()
    }
    following = {f"{app}_{name.lower()}" for app in ("accounts", "progress", "account") for name in FOLLOWS}
    nobodys = {name: rows for name, rows in all_rows().items() if name not in owned and name not in following}
    return others | nobodys


# --- the addresses -------------------------------------------------------------------------------------------------
def patterns(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Return the name and the route of every pattern. One without a name is called by the end of its route."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or pattern.pattern}", route


PATTERNS = list(patterns())
# Parts of routes that hold no id.
PLAIN = {
    "<slug:key>": "vmo-1",
    "<str:moment>": "before",
    "<str:side>": "right",
    "<str:reason>": "stopped",
    r"^confirm-email/(?P<key>[-:\w]+)/$": "confirm-email/x/",
    r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-x-y/",
    "^(?P<app_label>exercises|accounts|progress|auth|account)/$": "accounts/",
    "(?P<url>.*)$": "nothing-here/",
}
KNOWS_NOBODY = {"healthz", "readyz"}
PART = re.compile(r"<(?:\w+:)?(\w+)>")


def url_of(name: str, route: str, ids: dict[str, Any]) -> str:
    """Return the address of a pattern for a person's rows; an id that nobody has stands for what is missing."""
    for part, value in PLAIN.items():
        route = route.replace(part, value)
    model = "_".join(route.split("/")[1:3]) if route.startswith("admin/") else ""
    if model == "auth_group":
        ids = {model: Group.objects.get(name="Physiotherapists").pk} | ids
    if name == "admin:view_on_site":
        ids = {"content_type_id": ContentType.objects.get_for_model(Patient).pk, "object_id": ids["accounts_patient"]} | ids
    own = {"object_id": ids.get(model, 1), "pk": ids.get(model, 1), "id": ids.get(model, 1)}
    return "/" + PART.sub(lambda found: str((own | ids)[found.group(1)]), route)


def answer_of(response: HttpResponse) -> Answer:
    """Return what an answer is called in the table."""
    if response.status_code != 302:
        return response.status_code
    location = response["Location"]
    if location.startswith("/account/login/"):
        return LOGIN
    if location.startswith("/admin/login/"):
        return DOOR
    return {"/": TODAY, "/admin/": DESK}.get(location, ELSEWHERE)


def browser_of(cast: Cast, role: str) -> Client:
    """Return a new browser of somebody."""
    if role == "anonymous":
        return Client()
    user = {"patient": cast.patient.user, "physiotherapist": cast.physiotherapist, "staff": cast.staff}[role]
    return client_of(user)


def walk(
    cast: Cast,
    role: str,
    method: str,
    ids: dict[str, Any],
    data: dict[str, str] | None = None,
    browser: Client | None = None,
) -> Iterator[tuple[str, str, Any]]:
    """Ask for every address in turn; what logs out comes last."""
    browser = browser or browser_of(cast, role)
    for name, route in sorted(PATTERNS, key=lambda pattern: "logout" in pattern[0]):
        yield name, route, getattr(browser, method)(url_of(name, route, ids), data if method == "post" else {})
        if "logout" in name and role != "anonymous" and method == "post":
            browser.cookies = browser_of(cast, role).cookies


def test_every_pattern_is_listed_and_nothing_else():
    assert {name for name, _route in PATTERNS} == set(EXPECTED)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["anonymous", "patient", "physiotherapist", "staff"])
def test_every_address_answers_as_the_table_says(cast: Cast, role: str, method: str):
    ids = cast.ids[cast.patient.pk]
    found = {}

    for name, route, response in walk(cast, role, method, ids):
        found[f"{name} {route}"] = answer_of(response)

    position = ("get", "post").index(method)
    expected = {f"{name} {route}": getattr(EXPECTED[name], role)[position] for name, route in PATTERNS}
    assert {key: (found[key], answer) for key, answer in expected.items() if found[key] != answer} == {}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["anonymous", "patient", "staff"])
def test_no_address_shows_or_changes_what_is_foreign(cast: Cast, role: str, method: str):
    browser = browser_of(cast, role)
    before = rows_not_of(cast.patient if role == "patient" else None)
    leaks = []

    for owner in (cast.patient, cast.other):
        for name, _route, response in walk(cast, role, method, cast.ids[owner.pk], _attack(cast), browser):
            text = f"{response.headers}{response.content.decode()}"
            leaks += [(name, response.status_code, canary) for canary in cast.canaries if canary in text]

    assert leaks == []
    assert rows_not_of(cast.patient if role == "patient" else None) == before


def _attack(cast: Cast) -> dict[str, str]:
    """Return good values for every form at once, with the ids of the other patient wherever one might be taken."""
    other = {name: str(value) for name, value in cast.ids[cast.other.pk].items()}
    return {
        **{name: other[name] for name in ("session_id", "set_id", "rep_id")},
        "patient": str(cast.other.pk),
        "user": other["accounts_user"],
        "id": other["accounts_patient"],
        "answer": "clear",
        "value": "9",
        "reason": "pain",
        "note": "taken over",
        "felt": "no",
        "number": "3",
        "outcome": "skipped",
        "method": "manual",
        "time_zone": "Asia/Tokyo",
        "name": "taken over",
        "is_staff": "on",
        "is_superuser": "on",
    }


def test_patient_stays_what_they_are(cast: Cast):
    for _answer in walk(cast, "patient", "post", cast.ids[cast.patient.pk], _attack(cast)):
        pass

    user = User.objects.get(pk=cast.patient.user_id)
    patient = Patient.objects.get(pk=cast.patient.pk)
    assert (user.is_staff, user.is_superuser, user.email, user.name) == (False, False, "anna@example.org", "Anna Knee")
    assert (patient.name, patient.user, patient.time_zone) == ("Anna Knee", user, "Asia/Tokyo")


WITH_IDS = [(name, route) for name, route in PATTERNS if name.startswith("progress:") and "_id>" in route]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_row_answers_exactly_as_a_missing_one(cast: Cast, method: str, headers: dict[str, str]):
    missing = {name: uuid4() for name in ("session_id", "set_id", "rep_id")}
    differing = []

    browser = browser_of(cast, "patient")
    for name, route in WITH_IDS:
        answers = []
        for ids in (cast.ids[cast.other.pk], missing):
            data = _attack(cast) if method == "post" else {}
            response = getattr(browser, method)(url_of(name, route, ids), data, headers=headers)
            body = re.sub(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+', "", response.content.decode())
            kept = {key: value for key, value in response.headers.items() if key != "Content-Length"}
            answers.append((response.status_code, kept, body))
        only_post = answers[0][0] == 405
        if answers[0] != answers[1] or (answers[0][0] != 404 and not only_post):
            differing.append((name, answers[0][0], answers[1][0]))

    assert len(WITH_IDS) == 9
    assert differing == []


def test_physiotherapist_changes_no_fact_and_no_right(cast: Cast):
    facts = ("progress_", "accounts_user", "auth_", "exercises_stage", "exercises_programme", "exercises_rep")
    before = {name: rows for name, rows in all_rows().items() if name.startswith(facts)}

    for method in ("get", "post"):
        for _answer in walk(cast, "physiotherapist", method, cast.ids[cast.patient.pk], _attack(cast)):
            pass

    # One's own last log-in is written with each new browser, not by a page.
    after = {name: rows for name, rows in all_rows().items() if name.startswith(facts)}
    own_row = f"{cast.physiotherapist.email}"
    for rows in (before, after):
        rows["accounts_user"] = [row for row in rows["accounts_user"] if own_row not in row]
    assert after == before
    assert not User.objects.get(pk=cast.physiotherapist.pk).is_superuser


@pytest.mark.parametrize("role", ["anonymous", "patient", "physiotherapist", "staff"])
def test_reading_is_sound_and_private_and_writes_nothing(cast: Cast, role: str):
    # Looks of staff are logged; allauth copies one's address to its own table when its page is opened.
    written = (AccessLog, EmailAddress)
    browser = browser_of(cast, role)
    before = all_rows(without=written)
    unsound, cached = {}, []

    for name, _route, response in walk(cast, role, "get", cast.ids[cast.patient.pk], browser=browser):
        if response["Content-Type"].startswith("text/html") and response.status_code != 302 and response.content:
            unsound[name] = faults(response)
        if response.status_code == 200 and "no-store" not in response.get("Cache-Control", ""):
            cached.append(name)

    assert {name: found for name, found in unsound.items() if found} == {}
    assert [name for name in cached if name not in KNOWS_NOBODY] == []
    assert all_rows(without=written) == before
    assert len(unsound) > 5
