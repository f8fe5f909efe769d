"""Who is to be reminded now: the rules asked about every patient who wants it, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from kneecoach.accounts.models import ClinicSettings, Patient, PatientQuerySet
from kneecoach.reminders.models import Reminder
from kneecoach.reminders.rules import Planned, QuietHours, Wish, due_at
from progress.reminding import resting, slots_waiting

Pair = tuple[Patient, Planned]


def quiet_hours() -> QuietHours:
    """Return the clinic's quiet hours. One query."""
    clinic = ClinicSettings.load()
    return QuietHours(clinic.quiet_from, clinic.quiet_until)


def wish_of(patient: Patient) -> Wish:
    """Return what a patient wants, as the rules take it."""
    return Wish(
        zone=patient.zone_now,
        morning=patient.morning_time,
        evening=patient.evening_time,
        repeats=patient.repeats_reminders,
        since=patient.mail_reminders_at,
    )


def wishing() -> PatientQuerySet:
    """Return the patients who asked for reminders by e-mail, and can get one."""
    return Patient.objects.filter(
        ~Q(morning_time=None) | ~Q(evening_time=None),
        mail_reminders_at__isnull=False,
        stopped_at=None,
        user__is_active=True,
        user__email__isnull=False,
    ).order_by()


def plan(now: datetime) -> int:
    """Write down the reminders that are due, each once whoever asks, and return how many are new.

    Two queries, fourteen where somebody has to be reminded, however many they are. Who has done it, and whose reminders
    rest, is asked again when it is sent.
    """
    quiet = quiet_hours()
    in_time = [(patient, planned) for patient in wishing() for planned in due_at(now, wish_of(patient), quiet)]
    known = _known(in_time)
    new = wanted([pair for pair in in_time if key_of(*pair) not in known], now)
    made = Reminder.objects.bulk_create(
        [
            Reminder(
                patient=patient,
                kind=planned.kind,
                local_date=planned.day,
                slot=planned.slot,
                due_at=planned.at,
                next_try_at=planned.at,
                settled_at=now,
            )
            for patient, planned in new
        ],
        # Another worker may have written the same at this moment.
        ignore_conflicts=True,
    )
    return len(made)


def is_still_wanted(reminder: Reminder, now: datetime) -> bool:
    """Tell whether a reminder is to go out at this very moment. Twelve queries at most."""
    patient = wishing().filter(pk=reminder.patient_id).first()
    if patient is None:
        return False
    asked = (reminder.kind, reminder.local_date, reminder.slot)
    pairs = [
        (patient, planned)
        for planned in due_at(now, wish_of(patient), quiet_hours())
        if (planned.kind, planned.day, planned.slot) == asked
    ]
    return bool(wanted(pairs, now))


def wanted(pairs: Sequence[Pair], now: datetime) -> list[Pair]:
    """Return those whose slot waits for its first session, of patients whose reminders do not rest. Ten queries."""
    waiting = slots_waiting(_patients(pairs), now)
    pairs = [(patient, planned) for patient, planned in pairs if planned.slot in waiting[patient.pk]]
    rest = resting(_patients(pairs), now) if pairs else {}
    return [(patient, planned) for patient, planned in pairs if patient.pk not in rest]


def key_of(patient: Patient, planned: Planned) -> tuple[UUID, str, object, str]:
    """Return what there is one reminder of."""
    return patient.pk, planned.kind, planned.day, planned.slot


def _known(pairs: Sequence[Pair]) -> set[tuple[UUID, str, object, str]]:
    if not pairs:
        return set()
    days = {planned.day for _patient, planned in pairs}
    rows = Reminder.objects.filter(local_date__in=days, patient__in=[patient.pk for patient, _planned in pairs])
    return set(rows.order_by().values_list("patient_id", "kind", "local_date", "slot"))


def _patients(pairs: Iterable[Pair]) -> list[Patient]:
    return list({patient.pk: patient for patient, _planned in pairs}.values())
