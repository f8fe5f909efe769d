"""How the next step of a session is put on the screen: one context, one template for each step."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from exercises.models import Depth
from exercises.rules import rep_seconds
from kneecoach.accounts.models import ClinicSettings, Side
from kneecoach.http import PatientRequest
from progress.advice import Told, load_advice
from progress.facts import SessionState, is_session_live, load_state, set_facts
from progress.forms import SIGN_CHOICES
from progress.history import rule_set_of
from progress.models import EFFORT_HIGHEST, EFFORT_LOWEST, ExerciseSession, ExerciseSet, PainRating, RedFlagReport, Rep
from progress.rules.steps import Step, StepKind
from progress.services import RepRow, SessionClosed, note_of, standing_reps

TEMPLATES = {
    StepKind.SAFETY: "progress/steps/_safety.html",
    StepKind.PAIN_BEFORE: "progress/steps/_pain.html",
    StepKind.OVER_LIMIT: "progress/steps/_over_limit.html",
    StepKind.GET_READY: "progress/steps/_get_ready.html",
    StepKind.REPS: "progress/steps/_reps.html",
    StepKind.PAIN_WORST: "progress/steps/_pain.html",
    StepKind.FELT_MUSCLE: "progress/steps/_felt_muscle.html",
    StepKind.DEPTH: "progress/steps/_depth.html",
    StepKind.DONE: "progress/steps/_done.html",
    StepKind.RED_FLAG: "progress/steps/_red_flag.html",
    StepKind.LEFT_OPEN: "progress/steps/_left_open.html",
}
# The parts of a session as its header counts them; getting ready belongs to the exercise.
PARTS = {
    StepKind.SAFETY: 1,
    StepKind.PAIN_BEFORE: 2,
    StepKind.OVER_LIMIT: 2,
    StepKind.GET_READY: 3,
    StepKind.REPS: 3,
    StepKind.PAIN_WORST: 4,
    StepKind.FELT_MUSCLE: 5,
    StepKind.DEPTH: 5,
}
# Between two sets, or two sides; a default of ours. The patient may go on at once, or wait.
REST_SECONDS = 30
MOMENTS = {StepKind.PAIN_BEFORE: PainRating.Moment.BEFORE, StepKind.PAIN_WORST: PainRating.Moment.WORST}


def answer_with_step(
    request: PatientRequest,
    session: ExerciseSession,
    *,
    step: Step | None = None,
    form: Form | None = None,
    status: int = 200,
    now: datetime | None = None,
) -> HttpResponse:
    """Show the session's next step: as a fragment to htmx, as a page otherwise.

    After a good POST without htmx the browser is sent to the session's page, so that a reload repeats nothing. A
    `form` with errors, or a `step` asked for by hand, is shown in place.
    """
    if request.method == "POST" and status == 200 and not request.htmx:
        return redirect("progress:session", session_id=session.pk)
    state = load_state(session, now or timezone.now())
    context = {"patient": request.patient, **step_context(state, step or state.step, form)}
    context["is_fresh"] = request.method == "POST"
    return render(request, "progress/_step.html" if request.htmx else "progress/session.html", context, status=status)


def carry_out(request: PatientRequest, session: ExerciseSession, act: Callable[[], object]) -> HttpResponse:
    """Do something to a session, by calling a service, and show what follows. One whose day is over says so, 409."""
    try:
        act()
    except SessionClosed:
        return answer_with_step(request, session, status=409)
    session.refresh_from_db()
    return answer_with_step(request, session)


def step_context(state: SessionState, step: Step, form: Form | None = None) -> dict[str, object]:
    """Return what the template of a step needs."""
    context: dict[str, object] = {
        "exercise_session": state.session,
        "step": step,
        "step_template": TEMPLATES[step.kind],
        "step_number": PARTS.get(step.kind),
        "step_total": max(PARTS.values()),
        "form": form,
        "may_resume": state.may_resume(timezone.now()),
        "missed": _missed(state),
    }
    current_set = next((row for row in state.sets if row.pk == step.set_id), None)
    if step.kind is StepKind.SAFETY:
        # The first pain is asked for on the same screen: the list takes no tap of its own on a normal day.
        context |= _pain_context(state, Step(StepKind.PAIN_BEFORE, side=state.facts.sides[0]))
    elif step.kind in MOMENTS:
        context |= _pain_context(state, step)
    elif step.kind in {StepKind.DONE, StepKind.LEFT_OPEN}:
        context |= {"summary": _summary(state), "ratings": state.ratings, "too_deep": too_deep(state)}
        context["may_tell"] = is_session_live(state.session, timezone.now())
        context["note"] = note_of(state.session)
        context["effort_scale"] = range(EFFORT_LOWEST, EFFORT_HIGHEST + 1)
        context["told"] = load_advice(state.session.patient, timezone.now())
    elif current_set:
        context |= set_context(state, current_set)
    if step.kind is StepKind.GET_READY and current_set:
        context |= beginning(state, current_set, load_advice(state.session.patient, timezone.now()))
    if step.kind is StepKind.RED_FLAG:
        report = RedFlagReport.objects.filter(exercise_session=state.session).prefetch_related("signs").first()
        context |= {"report": report, "sign_choices": SIGN_CHOICES}
    if step.kind is StepKind.OVER_LIMIT:
        context["rule_set"] = rule_set_of(state.session.patient)
    if step.kind in {StepKind.OVER_LIMIT, StepKind.RED_FLAG, StepKind.DONE, *MOMENTS}:
        context["clinic"] = ClinicSettings.load()
    return context


def _pain_context(state: SessionState, step: Step) -> dict[str, object]:
    moment = MOMENTS[step.kind]
    return {
        "moment": moment,
        "side": Side(step.side),
        "pain_url": reverse("progress:session-pain", args=(state.session.pk, moment.value, step.side)),
        # Said on the next screen, with a way back: a thumb can slip.
        "given_before": [row for row in state.ratings if row.moment == moment and row.side != step.side],
    }


def beginning(state: SessionState, current: ExerciseSet, told: Told | None) -> dict[str, object]:
    """Return how a set begins: by itself once the exercise is known, and after a rest where another set went before.

    Where the fewest repetitions are offered it waits for the choice.
    """
    offers_minimum = told is not None and told.offers_minimum and current.reps_min < current.reps_target
    is_first = current.order == min(row.order for row in state.sets)
    return {
        "offers_minimum": offers_minimum,
        "begins_itself": (current.is_minimum or not offers_minimum)
        and Rep.objects.standing()
        .filter(exercise_set__exercise_session__patient=state.session.patient_id)
        .filter(exercise_set__prescription__stage_key=current.stage.key)
        .exists(),
        "rest_seconds": None if is_first else REST_SECONDS,
    }


def too_deep(state: SessionState) -> list[ExerciseSet]:
    """Return the squats in which the pain rose above what was set as the most at their depth."""
    worst = [row.value for row in state.ratings if row.moment == PainRating.Moment.WORST and row.value is not None]
    return [
        row for row in state.sets if row.depth_pain_limit is not None and max(worst, default=0) > row.depth_pain_limit
    ]


def _missed(state: SessionState) -> list[tuple[ExerciseSet, int]]:
    """Return the sets in which too few were held for what was missed, and how many were."""
    held = {row.id: row.held for row in state.facts.sets}
    return [(row, held[row.pk]) for row in state.sets if row.pk in state.facts.missed_sets]


def _summary(state: SessionState) -> list[tuple[ExerciseSet, int]]:
    done = Rep.objects.standing().filter(exercise_set__in=[row.pk for row in state.sets], outcome=Rep.Outcome.OK)
    set_ids = list(done.values_list("exercise_set_id", flat=True))
    return [(row, set_ids.count(row.pk)) for row in state.sets]


def set_context(state: SessionState, current: ExerciseSet) -> dict[str, object]:
    """Return what the screens of one set need."""
    phases = tuple(current.stage.phases.all())
    hold_seconds = current.hold_target_ms // 1000
    return {
        "stage": current.stage,
        "phases": phases,
        "hold_seconds": hold_seconds,
        "depths": Depth.choices,
        "shallower": [choice for choice in Depth.choices if choice[0] <= (current.depth_target or 0)],
        "rep_seconds": round(rep_seconds([phase.timed for phase in phases], hold_seconds)),
        # Minted here for the form without JavaScript; the clock mints its own.
        "rep_url": reverse("progress:rep", args=(current.pk, uuid.uuid4())),
        **rep_count_context(current, standing_reps(current)),
    }


@dataclass(frozen=True)
class Mark:
    """One repetition as the counter shows it."""

    state: str
    rep_id: uuid.UUID | None = None


def rep_count_context(current: ExerciseSet, standing: Iterable[RepRow]) -> dict[str, object]:
    """Return what the counter of repetitions needs, from a set with its session and the repetitions that count."""
    by_number = {row.number: row for row in standing}
    facts = set_facts(current, [(row.number, row.outcome) for row in by_number.values()])
    marks = [
        Mark(by_number[number].outcome, by_number[number].id) if number in by_number else Mark("todo")
        for number in range(1, current.reps_to_do + 1)
    ]
    if facts.has_reps_left:
        marks[facts.next_number - 1] = Mark("now")
    return {
        "current_set": current,
        "marks": marks,
        "number": facts.next_number,
        "last_rep": max(by_number.values(), key=lambda row: (row.done_at, row.number), default=None),
        "is_set_over": not facts.has_reps_left or bool(current.exercise_session.stop_reason),
        "may_finish": facts.held >= current.reps_min,
    }
