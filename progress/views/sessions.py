"""The guided session, question by question. Each view loads, checks, calls one service and shows the next step."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress import services
from progress.access import session_of
from progress.facts import load_state
from progress.forms import EffortForm, PainForm, SafetyForm, StartForm, StopForm
from progress.models import ExerciseSession, PainRating
from progress.rules.steps import Step, StepKind
from progress.views.opening import answered_at, opens_session
from progress.views.steps import answer_with_step, carry_out
from progress.views.today import render_today

STEP_OF_MOMENT = {PainRating.Moment.BEFORE: StepKind.PAIN_BEFORE, PainRating.Moment.WORST: StepKind.PAIN_WORST}


@require_POST
@patient_required
def start(request: PatientRequest) -> HttpResponse:
    """Start today's session, or go on with the one that runs."""
    form = StartForm(request.POST)
    if not form.is_valid():
        return render_today(request, error=_("That did not work. Please press the button again."), status=422)
    try:
        session = services.start_session(
            patient=request.patient,
            session_id=form.cleaned_data["session_id"],
            now=timezone.now(),
            device_zone=form.cleaned_data["zone"],
        )
    except ExerciseSession.DoesNotExist:
        raise Http404 from None
    except ValidationError as error:
        return render_today(request, error=error.messages[0], status=422)
    return redirect("progress:session", session_id=session.pk)


@require_safe
@patient_required
def session(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Show where the session stands."""
    return answer_with_step(request, session_of(request.patient, session_id))


@require_POST
@patient_required
@opens_session
def safety(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Take the answer to the warning signs."""
    exercise_session = session_of(request.patient, session_id)
    form = SafetyForm(request.POST)
    if not form.is_valid():
        return answer_with_step(request, exercise_session, step=Step(StepKind.SAFETY), form=form, status=422)
    is_safe = form.cleaned_data["answer"] == SafetyForm.CLEAR
    act = partial(
        services.answer_safety, session=exercise_session, is_safe=is_safe, now=answered_at(request, exercise_session)
    )
    return carry_out(request, exercise_session, act)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
@opens_session
def pain(request: PatientRequest, session_id: UUID, moment: str, side: str) -> HttpResponse:
    """Ask for pain in one knee, or take the answer. Until the session ends it may be given again."""
    exercise_session = session_of(request.patient, session_id)
    kind = STEP_OF_MOMENT.get(moment)  # type: ignore[call-overload]
    state = load_state(exercise_session, timezone.now())
    if kind is None or side not in state.facts.sides:
        raise Http404
    step = Step(kind, side=side)
    if exercise_session.ended_at is not None:
        return answer_with_step(request, exercise_session)
    if request.method in {"GET", "HEAD"}:
        return answer_with_step(request, exercise_session, step=step)
    form = PainForm(request.POST)
    if not form.is_valid():
        shown = Step(StepKind.SAFETY) if "none_of_these" in request.POST else step
        return answer_with_step(request, exercise_session, step=shown, form=form, status=422)
    now = answered_at(request, exercise_session)

    def act() -> None:
        if form.cleaned_data["none_of_these"]:
            services.answer_safety(session=exercise_session, is_safe=True, now=now)
        services.rate_pain(session=exercise_session, moment=moment, side=side, value=form.rating, now=now)

    return carry_out(request, exercise_session, act)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
@opens_session
def stop(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Ask why, or stop the session for a reason."""
    exercise_session = session_of(request.patient, session_id)
    form = StopForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"patient": request.patient, "exercise_session": exercise_session, "form": form}
        return render(request, "progress/session_stop.html", context, status=422 if form.is_bound else 200)
    act = partial(
        services.stop_session, session=exercise_session, now=answered_at(request, exercise_session), **form.cleaned_data
    )
    return carry_out(request, exercise_session, act)


@require_POST
@patient_required
@opens_session
def effort(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Take how hard the session was, and a note; on its last screen, as often as wanted."""
    exercise_session = session_of(request.patient, session_id)
    form = EffortForm(request.POST)
    if not form.is_valid():
        return answer_with_step(request, exercise_session, form=form, status=422)
    act = partial(
        services.answer_effort,
        session=exercise_session,
        now=answered_at(request, exercise_session),
        **form.cleaned_data,
    )
    if not request.htmx:
        messages.success(request, _("Thank you, it is saved."))
    return carry_out(request, exercise_session, act)


@require_POST
@patient_required
@opens_session
def resume(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Take a stop back and go on."""
    exercise_session = session_of(request.patient, session_id)
    act = partial(services.resume_session, session=exercise_session, now=answered_at(request, exercise_session))
    return carry_out(request, exercise_session, act)


@require_POST
@patient_required
@opens_session
def override(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Go on over the limit: the physiotherapist has said so."""
    exercise_session = session_of(request.patient, session_id)
    act = partial(services.override_pain_limit, session=exercise_session, now=answered_at(request, exercise_session))
    return carry_out(request, exercise_session, act)
