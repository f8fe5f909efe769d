"""Today: two slots, and one thing to do."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exercises.telling import told
from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress.rules.slots import DayView, SlotState, SlotView
from progress.today import load_today
from progress.views.checks import asking_context

STARTABLE = (SlotState.OPEN, SlotState.DUE)


@require_safe
@patient_required
def today(request: PatientRequest) -> HttpResponse:
    """Show the slots of the patient's own day."""
    return render_today(request)


def render_today(request: PatientRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    """Render Today, with a sentence about what could not be done."""
    shown = load_today(request.patient, timezone.now())
    context = {
        **asking_context(shown.asking.question, shown.asking.morning),
        "patient": request.patient,
        "moment": shown.moment,
        "day": shown.day,
        "reps": shown.reps,
        "prescriptions": shown.prescriptions,
        "upcoming": shown.upcoming,
        "next_slot": next_slot(shown.day),
        "needs_muscle": request.patient.vmo_found_at is None,
        "session_id": uuid.uuid4(),
        "asks_about_week": shown.asks_about_week,
        "told": shown.told,
        "flags": shown.flags,
        "news": [(row, told(row)) for row in shown.news],
        "stage_answer": shown.stage_answer,
        "unread_answer": shown.unread_answer,
        "error": error,
    }
    return render(request, "progress/today.html", context, status=status)


def next_slot(day: DayView) -> SlotView | None:
    """Return the slot that the one button of the screen is for: what runs, else what is due."""
    views = [*day.slots, *day.extras]
    running = [view for view in views if view.session is not None and view.session.is_open]
    return next(iter(running), None) or next((view for view in day.slots if view.state in STARTABLE), None)
