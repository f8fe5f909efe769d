"""The session that would come next, made of nothing but memory: what a phone takes along where there is no network."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import prefetch_related_objects

from kneecoach.accounts.models import Patient
from progress.facts import SessionState, load_span, moment_of, pain_limit_of, set_facts, sides_of
from progress.models import ExerciseSession, ExerciseSet
from progress.rules.days import PLANNED_SLOTS, Slot, is_slot_over
from progress.rules.steps import SessionFacts, Step, StepKind, next_step
from progress.services import for_slot, sets_for


def plan_session(*, patient: Patient, now: datetime) -> SessionState | None:
    """Return the session of the next free slot of today, with ids of its own; None where nothing can be started.

    Nothing is written. What the phone has really started comes back as progress.services.opening.Opening.
    """
    if patient.vmo_found_at is None:
        return None
    moment = moment_of(patient, now)
    day = moment.local_date
    span = load_span(patient, day, day, now)
    taken = {row.slot for row in span.sessions}
    free = (slot for slot in PLANNED_SLOTS if slot not in taken and not is_slot_over(slot, day, moment))
    prescriptions = for_slot(span, next(free, Slot.EXTRA), moment)
    if not prescriptions:
        return None
    session = ExerciseSession(id=uuid.uuid4(), patient=patient, local_date=day, time_zone=patient.zone_now)
    sets = tuple(sets_for(session, prescriptions))
    load_stages(sets)
    facts = SessionFacts(
        is_left_open=False,
        is_safe=None,
        is_stopped=False,
        sides=sides_of(sets),
        rated_before=frozenset(),
        rated_worst=frozenset(),
        sets=tuple(set_facts(row, ()) for row in sets),
        pain_limit=pain_limit_of(session),
    )
    return SessionState(session, sets, (), facts, next_step(facts))


def load_stages(sets: Sequence[ExerciseSet]) -> None:
    """Load what the screens of all sets need of their stages, however many there are."""
    prefetch_related_objects(sets, "stage__phases", "stage__tips")


def steps_to_come(facts: SessionFacts) -> list[Step]:
    """Return every screen that the rest of a session may still show, in order."""
    open_sets = [row for row in facts.sets if row.has_reps_left]
    unfelt = [row for row in facts.sets if not row.is_felt_answered]
    return [
        *([Step(StepKind.SAFETY)] if facts.is_safe is None else []),
        # A warning sign can be reported from every question about pain.
        Step(StepKind.RED_FLAG),
        *(Step(StepKind.PAIN_BEFORE, side=side) for side in facts.sides if side not in facts.rated_before),
        *([Step(StepKind.OVER_LIMIT)] if facts.pain_limit is not None and not facts.is_overridden else []),
        *(Step(StepKind.GET_READY, set_id=row.id) for row in open_sets if not row.is_started),
        *(Step(StepKind.REPS, set_id=row.id) for row in open_sets),
        *(Step(StepKind.PAIN_WORST, side=side) for side in facts.sides if side not in facts.rated_worst),
        *(Step(StepKind.FELT_MUSCLE, set_id=row.id) for row in unfelt),
        *(Step(StepKind.DEPTH, set_id=row.id) for row in facts.sets if not row.is_depth_answered),
        Step(StepKind.DONE),
    ]
