"""The sets of a session and their repetitions."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress import services
from progress.access import locked_set_of, set_of
from progress.forms import DepthForm, FeltForm, MinimumForm, RepForm
from progress.models import ExerciseSet, Rep
from progress.rules.steps import Step, StepKind
from progress.views.opening import answered_at, opens_session
from progress.views.steps import answer_with_step, carry_out, rep_count_context

STATUS = {services.Verdict.STORED: 200, services.Verdict.REPEATED: 200, services.Verdict.CONFLICT: 409}

CONFLICT = _(
    "This repetition was already recorded, perhaps on another device. "
    "The first record counts; your physiotherapist can see both."
)


@require_POST
@patient_required
@opens_session
def begin(request: PatientRequest, set_id: UUID) -> HttpResponse:
    """Start a set: the patient is in position."""
    exercise_set = set_of(request.patient, set_id)
    act = partial(
        services.begin_set, exercise_set=exercise_set, now=answered_at(request, exercise_set.exercise_session)
    )
    return carry_out(request, exercise_set.exercise_session, act)


@require_POST
@patient_required
@opens_session
def minimum(request: PatientRequest, set_id: UUID) -> HttpResponse:
    """Take the choice between the fewest repetitions and all of them, before the set begins."""
    exercise_set = set_of(request.patient, set_id)
    session = exercise_set.exercise_session
    form = MinimumForm(request.POST)
    if not form.is_valid():
        return answer_with_step(request, session, form=form, status=422)
    is_minimum = form.cleaned_data["reps"] == MinimumForm.FEWEST
    act = partial(
        services.choose_minimum, exercise_set=exercise_set, is_minimum=is_minimum, now=answered_at(request, session)
    )
    return carry_out(request, session, act)


@require_POST
@patient_required
@opens_session
def finish(request: PatientRequest, set_id: UUID) -> HttpResponse:
    """End a set before its target."""
    exercise_set = set_of(request.patient, set_id)
    act = partial(
        services.finish_set, exercise_set=exercise_set, now=answered_at(request, exercise_set.exercise_session)
    )
    return carry_out(request, exercise_set.exercise_session, act)


@require_POST
@patient_required
@opens_session
def felt(request: PatientRequest, set_id: UUID) -> HttpResponse:
    """Take the answer to "did you feel the muscle?"."""
    exercise_set = set_of(request.patient, set_id)
    form = FeltForm(request.POST)
    if not form.is_valid():
        step = Step(StepKind.FELT_MUSCLE, set_id=exercise_set.pk)
        return answer_with_step(request, exercise_set.exercise_session, step=step, form=form, status=422)
    act = partial(
        services.answer_felt,
        exercise_set=exercise_set,
        now=answered_at(request, exercise_set.exercise_session),
        **form.cleaned_data,
    )
    return carry_out(request, exercise_set.exercise_session, act)


@require_POST
@patient_required
@opens_session
def depth(request: PatientRequest, set_id: UUID) -> HttpResponse:
    """Take how deep the squats were; before the set, how deep they will be."""
    exercise_set = set_of(request.patient, set_id)
    if exercise_set.depth_target is None:
        raise Http404
    session = exercise_set.exercise_session
    form = DepthForm(request.POST)
    if not form.is_valid():
        return answer_with_step(request, session, form=form, status=422)
    act = partial(
        services.answer_depth, exercise_set=exercise_set, now=answered_at(request, session), **form.cleaned_data
    )
    return carry_out(request, session, act)


@require_POST
@patient_required
@opens_session
def rep(request: PatientRequest, set_id: UUID, rep_id: UUID) -> HttpResponse:
    """Store one repetition under its own id. htmx gets the counter, the page without JavaScript the next step."""
    with transaction.atomic():
        # Locked as it is loaded: this is asked for far more often than anything else, and each query counts.
        exercise_set = locked_set_of(request.patient, set_id)
        form = RepForm(request.POST, reps_max=exercise_set.reps_max)
        if not form.is_valid():
            return _refuse(request, exercise_set, form)
        if form.is_from_the_future:
            return _not_yet()
        try:
            receipt = services.store_rep(locked_set=exercise_set, claim=form.claim(rep_id), now=timezone.now())
        except Rep.DoesNotExist:
            raise Http404 from None
        except services.SessionClosed:
            return answer_with_step(request, exercise_set.exercise_session, status=409)
    return _answer_with_count(request, exercise_set, receipt)


@require_POST
@patient_required
@opens_session
def take_back(request: PatientRequest, set_id: UUID, rep_id: UUID) -> HttpResponse:
    """Take a repetition back. A phone may send the whole of it along, in case this arrives first."""
    exercise_set = set_of(request.patient, set_id)
    form = RepForm(request.POST, reps_max=exercise_set.reps_max) if "number" in request.POST else None
    if form is not None and not form.is_valid():
        return _refuse(request, exercise_set, form)
    if form is not None and form.is_from_the_future:
        return _not_yet()
    claim = form.claim(rep_id) if form else None
    try:
        receipt = services.take_back_rep(exercise_set=exercise_set, rep_id=rep_id, claim=claim, now=timezone.now())
    except Rep.DoesNotExist:
        raise Http404 from None
    except services.SessionClosed:
        return answer_with_step(request, exercise_set.exercise_session, status=409)
    return _answer_with_count(request, exercise_set, receipt)


def _answer_with_count(request: PatientRequest, exercise_set: ExerciseSet, receipt: services.Receipt) -> HttpResponse:
    status = STATUS[receipt.verdict]
    is_conflict = receipt.verdict is services.Verdict.CONFLICT
    if request.htmx:
        context = rep_count_context(exercise_set, receipt.standing) | {"is_conflict": is_conflict}
        return render(request, "progress/_rep_count.html", context, status=status)
    if is_conflict:
        messages.warning(request, CONFLICT)
    return answer_with_step(request, exercise_set.exercise_session, status=status)


def _not_yet() -> HttpResponse:
    """A newer page meets an older server, such as in an update that was taken back: the phone keeps it and asks again."""
    return HttpResponse(status=503, headers={"Retry-After": "60"})


def _refuse(request: PatientRequest, exercise_set: ExerciseSet, form: RepForm) -> HttpResponse:
    if request.htmx:
        return render(request, "progress/_rep_refused.html", {"form": form, "current_set": exercise_set}, status=422)
    return answer_with_step(request, exercise_set.exercise_session, form=form, status=422)
