"""Warning signs: reported from a session or outside one, and named if the patient wants to."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient
from progress.facts import moment_of
from progress.models import ExerciseSession, RedFlagReport, RedFlagSign
from progress.rules.red_flags import CARD_VERSION
from progress.services.alerting import alert_warning_sign
from progress.services.locking import end_of, lock_patient, lock_session
from progress.services.starting import open_session


def answer_safety(*, session: ExerciseSession, is_safe: bool, now: datetime) -> None:
    """Write down the answer to the warning signs. A yes to any of them ends the session; it is not taken back."""
    with transaction.atomic():
        session = lock_session(session, now)
        if session.is_safe is False:
            return
        session.is_safe = is_safe
        if not is_safe:
            _report(session.patient, session.local_date, session, now)
            session.stop_reason = ExerciseSession.StopReason.RED_FLAG
            session.ended_at = session.ended_at or end_of(session, now)
        session.save(update_fields=["is_safe", "stop_reason", "ended_at"])


def report_warning_sign(*, patient: Patient, now: datetime) -> RedFlagReport:
    """Write down that at least one warning sign is true. Told again on the same day it is told once, until it is cleared.

    A session that runs ends with it.
    """
    running = open_session(patient=patient, now=now)
    if running:
        answer_safety(session=running, is_safe=False, now=now)
        return RedFlagReport.objects.get(exercise_session=running)
    with transaction.atomic():
        lock_patient(patient)
        today = moment_of(patient, now).local_date
        standing = RedFlagReport.objects.filter(patient=patient, local_date=today).open().first()
        return standing or _report(patient, today, None, now)


def name_signs(*, report: RedFlagReport, codes: Iterable[str]) -> None:
    """Add which signs they were. What was said before stays. Raises ValidationError once the report is cleared."""
    with transaction.atomic():
        report = RedFlagReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
        if report.cleared_at is not None:
            raise ValidationError(_("Your physiotherapist has looked at this already."))
        RedFlagSign.objects.bulk_create(
            [RedFlagSign(report=report, code=code) for code in codes], ignore_conflicts=True
        )


def _report(patient: Patient, day: date, session: ExerciseSession | None, now: datetime) -> RedFlagReport:
    report = RedFlagReport.objects.create(
        patient=patient, exercise_session=session, local_date=day, answered_at=now, card_version=CARD_VERSION
    )
    alert_warning_sign(report=report, now=now)
    return report
