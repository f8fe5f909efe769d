"""Who is to be reminded now: the rules asked about every patient who wants it, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from kneecoach.accounts.models import ClinicSettings, Patient, PatientQuerySet
from kneecoach.reminders.models import PushDevice, Reminder
from kneecoach.reminders.push import is_offered
from kneecoach.reminders.rules import Planned, QuietHours, Wish, due_at
from progress.reminding import resting, slots_waiting

Key = tuple[UUID, str, date, str, int | None]


@dataclass(frozen=True)
class Due:
    """One message that is to be sent: to whom, which, and to which of their browsers; None is by mail."""

    patient: Patient
    device: PushDevice | None
    planned: Planned

    @property
    def key(self) -> Key:
        """Return what there is one reminder of."""
        planned, device = self.planned, self.device
        return self.patient.pk, planned.kind, planned.day, planned.slot, device.pk if device else None


def quiet_hours() -> QuietHours:
    """Return the clinic's quiet hours. One query."""
    clinic = ClinicSettings.load()
    return QuietHours(clinic.quiet_from, clinic.quiet_until)


def wish_of(patient: Patient, device: PushDevice | None = None) -> Wish:
    """Return what a patient wants, as the rules take it: by mail, or in one of their browsers."""
    return Wish(
        zone=patient.zone_now,
        morning=patient.morning_time,
        evening=patient.evening_time,
        repeats=patient.repeats_reminders,
        since=device.made_at if device else patient.mail_reminders_at,
    )


def reachable() -> PatientQuerySet:
    """Return the patients who have named a time, and may be reminded of it."""
    has_time = ~Q(morning_time=None) | ~Q(evening_time=None)
    return Patient.objects.filter(has_time, stopped_at=None, user__is_active=True).order_by()


def wishing() -> PatientQuerySet:
    """Return those who asked for reminders by e-mail, and can get one."""
    return reachable().filter(mail_reminders_at__isnull=False, user__email__isnull=False)


def listening() -> "QuerySet[PushDevice]":
    """Return the browsers that those want reminders in, each with its patient."""
    return PushDevice.objects.filter(patient__in=reachable()).select_related("patient").order_by()


def plan(now: datetime) -> int:
    """Write down the reminders that are due, each once whoever asks, and return how many are new.

    Three queries (two where nothing can be pushed), twelve more where somebody has to be reminded, however many they are.
    Who has done it, and whose reminders rest, is asked again when it is sent.
    """
    everybody = [(patient, None) for patient in wishing()]
    browsers = [(device.patient, device) for device in listening()] if is_offered() else []
    in_time = _due([*everybody, *browsers], now)
    known = _known(in_time)
    new = wanted([due for due in in_time if due.key not in known], now)
    made = Reminder.objects.bulk_create(
        [
            Reminder(
                patient=due.patient,
                device=due.device,
                kind=due.planned.kind,
                local_date=due.planned.day,
                slot=due.planned.slot,
                due_at=due.planned.at,
                next_try_at=due.planned.at,
                settled_at=now,
            )
            for due in new
        ],
        # Another worker may have written the same at this moment.
        ignore_conflicts=True,
    )
    return len(made)


def still_due(reminder: Reminder, now: datetime) -> Due | None:
    """Return what is to be sent, where a reminder is to go out at this very moment. Twelve queries at most."""
    to: list[tuple[Patient, PushDevice | None]] = []
    if reminder.device_id is None:
        to += [(patient, None) for patient in wishing().filter(pk=reminder.patient_id)]
    elif is_offered():
        to += [(device.patient, device) for device in listening().filter(pk=reminder.device_id)]
    asked = (reminder.kind, reminder.local_date, reminder.slot)
    found = [due for due in _due(to, now) if (due.planned.kind, due.planned.day, due.planned.slot) == asked]
    return next(iter(wanted(found, now)), None)


def wanted(found: Sequence[Due], now: datetime) -> list[Due]:
    """Return those whose slot waits for its first session, of patients whose reminders do not rest. Ten queries."""
    waiting = slots_waiting(_patients(found), now)
    found = [due for due in found if due.planned.slot in waiting[due.patient.pk]]
    rest = resting(_patients(found), now) if found else {}
    return [due for due in found if due.patient.pk not in rest]


def _due(to: Sequence[tuple[Patient, PushDevice | None]], now: datetime) -> list[Due]:
    """Return what the clock and the quiet hours say. One query."""
    quiet = quiet_hours()
    return [
        Due(patient, device, planned)
        for patient, device in to
        for planned in due_at(now, wish_of(patient, device), quiet)
    ]


def _known(found: Sequence[Due]) -> set[Key]:
    if not found:
        return set()
    days = {due.planned.day for due in found}
    rows = Reminder.objects.filter(local_date__in=days, patient__in={due.patient.pk for due in found})
    return set(rows.order_by().values_list("patient_id", "kind", "local_date", "slot", "device_id"))


def _patients(found: Sequence[Due]) -> list[Patient]:
    return list({due.patient.pk: due.patient for due in found}.values())
