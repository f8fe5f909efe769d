"""A physiotherapist has looked: alerts are seen and resolved, warning signs are cleared. With who and when."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient, User
from progress.models import Alert, RedFlagReport
from progress.services.counting import keep_long_stay


def see_alert(*, alert: Alert, by: User, now: datetime) -> None:
    """Write down that somebody has looked at an open alert. Seen again changes nothing."""
    Alert.objects.open().filter(pk=alert.pk, seen_at=None).update(seen_by=by, seen_at=now)


def resolve_alert(*, alert: Alert, resolution: str, by: User, now: datetime) -> Alert:
    """Close an alert, with how. Closed again it stays as it is.

    Raises ValidationError without a word of how, and for a warning sign: that is cleared where it was reported.
    """
    with transaction.atomic():
        row = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
        if row.resolved_at:
            return row
        if row.kind == Alert.Kind.RED_FLAG and RedFlagReport.objects.filter(patient=row.patient_id).open().exists():
            raise ValidationError(_("Clear the warning sign itself: that closes this alert as well."))
        _resolve(row, resolution, by, now)
        keep_long_stay(patient=row.patient, now=now, again=True)
        return row


def clear_red_flag(*, report: RedFlagReport, note: str, by: User, now: datetime) -> RedFlagReport:
    """Clear a warning sign, with a note that the patient reads on Today: reminders go on. Again changes nothing.

    With the last one that was open, the alert about warning signs is resolved. Raises ValidationError without a note.
    """
    note = note.strip()
    if not note:
        raise ValidationError({"note": _("Say in a sentence what was found: the patient reads it.")})
    with transaction.atomic():
        # The patient's row is the lock, as where a sign is reported.
        patient = Patient.objects.select_for_update(of=("self",)).get(pk=report.patient_id)
        row = RedFlagReport.objects.get(pk=report.pk)
        if row.cleared_at:
            return row
        row.cleared_by, row.cleared_at, row.clear_note = by, now, note
        row.save(update_fields=["cleared_by", "cleared_at", "clear_note"])
        if not RedFlagReport.objects.filter(patient=patient).open().exists():
            for alert in Alert.objects.open().filter(patient=patient, kind=Alert.Kind.RED_FLAG):
                _resolve(alert, note, by, now)
            keep_long_stay(patient=patient, now=now, again=True)
        return row


def _resolve(alert: Alert, resolution: str, by: User, now: datetime) -> Alert:
    if not resolution.strip():
        raise ValidationError({"resolution": _("Say in a few words how it was resolved.")})
    if alert.seen_at is None:
        alert.seen_by, alert.seen_at = by, now
    alert.resolution, alert.resolved_by, alert.resolved_at = resolution.strip(), by, now
    alert.save(update_fields=["seen_by", "seen_at", "resolution", "resolved_by", "resolved_at"])
    return alert
