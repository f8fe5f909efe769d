"""The cast, and with it whatever else has texts: a minor to whom everything was answered, a draft, a translation.

`pages` are those of their pages that no table of addresses leads to, by role.
"""

from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from exercises import editing
from exercises import services as exercise_services
from exercises.models import Prescription, Programme, ProgrammeTranslation, ProgrammeVersion
from kneecoach.accounts import services as account_services
from kneecoach.accounts.models import Consent, Patient, User
from kneecoach.reminders.models import JobRun
from kneecoach.reminders.services import Subscription, switch_push_on
from progress import services
from tests.cast import NOW, Cast, make_cast, user_of
from tests.factories import (
    a_moment,
    make_alert,
    make_message,
    make_patient,
    make_prescription,
    make_red_flag,
    make_request,
)
from tests.factors import make_passkey
from tests.fixtures import client_of
from tests.pseudo import LANGUAGE, programme_texts
from tests.push_service import Browser

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


@dataclass
class Everything:
    """The cast, and what came to it."""

    cast: Cast
    minor: Patient
    pages: dict[str, list[str]] = field(default_factory=dict)

    def user_of(self, role: str) -> User | None:
        """Return who has a role; nobody where it is not to be logged in."""
        if role == "anonymous":
            return None
        return self.minor.user if role == "minor" else user_of(self.cast, role)


def make_everything() -> Everything:
    """Make it, with the clock at NOW."""
    cast = make_cast()
    by = cast.physiotherapist
    minor = make_patient(
        name="Mia Minor", email="mia@example.org", birth_date=date(2011, 5, 17), lead_physiotherapist=by
    )
    made = Everything(cast, minor)
    desk = [reverse("admin:accounts_patient_change", args=[minor.pk])]
    desk += [reverse(f"admin:accounts_patient_{name}", args=[minor.pk]) for name in ("audit", "visit", "paper")]
    desk += _decide_everything(minor, by) + _edit_programme()
    made.pages = {"minor": _pages_of(minor), "physiotherapist": desk, "technical": desk}
    _log_in_elsewhere(minor)
    _log_in_elsewhere(cast.patient)
    Group.objects.create(name="Made by somebody")
    about = {"content_type": ContentType.objects.get_for_model(Patient), "object_id": str(minor.pk)}
    LogEntry.objects.create(user=by, action_flag=CHANGE, object_repr="Mia", change_message="Changed.", **about)
    JobRun.objects.create(name="a job", started_at=NOW, ended_at=NOW, error="ValueError")
    return made


def _decide_everything(patient: Patient, by: User) -> list[str]:
    """Give a patient a row of everything that was settled. Return the pages of those rows."""
    earlier = a_moment("2026-11-23 08:00")
    Consent.objects.create(patient=patient, version=1, agreed_at=earlier, guardian_name="Gerda Guardian")
    make_prescription(patient=patient, now=earlier, by=by, note="read it")
    Prescription.objects.filter(patient=patient).update(override_reason="allowed")
    report = make_red_flag(patient=patient, now=earlier)
    services.clear_red_flag(report=report, note="a strain", by=by, now=earlier)
    alert = make_alert(patient=patient, now=earlier)
    services.resolve_alert(alert=alert, resolution="talked about", by=by, now=earlier)
    asked = make_request(patient=patient, now=earlier)
    services.answer_request(request=asked, status="declined", note="not yet", by=by, now=earlier)
    wish = account_services.ask_about_data(
        patient=patient, request_id=uuid4(), kind="erase", words="all of it", now=earlier
    )
    account_services.answer_data_request(request=wish, status="declined", answer="kept", by=by, now=earlier)
    make_message(patient=patient, by=by, now=earlier)
    prescription = Prescription.objects.of(patient).get()
    signed = exercise_services.Signed(decision_id=uuid4(), by=by, now=NOW, today=NOW.date(), why="tired", note="rest")
    exercise_services.pause_prescriptions(prescriptions=[prescription], from_on=NOW.date(), to_on=None, signed=signed)
    rows = {
        "exercises_prescription": prescription.pk,
        "progress_redflagreport": report.pk,
        "progress_alert": alert.pk,
        "progress_stagerequest": asked.pk,
        "accounts_datarequest": wish.pk,
    }
    return [reverse(f"admin:{name}_change", args=[pk]) for name, pk in rows.items()] + [
        reverse("admin:accounts_patient_history", args=[patient.pk])
    ]


def _edit_programme() -> list[str]:
    """Translate what is published and begin a draft of it. Return the pages of the draft."""
    for version in ProgrammeVersion.objects.published():
        for path, _text in programme_texts(version):
            ProgrammeTranslation.objects.create(version=version, language_code=LANGUAGE, path=path, text="translated")
    editing.new_programme(key="other", title="Other")
    draft = editing.new_version(programme=Programme.objects.get(key="kneecap"))
    pages = ("change", "publish", "people", "preview")
    first = draft.stages.order_by("number")[0]
    return [
        *(reverse(f"admin:exercises_programmeversion_{name}", args=[draft.pk]) for name in pages),
        reverse("admin:exercises_programmeversion_preview_stage", args=[draft.pk, first.key]),
        reverse("admin:exercises_stage_change", args=[first.pk]),
        f"{reverse('admin:exercises_stage_add')}?version={draft.pk}",
    ]


def _log_in_elsewhere(patient: Patient) -> None:
    """Log a patient in with one more browser, which has a passkey and is reminded."""
    assert patient.user
    client_of(patient.user).get("/", headers={"user-agent": FIREFOX})
    make_passkey(user=patient.user, name="Laptop")
    said = Subscription(**Browser(f"https://fcm.googleapis.com/fcm/send/{patient.pk}").said)
    switch_push_on(patient, said, log_in=None, browser=("Firefox", "Linux"), now=NOW)


def _pages_of(patient: Patient) -> list[str]:
    """Return the pages of the minor, who reads the translation."""
    names = [
        "progress:today",
        "progress:overview",
        "progress:messages",
        "accounts:devices",
        "accounts:me",
        "privacy:data",
    ]
    names += ["reminders:choices", "exercises:learn", "progress:readiness"]
    return [
        *(reverse(name) for name in names),
        reverse("progress:day", args=["2026-11-23"]),
        *(reverse(name, args=["vmo-1"]) for name in ("exercises:stage", "progress:practise")),
    ]
