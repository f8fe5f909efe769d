"""A session that a phone has started by itself, without a network: made here when the first word of it arrives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from kneecoach.accounts.rules import shows_same_clock, zone_names
from progress.facts import moment_of
from progress.models import ExerciseSession, ExerciseSet, Slot
from progress.rules.days import Slot as SlotName
from progress.rules.days import local_moment, pick_slot
from progress.rules.reps import read_clock
from progress.services.starting import sets_for

# What is older is taken to be this old: a week is how far back anything may be entered.
OLDEST = timedelta(days=7)
# A phone shows a plan that it has seen within the last day.
PLAN_HOLDS = timedelta(days=1)


@dataclass(frozen=True)
class OpenedSet:
    """One set as the phone has begun it, under an id of its own."""

    id: UUID
    prescription_id: int
    side: str


@dataclass(frozen=True)
class Opening:
    """What every message of such a session carries, so that whichever arrives first can make the session."""

    session_id: UUID
    started_at: datetime
    sets: tuple[OpenedSet, ...]
    # The IANA zone of the phone, as it says.
    zone: str = ""


def ensure_session(*, patient: Patient, opening: Opening, now: datetime) -> ExerciseSession:
    """Make the session that a phone has started, unless it is there. It is never refused for being the second one.

    Raises ExerciseSession.DoesNotExist for an id that is taken elsewhere, ValidationError for what was never
    prescribed to this patient or has ended longer ago than a phone may be without a network.
    """
    with transaction.atomic():
        # The patient's row is the lock: two messages at once make one session.
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = ExerciseSession.objects.filter(pk=opening.session_id).first()
        if standing:
            if standing.patient_id != patient.pk:
                raise ExerciseSession.DoesNotExist
            return standing
        if ExerciseSet.objects.filter(pk__in=[row.id for row in opening.sets]).exists():
            raise ExerciseSession.DoesNotExist
        prescriptions = _prescriptions(patient, opening, now)
        session = _new_session(patient, opening, _believed_start(opening, prescriptions, now))
        sets = _new_sets(session, opening, prescriptions)
        session.save(force_insert=True)
        ExerciseSet.objects.bulk_create(sets)
        return session


def _prescriptions(patient: Patient, opening: Opening, now: datetime) -> list[Prescription]:
    earliest = moment_of(patient, now - OLDEST - PLAN_HOLDS).local_date
    wanted = {row.prescription_id for row in opening.sets}
    rows = Prescription.objects.of(patient).filter(pk__in=wanted).select_related("stage")
    found = [row for row in rows if row.ended_on is None or row.ended_on >= earliest]
    if len(found) != len(wanted):
        raise ValidationError(_("This exercise is not part of your plan any more."))
    return found


def _new_sets(session: ExerciseSession, opening: Opening, prescriptions: list[Prescription]) -> list[ExerciseSet]:
    possible = {(row.prescription_id, row.side): row for row in sets_for(session, prescriptions)}
    try:
        sets = [possible.pop((row.prescription_id, row.side)) for row in opening.sets]
    except KeyError:
        raise ValidationError(_("This exercise is not prescribed for that leg.")) from None
    for order, (row, opened) in enumerate(zip(sets, opening.sets, strict=True), start=1):
        row.pk, row.order = opened.id, order
    return sets


def _believed_start(opening: Opening, prescriptions: list[Prescription], now: datetime) -> datetime:
    """Return when the session began: not before its newest prescription, not in the future, at most a week ago."""
    earliest = max(now - OLDEST, *(row.prescribed_at for row in prescriptions))
    return read_clock(claimed=opening.started_at, started_at=earliest, received_at=now).done_at


def _new_session(patient: Patient, opening: Opening, started_at: datetime) -> ExerciseSession:
    # Where the phone was then, for this session alone: it may arrive days later, when the patient is home again.
    zone = opening.zone if opening.zone in zone_names() else patient.zone_now
    if shows_same_clock(zone, patient.time_zone, started_at):
        zone = patient.time_zone
    moment = local_moment(started_at, zone)
    todays = ExerciseSession.objects.of(patient).filter(local_date=moment.local_date).exclude(slot=Slot.EXTRA)
    taken = {SlotName(row.slot): row.started_at for row in todays}
    return ExerciseSession(
        id=opening.session_id,
        patient=patient,
        local_date=moment.local_date,
        time_zone=zone,
        utc_offset_minutes=moment.utc_offset_minutes,
        slot=pick_slot(moment, taken, started_at),
        started_at=started_at,
    )
