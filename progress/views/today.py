"""Today: two slots, and one thing to do."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exercises.access import in_readers_language, load_news
from exercises.models import Prescription
from exercises.telling import told
from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress.advice import load_advice
from progress.asking import load_asking, load_week
from progress.conversation import unread_answer_of
from progress.facts import load_span, moment_of
from progress.flags import load_flags
from progress.requesting import answer_of
from progress.rules.slots import DayView, SlotState, SlotView, day_view
from progress.views.checks import asking_context

STARTABLE = (SlotState.OPEN, SlotState.DUE)


@require_safe
@patient_required
def today(request: PatientRequest) -> HttpResponse:
    """Show the slots of the patient's own day."""
    return render_today(request)


def render_today(request: PatientRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    """Render Today, with a sentence about what could not be done."""
    now = timezone.now()
    moment = moment_of(request.patient, now)
    span = load_span(request.patient, moment.local_date, moment.local_date, now)
    day = day_view(moment.local_date, moment, span.prescription_facts, span.session_facts)
    running = {fact.id for fact in span.prescription_facts if fact.covers(moment.local_date)}
    prescriptions = [row for row in span.prescriptions if row.pk in running]
    asking = load_asking(request.patient, now)
    week = load_week(request.patient, now)
    context = {
        **asking_context(asking.question, asking.morning),
        "told": load_advice(request.patient, now),
        "flags": load_flags(request.patient, now),
        "week": week if week and week.check is None else None,
        "patient": request.patient,
        "moment": moment,
        "day": day,
        "sessions": {row.pk: row for row in span.sessions},
        "prescriptions": prescriptions,
        "next_slot": next_slot(day),
        "needs_muscle": request.patient.vmo_found_at is None,
        "upcoming": _upcoming(request, prescriptions),
        "session_id": uuid.uuid4(),
        "stage_answer": answer_of(request.patient),
        "news": [(row, told(row)) for row in load_news(request.patient, now)],
        "unread_answer": unread_answer_of(request.patient),
        "error": error,
    }
    return render(request, "progress/today.html", context, status=status)


def next_slot(day: DayView) -> SlotView | None:
    """Return the slot that the one button of the screen is for: what runs, else what is due."""
    views = [*day.slots, *day.extras]
    running = [view for view in views if view.session is not None and view.session.is_open]
    return next(iter(running), None) or next((view for view in day.slots if view.state in STARTABLE), None)


def _upcoming(request: PatientRequest, prescriptions: list[Prescription]) -> Prescription | None:
    """Return the next prescription that starts later, where nothing runs today."""
    if prescriptions:
        return None
    found = Prescription.objects.of(request.patient).active().select_related("stage").order_by("starts_on").first()
    in_readers_language([found.stage] if found else [])
    return found
