"""Two patients with a row of every kind and staff; every address of the site, and a way to ask for all of them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from exercises.models import Prescription, PrescriptionPause
from kneecoach.accounts import services as account_services
from kneecoach.accounts.models import (
    AccessLog,
    ClinicSettings,
    Consent,
    DataRequest,
    Invitation,
    Patient,
    Stopped,
    User,
)
from kneecoach.reminders.heartbeat import beat
from kneecoach.reminders.models import CalendarFeed, PushDevice, Reminder
from kneecoach.reminders.services import Subscription, make_calendar, switch_push_on
from progress import services
from progress.models import (
    Alert,
    AlertEvidence,
    Correction,
    ExerciseSession,
    ExerciseSet,
    Message,
    MorningCheck,
    PainRating,
    ReadinessCriterion,
    ReadinessEvaluation,
    RedFlagReport,
    RedFlagSign,
    Rep,
    RepConflict,
    RuleSet,
    StageRequest,
    WeeklyCheck,
)
from tests.factories import (
    a_claim,
    a_moment,
    do_reps,
    make_alert,
    make_auditor,
    make_finished_session,
    make_invitation,
    make_manager,
    make_message,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_ready_session,
    make_request,
    make_session,
    make_user,
    sets_of,
)
from tests.factors import make_passkey
from tests.fixtures import client_of
from tests.push_service import Browser
from tests.rows import all_rows

NOW = a_moment("2026-11-25 08:00")
EARLIER = a_moment("2026-11-20 07:00")


@dataclass
class Cast:
    """Two patients with a row of every kind, and staff."""

    patient: Patient
    other: Patient
    physiotherapist: User
    # In no group.
    staff: User
    # By role, as tests/desk_table.py calls them.
    others: dict[str, User]
    canaries: tuple[str, ...]
    ids: dict[UUID, dict[str, Any]] = field(default_factory=dict)


def make_cast() -> Cast:
    """Make the cast, with the clock at NOW; every text of the other patient is a canary."""
    cache.clear()
    physiotherapist = make_physiotherapist(name="Petra Physio")
    ClinicSettings.objects.create(name="Knee House")
    beat(NOW)
    made = Cast(
        patient=make_patient(name="Anna Knee", email="anna@example.org", lead_physiotherapist=physiotherapist),
        other=make_patient(
            name="Canaryname Otto", email="canarymail@example.org", lead_physiotherapist=physiotherapist
        ),
        physiotherapist=physiotherapist,
        staff=make_user(name="Steve Staff", is_staff=True),
        others={
            "manager": make_manager(),
            "auditor": make_auditor(),
            "technical": User.objects.create_superuser("host@example.org", name="Hal Host"),
            "reader": _make_reader(),
        },
        canaries=(
            "Canaryname",
            "canarymail",
            "canarynote",
            "canarystop",
            "canaryreason",
            "canarywish",
            "canarymessage",
            "canaryanswer",
            "canarywords",
            "canarypush",
        ),
    )
    for patient, note in ((made.patient, "own"), (made.other, "canary")):
        made.ids[patient.pk] = record_everything(patient, physiotherapist, note)
    return made


def _make_reader() -> User:
    """Make somebody who may see everything that there is a permission to see, and do nothing."""
    reader = make_user(name="Rob Reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return reader


def record_everything(patient: Patient, by: User, word: str) -> dict[str, Any]:
    """Give a patient a row of every kind, whose texts hold a word. Return the ids, by how addresses call them."""
    prescription = make_prescription(patient=patient, now=EARLIER, by=by, note=f"{word}note")
    PrescriptionPause.objects.create(prescription=prescription, from_on="2026-12-24", to_on="2026-12-26")
    finished = make_finished_session(patient=patient, now=a_moment("2026-11-23 08:00"))
    services.correct(
        session=finished,
        changes=[services.Change("effort", value=4)],
        reason=f"{word}reason",
        by=by,
        now=a_moment("2026-11-23 09:00"),
    )
    stopped = make_ready_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    services.stop_session(session=stopped, reason="other", note=f"{word}stop", now=a_moment("2026-11-24 08:01"))
    flagged = make_session(patient=patient, now=a_moment("2026-11-24 18:00"))
    services.answer_safety(session=flagged, is_safe=False, now=a_moment("2026-11-24 18:00"))
    running = make_ready_session(patient=patient, now=NOW)
    row = sets_of(running)[0]
    rep = do_reps(exercise_set=row, now=NOW, numbers=[1, 2])[0]
    services.record_rep(exercise_set=row, claim=a_claim(number=1, outcome="skipped"), now=NOW)
    make_message(patient=patient, body=f"{word}message", now=NOW)
    make_message(patient=patient, by=by, body=f"{word}answer", now=NOW)
    asked = make_request(patient=patient, now=NOW, message=f"{word}wish")
    asked_for = account_services.ask_about_data(
        patient=patient, request_id=uuid4(), kind="restrict", words=f"{word}words", now=NOW
    )
    make_calendar(patient, now=NOW)
    said = Subscription(**Browser(f"https://fcm.googleapis.com/fcm/send/{word}push").said)
    pushed = switch_push_on(patient, said, log_in=None, browser=("Firefox", "Android"), now=NOW)
    moments = {"due_at": EARLIER, "next_try_at": EARLIER, "settled_at": EARLIER}
    Reminder.objects.create(
        patient=patient, kind="first", local_date="2026-11-20", slot="morning", state="sent", **moments
    )
    assert patient.user is not None
    return {
        "data_request_id": asked_for.pk,
        "push_id": pushed.pk,
        "accounts_datarequest": asked_for.pk,
        "accounts_accesslog": AccessLog.objects.create(actor=by, patient_id=patient.pk, view="patient").pk,
        "patient_id": patient.pk,
        "session_id": running.pk,
        "finished_id": finished.pk,
        "set_id": row.pk,
        "rep_id": rep.pk,
        "request_id": asked.pk,
        "mfa_authenticator": make_passkey(user=patient.user, name=word).pk,
        "accounts_patient": patient.pk,
        "accounts_user": patient.user.pk,
        "exercises_prescription": prescription.pk,
        "progress_exercisesession": running.pk,
        "progress_painrating": PainRating.objects.of(patient).latest("pk").pk,
        "report_id": RedFlagReport.objects.get(patient=patient).pk,
        "progress_alert": make_alert(patient=patient, now=NOW).pk,
        "progress_stagerequest": asked.pk,
        "progress_ruleset": RuleSet.objects.of_clinic()[0].pk,
        "progress_redflagreport": RedFlagReport.objects.get(patient=patient).pk,
        "invitation_id": make_invitation(patient=patient, by=by, now=NOW)[0].pk,
    }


# Whose a row is, as a lookup from its model; a model that is not here belongs to nobody, and nobody changes it.
OWNERS: dict[type[Model], str] = {
    Patient: "pk",
    Invitation: "patient",
    Consent: "patient",
    DataRequest: "patient",
    Prescription: "patient",
    PrescriptionPause: "prescription__patient",
    ExerciseSession: "patient",
    ExerciseSet: "exercise_session__patient",
    Rep: "exercise_set__exercise_session__patient",
    RepConflict: "rep__exercise_set__exercise_session__patient",
    PainRating: "patient",
    RedFlagReport: "patient",
    Correction: "exercise_session__patient",
    Message: "patient",
    MorningCheck: "patient",
    Alert: "patient",
    AlertEvidence: "alert__patient",
    RedFlagSign: "report__patient",
    WeeklyCheck: "patient",
    ReadinessEvaluation: "patient",
    ReadinessCriterion: "evaluation__patient",
    StageRequest: "patient",
    User: "patient",
    Reminder: "patient",
    CalendarFeed: "patient",
    PushDevice: "patient",
}
# History follows the rows it tells of; messages of allauth about one's own address.
FOLLOWS = {
    "PatientEvent",
    "UserEvent",
    "InvitationEvent",
    "DataRequestEvent",
    "ExerciseSessionEvent",
    "ExerciseSetEvent",
    "PainRatingEvent",
    "RepEvent",
    "MessageEvent",
    "MorningCheckEvent",
    "AlertEvent",
    "RedFlagReportEvent",
    "RedFlagSignEvent",
    "RepConflictEvent",
    "WeeklyCheckEvent",
    "StageRequestEvent",
}


def rows_not_of(patient: Patient | None) -> dict[str, Any]:
    """Return every row that does not belong to a patient, as values."""
    owned = {model._meta.db_table for model in OWNERS}
    others = {
        model._meta.label: sorted(
            (model._base_manager.exclude(**{lookup: patient.pk}) if patient else model._base_manager).values_list(),
            key=repr,
        )
        for model, lookup in OWNERS.items()
    }
    following = {f"{app}_{name.lower()}" for app in ("accounts", "progress", "account") for name in FOLLOWS}
    nobodys = {name: rows for name, rows in all_rows().items() if name not in owned and name not in following}
    return others | nobodys


def patterns(
    resolver: URLResolver | None = None, prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Return name, route and view of every pattern. One without a name is called by the end of its route."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or pattern.pattern}", route, pattern.callback


VIEWS = {route: view for _name, route, view in patterns()}
PATTERNS = [(name, route) for name, route, _view in patterns()]
# Parts of routes that hold no id.
PLAIN = {
    "<slug:key>": "vmo-1",
    "<str:token>": "not-a-token",
    "<slug:stage_key>": "vmo-1",
    "<str:moment>": "before",
    "<str:side>": "right",
    "<str:day>": "2026-11-22",
    "<str:slot>": "evening",
    "<str:about>": "right",
    "<str:reason>": "stopped",
    r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-x-y/",
    "(?P<url>.*)$": "nothing-here/",
}
# The names of the apps stand in it in the order in which they were registered.
APP_LIST = re.compile(r"\^\(\?P<app_label>[\w|]+\)/\$")
PART = re.compile(r"<(?:\w+:)?(\w+)>")


def url_of(_name: str, route: str, ids: dict[str, Any]) -> str:
    """Return the address of one of PATTERNS for a person's rows; an id that nobody has stands for what is missing."""
    for part, value in PLAIN.items():
        route = route.replace(part, value)
    route = APP_LIST.sub("accounts/", route)
    model = "_".join(route.split("/")[1:3]) if route.startswith("admin/") else ""
    if model == "auth_group":
        ids = {model: Group.objects.get(name="Physiotherapists").pk} | ids
    own = {"object_id": ids.get(model, 1), "pk": ids.get(model, 1), "id": ids.get(model, 1)}
    return "/" + PART.sub(lambda found: str((own | ids)[found.group(1)]), route)


