"""What was decided about a patient: by whom, when and why, the newest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from exercises.access import in_readers_language
from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.models import Alert, RedFlagReport, RuleSet, StageRequest
from progress.switches import alerts_are_on

MOST = 30


@dataclass(frozen=True)
class Decided:
    """One decision. `why` is what was written with it, empty where nothing was."""

    at: datetime
    what: str
    by: str
    why: str = ""
    href: str = ""


def load_decided(patient: Patient, prescriptions: Iterable[Prescription]) -> list[Decided]:
    """Return the newest decisions, at most thirty. Four queries; `prescriptions` are all of the patient.

    Prescribing and ending, answers to requests, alerts that were resolved, warning signs that were cleared, limits that
    were set. Where alerts are switched off they are left out.
    """
    answered = StageRequest.objects.of(patient).answered().select_related("stage", "decided_by")
    answers = list(answered.order_by("-decided_at")[:MOST])
    in_readers_language(row.stage for row in answers)
    cleared = RedFlagReport.objects.filter(patient=patient).exclude(cleared_at=None).select_related("cleared_by")
    found = [
        *(row for prescription in prescriptions for row in _of_prescription(prescription)),
        *(_answer(row) for row in answers),
        *(_cleared(row) for row in cleared.order_by("-cleared_at")[:MOST]),
        *(_resolved(row) for row in _alerts(patient)),
        *(_rules(row) for row in RuleSet.objects.filter(patient=patient).select_related("made_by")[:MOST]),
    ]
    return sorted(found, key=lambda row: row.at, reverse=True)[:MOST]


def _alerts(patient: Patient) -> Iterable[Alert]:
    if not alerts_are_on():
        return ()
    # One about a warning sign was resolved with the sign.
    rows = Alert.objects.filter(patient=patient).exclude(resolved_at=None).exclude(kind=Alert.Kind.RED_FLAG)
    return rows.select_related("resolved_by").order_by("-resolved_at")[:MOST]


def _of_prescription(row: Prescription) -> Iterator[Decided]:
    href = reverse("admin:exercises_prescription_change", args=[row.pk])
    told = {"stage": row.stage, "reps": row.reps_target, "hold": row.hold_target_seconds, "times": row.sessions_per_day}
    what = _("%(stage)s prescribed: %(reps)s × %(hold)s s, %(times)s a day") % told
    yield Decided(row.prescribed_at, what, str(row.prescribed_by), row.override_reason or row.note, href)
    # A new dose says itself what it replaces.
    if row.ended_at and row.end_reason != Prescription.EndReason.SUPERSEDED:
        what = _("%(stage)s: %(why)s") % {"stage": row.stage, "why": row.get_end_reason_display()}
        yield Decided(row.ended_at, what, str(row.ended_by), "", href)


def _answer(row: Any) -> Decided:
    what = _("Request for %(stage)s: %(answer)s") % {"stage": row.stage, "answer": row.get_status_display()}
    href = reverse("admin:progress_stagerequest_change", args=[row.pk])
    return Decided(row.decided_at, what, str(row.decided_by), row.decision_note, href)


def _cleared(row: Any) -> Decided:
    href = reverse("admin:progress_redflagreport_change", args=[row.pk])
    return Decided(row.cleared_at, _("Warning sign cleared"), str(row.cleared_by), row.clear_note, href)


def _resolved(row: Any) -> Decided:
    what = _("Alert resolved: %(kind)s") % {"kind": row.get_kind_display()}
    href = reverse("admin:progress_alert_change", args=[row.pk])
    return Decided(row.resolved_at, what, str(row.resolved_by), row.resolution, href)


def _rules(row: RuleSet) -> Decided:
    what = _("Limits and criteria set: %(preset)s") % {"preset": row.get_preset_display()}
    href = reverse("admin:progress_ruleset_change", args=[row.pk])
    return Decided(row.made_at, what, str(row.made_by or ""), "", href)
