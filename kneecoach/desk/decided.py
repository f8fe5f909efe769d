"""What was decided about a patient: by whom, when and why, the newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from exercises.access import in_readers_language
from exercises.models import Decision, Eligibility
from exercises.telling import stages_of, told
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


def load_decided(patient: Patient) -> list[Decided]:
    """Return the newest decisions, at most thirty. Six queries.

    Those about prescriptions, answers to requests, alerts that were resolved, warning signs that were cleared, limits
    that were set. Where alerts are switched off they are left out.
    """
    made = Decision.objects.of(patient).select_related("prescription__stage", "ended__stage", "decided_by")
    decisions = list(made.order_by("-decided_at")[:MOST])
    answered = StageRequest.objects.of(patient).answered().select_related("stage", "decided_by")
    answers = list(answered.order_by("-decided_at")[:MOST])
    in_readers_language(row.stage for row in answers)
    in_readers_language(stage for row in decisions for stage in stages_of(row))
    cleared = RedFlagReport.objects.filter(patient=patient).exclude(cleared_at=None).select_related("cleared_by")
    found = [
        *(_decision(row) for row in decisions),
        *(_confirmed(row) for row in Eligibility.objects.filter(patient=patient).select_related("confirmed_by")),
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


def _decision(row: Decision) -> Decided:
    href = reverse("admin:exercises_prescription_change", args=[row.prescription_id])
    why = " · ".join(text for text in (row.why, row.prescription.override_reason, told(row).note) if text)
    return Decided(row.decided_at, told(row).text, str(row.decided_by), why, href)


def _confirmed(row: Eligibility) -> Decided:
    agreed = _("Agreed by %(guardian)s, parent or guardian") % {"guardian": row.guardian_name}
    why = agreed if row.guardian_name else ""
    what = _("Confirmed what has to hold before the first stage (version %(version)s)") % {"version": row.version}
    return Decided(row.confirmed_at, what, str(row.confirmed_by), why)


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
