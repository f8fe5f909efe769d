"""What a phone takes along for when there is no network: every screen that may still come, and the facts so far."""

import json
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.models import ClinicSettings
from kneecoach.http import PatientRequest
from progress.access import session_of
from progress.advice import load_advice
from progress.facts import SessionState, load_state
from progress.forms import StopForm
from progress.plans import load_stages, plan_session, steps_to_come
from progress.rules.steps import SessionFacts, StepKind
from progress.views.steps import TEMPLATES, beginning, set_context, step_context

# Without the server nothing can be summed up, and nothing is recorded yet.
OFFLINE_TEMPLATES = TEMPLATES | {StepKind.DONE: "progress/steps/_done_offline.html"}


@require_safe
@patient_required
def next_session(request: PatientRequest) -> HttpResponse:
    """Answer with the session that could be started without a network; 204 where there is none. Writes nothing."""
    state = plan_session(patient=request.patient, now=timezone.now())
    if state is None:
        return HttpResponse(status=204)
    sets = [{"id": str(row.pk), "prescription": row.prescription_id, "side": row.side} for row in state.sets]
    return _answer(request, state, opening={"session_id": str(state.session.pk), "sets": sets})


@require_safe
@patient_required
def rest_of_session(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Answer with what is still to come of a session; 204 where it is over."""
    state = load_state(session_of(request.patient, session_id), timezone.now())
    if state.step.kind in {StepKind.DONE, StepKind.RED_FLAG, StepKind.LEFT_OPEN}:
        return HttpResponse(status=204)
    load_stages(state.sets)
    return _answer(request, state)


def _answer(request: PatientRequest, state: SessionState, opening: dict[str, object] | None = None) -> HttpResponse:
    context = {
        "patient": request.patient,
        "exercise_session": state.session,
        "facts": json.dumps(facts_for_phone(state.facts)),
        "opening": json.dumps(opening) if opening else "",
        "screens": _screens(state),
    }
    return render(request, "progress/plan.html", context)


def _screens(state: SessionState) -> list[tuple[str, str, str]]:
    """Return kind, what it is about (a knee, a set or nothing) and HTML of every screen to come."""
    told = load_advice(state.session.patient, timezone.now())
    of_sets = {row.pk: set_context(state, row) | beginning(state, row, told) for row in state.sets}
    screens: list[tuple[str, str, str]] = []
    for step in steps_to_come(state.facts):
        own: dict[str, object] = {}
        if step.set_id:
            own = of_sets[step.set_id]
        elif step.kind is not StepKind.DONE:
            own = step_context(state, step)
        if state.facts.missed_sets:
            # The phone has no screen for a set whose repetitions were all done.
            own = own | {"may_resume": False}
        # No token in each form: the outbox brings its own. So many random characters would be half of the answer.
        shared = {"exercise_session": state.session, "is_fresh": True, "is_offline": True, "csrf_token": ""}
        html = render_to_string(OFFLINE_TEMPLATES[step.kind], own | shared)
        screens.append((step.kind.value, step.side or str(step.set_id or ""), html))
    # Who stopped because it hurts is told whom to call.
    hurt = {"clinic": ClinicSettings.load()}
    screens.append((StepKind.DONE.value, "pain", render_to_string(OFFLINE_TEMPLATES[StepKind.DONE], hurt)))
    stop = {"exercise_session": state.session, "form": StopForm(), "csrf_token": ""}
    screens.append(("stop", "", render_to_string("progress/steps/_stop.html", stop)))
    return screens


def facts_for_phone(facts: SessionFacts) -> dict[str, object]:
    """Return the facts as static/kneecoach/js/session-steps.js takes them."""
    return {
        "isSafe": facts.is_safe,
        "isStopped": facts.is_stopped,
        "isEnded": facts.is_ended or facts.is_left_open,
        "painLimit": facts.pain_limit,
        "overLimit": sorted(facts.over_limit),
        "isOverridden": facts.is_overridden,
        "sides": list(facts.sides),
        "ratedBefore": sorted(facts.rated_before),
        "ratedWorst": sorted(facts.rated_worst),
        "sets": [
            {
                "id": str(row.id),
                "isStarted": row.is_started,
                "isFinished": row.is_finished,
                "target": row.reps_target,
                "choices": [row.reps_min, row.reps_prescribed],
                "numbers": list(row.numbers),
                "isFelt": row.is_felt_answered,
                "isDeep": row.is_depth_answered,
            }
            for row in facts.sets
        ],
    }
