"""What happens to people."""

from datetime import datetime, time

from django.db import transaction

from kneecoach.accounts.models import Patient, User, validate_zone
from kneecoach.accounts.rules import shows_same_clock, zone_names


def confirm_vmo_found(patient: Patient, *, now: datetime) -> Patient:
    """Write down that the muscle was felt. The first time counts; again changes nothing."""
    Patient.objects.filter(pk=patient.pk, vmo_found_at=None).update(vmo_found_at=now)
    patient.refresh_from_db(fields=["vmo_found_at"])
    return patient


def note_zone(patient: Patient, *, zone: str, now: datetime) -> None:
    """Remember the zone of a device in which a session starts: the patient's days are counted there until the next.

    A zone that is not known, or whose clock shows the same as the patient's own, is the patient's own.
    """
    if zone not in zone_names() or shows_same_clock(zone, patient.time_zone, now):
        zone = ""
    if patient.travel_zone != zone:
        Patient.objects.filter(pk=patient.pk).update(travel_zone=zone)
        patient.travel_zone = zone


def set_zone(patient: Patient, *, zone: str) -> Patient:
    """Make a zone the patient's own, wherever the last session was. Raises ValidationError for one that is not known."""
    validate_zone(zone)
    Patient.objects.filter(pk=patient.pk).update(time_zone=zone, travel_zone="", declined_zone="")
    patient.refresh_from_db(fields=["time_zone", "travel_zone", "declined_zone"])
    return patient


def set_day(patient: Patient, *, zone: str, morning: time | None, evening: time | None) -> Patient:
    """Keep where a patient lives, and at which times of day they usually exercise: None where none is named.

    Slots do not depend on the times. Raises as `set_zone` does; IntegrityError for a morning outside 04:00 to 13:59, and
    for an evening before 14:00.
    """
    with transaction.atomic():
        set_zone(patient, zone=zone)
        Patient.objects.filter(pk=patient.pk).update(morning_time=morning, evening_time=evening)
    patient.refresh_from_db(fields=["morning_time", "evening_time"])
    return patient


def set_reminders(patient: Patient, *, by_mail: bool, repeats: bool, now: datetime) -> Patient:
    """Keep whether reminders are mailed, since when they were asked for, and whether each is repeated once."""
    asked = Patient.objects.filter(pk=patient.pk)
    if by_mail:
        asked.filter(mail_reminders_at=None).update(mail_reminders_at=now)
    else:
        asked.exclude(mail_reminders_at=None).update(mail_reminders_at=None)
    asked.exclude(repeats_reminders=repeats).update(repeats_reminders=repeats)
    patient.refresh_from_db(fields=["mail_reminders_at", "repeats_reminders"])
    return patient


def keep_zone(patient: Patient) -> Patient:
    """Keep the patient's own zone while they travel: nobody asks about this other zone again."""
    Patient.objects.filter(pk=patient.pk).update(declined_zone=patient.travel_zone)
    patient.refresh_from_db(fields=["declined_zone"])
    return patient


def open_account(patient: Patient, *, email: str | None, user_id: int | None = None) -> User:
    """Give a patient an account without a password; without e-mail another way to log in has to follow.

    `user_id` is one that was set aside before (a passkey is made for it). A patient who has an account keeps it.
    Raises IntegrityError for an address that is taken.
    """
    with transaction.atomic():
        locked = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        if locked.user is not None:
            return locked.user
        user = User.objects.create_user(email, id=user_id, name=patient.name)
        locked.user = user
        locked.save(update_fields=["user"])
        patient.user = user
        return user
