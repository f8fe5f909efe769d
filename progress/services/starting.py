"""Starting a session, or finding the one that runs."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from exercises.models import Prescription
from kneecoach.accounts.models import Patient, Side
from kneecoach.accounts.services import note_zone
from progress.facts import Span, is_session_live, load_span, moment_of
from progress.models import ExerciseSession, ExerciseSet
from progress.rules.days import PLANNED_SLOTS, LocalMoment, Slot, pick_slot
from progress.rules.slots import due_in
from progress.services.counting import keep_long_stay


def start_session(*, patient: Patient, session_id: UUID, now: datetime, device_zone: str = "") -> ExerciseSession:
    """Start today's session, or return the one that this id or the same sitting has already started.

    `device_zone` is the zone that the phone says it is in; the session's day and slot follow it.
    Raises ExerciseSession.DoesNotExist for an id that belongs to somebody else, ValidationError where nothing is
    prescribed today or the muscle has not been found yet.
    """
    with transaction.atomic():
        # The patient's row is the lock: two taps at once start one session.
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = ExerciseSession.objects.filter(pk=session_id).first()
        if standing:
            if standing.patient_id != patient.pk:
                raise ExerciseSession.DoesNotExist
            return standing
        running = open_session(patient=patient, now=now)
        if running:
            return running
        if patient.vmo_found_at is None:
            raise ValidationError(_("Find the muscle first. It takes two minutes."))
        if device_zone:
            note_zone(patient, zone=device_zone, now=now)
        session = _create_session(patient, session_id, now)
        keep_long_stay(patient=patient, now=now)
        return session


def open_session(*, patient: Patient, now: datetime) -> ExerciseSession | None:
    """Return the session that this patient is in the middle of, or None. One query."""
    unfinished = ExerciseSession.objects.of(patient).unfinished().order_by("-started_at")[:5]
    return next((row for row in unfinished if is_session_live(row, now)), None)


def _create_session(patient: Patient, session_id: UUID, now: datetime) -> ExerciseSession:
    moment = moment_of(patient, now)
    span = load_span(patient, moment.local_date, moment.local_date, now)
    taken = {Slot(row.slot): row.started_at for row in span.sessions if row.slot != Slot.EXTRA}
    slot = pick_slot(moment, taken, now)
    prescriptions = for_slot(span, slot, moment)
    if not prescriptions:
        raise ValidationError(_("Nothing is prescribed for today."))
    session = ExerciseSession.objects.create(
        id=session_id,
        patient=patient,
        local_date=moment.local_date,
        time_zone=patient.zone_now,
        utc_offset_minutes=moment.utc_offset_minutes,
        slot=slot,
        started_at=now,
    )
    ExerciseSet.objects.bulk_create(sets_for(session, prescriptions))
    return session


def for_slot(span: Span, slot: Slot, moment: LocalMoment) -> list[Prescription]:
    """Return what is due in the slot; where nothing is, whatever runs today (an extra session)."""
    day = moment.local_date
    due: Iterable[int] = ()
    if slot in PLANNED_SLOTS:
        due = due_in(slot, day, span.prescription_facts, span.session_facts)
    ids = set(due) or {fact.id for fact in span.prescription_facts if fact.covers(day)}
    return [row for row in span.prescriptions if row.pk in ids]


def sets_for(session: ExerciseSession, prescriptions: Iterable[Prescription]) -> list[ExerciseSet]:
    """Return the sets of a session, not saved: one for each prescription and leg, with the targets of now."""
    wanted = [
        (row, side)
        for row in prescriptions
        # Both knees in a one-legged stage are two sets, one after the other.
        for side in ((Side.LEFT, Side.RIGHT) if row.stage.is_one_legged and row.side == Side.BOTH else (row.side,))
    ]
    return [
        ExerciseSet(
            exercise_session=session,
            order=order,
            prescription=row,
            stage=row.stage,
            side=side,
            reps_min=row.reps_min,
            reps_max=row.reps_max,
            reps_target=row.reps_target,
            hold_target_ms=row.hold_target_seconds * 1000,
            depth_target=row.depth,
            depth_pain_limit=row.depth_pain_limit,
        )
        for order, (row, side) in enumerate(wanted, start=1)
    ]
