"""What is confirmed before the first stage."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from exercises.eligibility import VERSION
from exercises.models import Eligibility
from kneecoach.accounts.models import Patient, User


def confirm_eligibility(
    *, patient: Patient, today: date, by: User, now: datetime, guardian_name: str = ""
) -> Eligibility:
    """Write down that everything in exercises.eligibility holds. Confirmed again changes nothing.

    `today` is the patient's own day. Raises ValidationError for a patient under 18 without the name of the parent or
    guardian who agreed.
    """
    is_minor = patient.is_minor(today)
    name = guardian_name.strip() if is_minor else ""
    if is_minor and not name:
        raise ValidationError({"guardian_name": _("Under 18: write who agreed, a parent or guardian.")})
    with transaction.atomic():
        # The patient's row is the lock: two forms at once are one confirmation.
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = Eligibility.objects.filter(patient=patient).first()
        return standing or Eligibility.objects.create(
            patient=patient, version=VERSION, is_minor=is_minor, guardian_name=name, confirmed_by=by, confirmed_at=now
        )


def is_confirmed(patient: Patient) -> bool:
    """Tell whether somebody has confirmed it. One query."""
    return Eligibility.objects.filter(patient=patient).exists()