def browser_of(cast: Cast, role: str) -> Client:
    """Return a new browser of somebody."""
    if role == "anonymous":
        return Client()
    return client_of(user_of(cast, role))


def user_of(cast: Cast, role: str) -> User:
    """Return who has a role."""
    patients = {"patient": cast.patient.user} if cast.patient.user else {}
    own = {"physiotherapist": cast.physiotherapist, "staff": cast.staff, "nobody": cast.staff}
    return (own | patients | cast.others)[role]


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
    last = ("privacy:withdraw", "logout")
    for name, route in sorted(PATTERNS, key=lambda pattern: [word in pattern[0] for word in reversed(last)]):
        yield name, route, getattr(browser, method)(url_of(name, route, ids), data if method == "post" else {})
        if name == "privacy:withdraw":
            # Whoever asks for everything once more is to be let in again.
            Patient.objects.filter(stopped_why=Stopped.WITHDRAWN).update(stopped_at=None, stopped_why="")
        if "logout" in name and role != "anonymous" and method == "post":
            browser.cookies = browser_of(cast, role).cookies


def attack(cast: Cast) -> dict[str, str]:
    """Return good values for every form at once, with the ids of the other patient wherever one might be taken."""
    other = {name: str(value) for name, value in cast.ids[cast.other.pk].items()}
    return {
        **{name: other[name] for name in ("session_id", "set_id", "rep_id", "request_id", "data_request_id")},
        "sheet_id": str(uuid4()),
        "patient": str(cast.other.pk),
        "user": other["accounts_user"],
        "id": other["accounts_patient"],
        "answer": "clear",
        "kind": "erase",
        "words": "taken over",
        "value": "9",
        "reason": "pain",
        "note": "taken over",
        "felt": "no",
        "number": "3",
        "outcome": "skipped",
        "method": "manual",
        "effort": "9",
        "depth": "1",
        "origin": "memory",
        "reps_1": "5",
        "before_right": "3",
        "worst_right": "4",
        "swelling": "marked",
        "reps": "fewest",
        "signs": "calf",
        "monday": "2026-11-16",
        "week_worst_right": "9",
        "stage_key": "vmo-2",
        "message": "taken over",
        "message_id": str(uuid4()),
        "body": "taken over",
        "email": "taken.over@example.org",
        "agrees": "on",
        "way": "code",
        "code": "AAAA-AAAA",
        "invitation_id": str(uuid4()),
        **Browser("https://fcm.googleapis.com/fcm/send/taken-over").said,
        "newest": str(Message.objects.of(cast.other).latest("sent_at").pk),
        "time_zone": "Asia/Tokyo",
        "name": "taken over",
        "is_staff": "on",
        "is_superuser": "on",
    }
