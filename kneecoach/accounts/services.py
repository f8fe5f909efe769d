"""What happens to people, one verb each."""

from datetime import datetime

from django.db import transaction

from kneecoach.accounts.models import Patient, User


def confirm_vmo_found(patient: Patient, *, now: datetime) -> Patient:
    """Write down that the muscle was felt. The first time counts; again changes nothing."""
    Patient.objects.filter(pk=patient.pk, vmo_found_at=None).update(vmo_found_at=now)
    patient.refresh_from_db(fields=["vmo_found_at"])
    return patient


def open_account(patient: Patient, *, email: str) -> User:
    """Give a patient an account without a password: the first log-in is by e-mailed code.

    A patient who has one keeps it. Raises IntegrityError for an address that is taken.
    """
    with transaction.atomic():
        locked = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        if locked.user is not None:
            return locked.user
        user = User.objects.create_user(email, name=patient.name)
        locked.user = user
        locked.save(update_fields=["user"])
        patient.user = user
        return user
