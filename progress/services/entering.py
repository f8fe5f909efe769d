"""A session that was done without the page, entered afterwards: marked so for ever, and never given an hour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient, User
from progress.facts import Span, load_span, moment_of
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep
from progress.rules.days import Slot, local_moment
from progress.rules.later import DAYS_BACK, HOUR_OF, PAPER_DAYS_BACK, EnterableSlot, enterable_slots
from progress.services.alerting import refresh_alerts
from progress.services.counting import keep_long_stay
from progress.services.messaging import write_session_note
from progress.services.starting import sets_for


@dataclass(frozen=True)
class LaterSet:
    """What was done of one prescription and leg: repetitions held, and what is remembered of them."""

    prescription_id: int
    side: str
    reps: int
    felt: str = ""
    depth: int | None = None


@dataclass(frozen=True)
class LaterEntry:
    """A session as it is told afterwards. `pain` holds a number or None (not known) by moment and knee."""

    session_id: UUID
    day: date
    slot: Slot
    is_from_paper: bool
    sets: tuple[LaterSet, ...]
    pain: Mapping[tuple[str, str], int | None]
    effort: int | None = None
    note: str = ""


def load_enterable(
    *, patient: Patient, now: datetime, is_from_paper: bool = False
) -> tuple[Span, tuple[EnterableSlot, ...]]:
    """Return the slots that can still be entered, with the rows they are about. Five queries.

    From memory those of seven days, from paper those of four weeks.
    """
    moment = moment_of(patient, now)
    days_back = PAPER_DAYS_BACK if is_from_paper else DAYS_BACK
    span = load_span(patient, moment.local_date - timedelta(days=days_back), moment.local_date, now)
    return span, enterable_slots(moment, span.prescription_facts, span.session_facts, days_back=days_back)


def sets_to_enter(span: Span, slot: EnterableSlot, patient: Patient) -> list[ExerciseSet]:
    """Return the sets that the slot asked for, not saved."""
    session = ExerciseSession(patient=patient, local_date=slot.day, slot=slot.slot)
    return sets_for(session, [row for row in span.prescriptions if row.pk in slot.prescription_ids])


def enter_session(*, patient: Patient, entry: LaterEntry, now: datetime, by: User | None = None) -> ExerciseSession:
    """Write a session down as it is told, by whoever types it. The same id again changes nothing.

    Raises ExerciseSession.DoesNotExist for an id of somebody else, ValidationError for a slot that is taken by now,
    lies too far back (seven days, four weeks from paper), has not begun or asked for nothing.
    """
    with transaction.atomic():
        # The patient's row is the lock: two taps at once enter one session.
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = ExerciseSession.objects.filter(pk=entry.session_id).first()
        if standing:
            if standing.patient_id != patient.pk:
                raise ExerciseSession.DoesNotExist
            return standing
        span, slots = load_enterable(patient=patient, now=now, is_from_paper=entry.is_from_paper)
        slot = next((row for row in slots if (row.day, row.slot) == (entry.day, entry.slot)), None)
        if slot is None:
            raise ValidationError(_("This session cannot be entered any more. Perhaps it is recorded already."))
        session = write_entry(patient, entry, sets_to_enter(span, slot, patient), by=by, now=now)
        refresh_alerts(patient=patient, now=now)
        keep_long_stay(patient=patient, now=now)
        return session


def write_entry(
    patient: Patient, entry: LaterEntry, rows: Iterable[ExerciseSet], *, by: User | None, now: datetime
) -> ExerciseSession:
    """Write down a session whose slot is known to be free, with the sets that the slot asked for."""
    session = _save_session(patient, entry, by, now)
    write_session_note(session=session, body=entry.note.strip(), now=now)
    for row in rows:
        _save_set(session, row, entry, now)
    PainRating.objects.bulk_create(_ratings(session, entry, now))
    return session


def _save_session(patient: Patient, entry: LaterEntry, by: User | None, now: datetime) -> ExerciseSession:
    wall = datetime.combine(entry.day, HOUR_OF[entry.slot], ZoneInfo(patient.zone_now))
    stands_for = min(wall.astimezone(UTC), now)
    origin = ExerciseSession.Entry.PAPER if entry.is_from_paper else ExerciseSession.Entry.LATER
    return ExerciseSession.objects.create(
        id=entry.session_id,
        patient=patient,
        local_date=entry.day,
        time_zone=patient.zone_now,
        utc_offset_minutes=local_moment(stands_for, patient.zone_now).utc_offset_minutes,
        slot=entry.slot,
        started_at=stands_for,
        ended_at=stands_for,
        entry=origin,
        entered_at=now,
        entered_by=by,
        effort=entry.effort,
    )


def _save_set(session: ExerciseSession, row: ExerciseSet, entry: LaterEntry, now: datetime) -> None:
    told = next((one for one in entry.sets if (one.prescription_id, one.side) == (row.prescription_id, row.side)), None)
    row.exercise_session = session
    if told and told.reps:
        row.started_at = row.finished_at = session.started_at
        row.felt_muscle, row.depth = told.felt, told.depth
    row.save()
    Rep.objects.bulk_create(
        Rep(
            # Nobody has minted one: it follows from what it is.
            id=uuid5(session.pk, f"{row.order}/{number}"),
            exercise_set=row,
            number=number,
            outcome=Rep.Outcome.OK,
            method=Rep.Method.MANUAL,
            done_at=session.started_at,
            received_at=now,
        )
        for number in range(1, (told.reps if told else 0) + 1)
    )


def _ratings(session: ExerciseSession, entry: LaterEntry, now: datetime) -> list[PainRating]:
    return [
        PainRating(
            patient_id=session.patient_id,
            exercise_session=session,
            local_date=session.local_date,
            moment=moment,
            side=side,
            status=PainRating.Status.SKIPPED if value is None else PainRating.Status.ANSWERED,
            value=value,
            rated_at=now,
        )
        for (moment, side), value in entry.pain.items()
    ]
