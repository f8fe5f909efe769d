"""What is asked besides sessions: the morning check, about an hour later, the weekly check."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.models import ClinicSettings, Side
from kneecoach.http import PatientRequest, page_or_fragment
from progress import services
from progress.access import session_of
from progress.asking import Asked, Morning, Question, load_asking, load_morning, load_week
from progress.facts import sides_of
from progress.forms import PainForm, SwellingForm, WeeklyForm
from progress.models import PAIN_HIGHEST, PAIN_LOWEST, MorningCheck, WeeklyCheck


@require_safe
@patient_required
def morning(request: PatientRequest) -> HttpResponse:
    """Show the morning check: the next question, or what was said. Outside its hours, when it opens."""
    asked = load_morning(request.patient, timezone.now())
    if asked is None:
        return _closed(request, services.MORNING_CLOSED)
    return _page(request, next(iter(asked.questions), None), morning=asked)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def morning_answer(request: PatientRequest, about: str) -> HttpResponse:
    """Ask for one knee or the swelling of this morning, or take the answer. What is not asked is 404."""
    now = timezone.now()
    asked = load_morning(request.patient, now)
    if about not in (*(asked.sides if asked else (Side.LEFT, Side.RIGHT)), Asked.SWELLING):
        raise Http404
    if asked is None:
        return _closed(request, services.MORNING_CLOSED)
    if about == Asked.SWELLING:
        form = SwellingForm(request.POST)
        act = partial(services.answer_swelling, patient=request.patient, now=now)
        return _take(request, Question(Asked.SWELLING), form, lambda: act(swelling=form.answer))
    pain = PainForm(request.POST)
    rate = partial(services.rate_morning, patient=request.patient, side=about, now=now)
    return _take(request, Question(Asked.MORNING, about), pain, lambda: rate(value=pain.rating))


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def hour_later(request: PatientRequest, session_id: UUID, side: str) -> HttpResponse:
    """Ask for one knee about an hour after a session, or take the answer."""
    session = session_of(request.patient, session_id)
    if side not in sides_of(session.sets.all()):
        raise Http404
    now = timezone.now()
    if not services.asks_about_hour_later(session, side, now):
        return _closed(request, services.HOUR_LATER_CLOSED)
    form = PainForm(request.POST)
    rate = partial(services.rate_hour_later, session=session, side=side, now=now)
    return _take(request, Question(Asked.HOUR_LATER, side, session.pk), form, lambda: rate(value=form.rating))


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def weekly(request: PatientRequest) -> HttpResponse:
    """Ask how the week before was, or take the answers. As long as it is asked about they may be changed."""
    now = timezone.now()
    week = load_week(request.patient, now)
    if week is None:
        return _closed(request, services.WEEK_CLOSED)
    form = WeeklyForm(request.POST if request.method == "POST" else None, week=week)
    if form.is_valid():
        try:
            services.answer_week(patient=request.patient, answers=form.answers(), now=now)
        except services.CheckClosed as error:
            return _closed(request, error.messages[0])
        messages.success(request, _("Thank you. Your answers about last week are saved."))
        return redirect("progress:today")
    context = {
        "patient": request.patient,
        "week": week,
        "form": form,
        "changes": WeeklyCheck.Change.choices,
        "scale_values": range(PAIN_LOWEST, PAIN_HIGHEST + 1),
        "clinic": ClinicSettings.load(),
    }
    return render(request, "progress/weekly_check.html", context, status=422 if form.is_bound else 200)


def asking_context(question: Question | None, morning: Morning | None) -> dict[str, object]:
    """Return what the card with one question needs; without a question it shows what was said this morning."""
    return {
        "question": question,
        "morning": morning,
        "swelling_choices": MorningCheck.Swelling.choices,
        # Only a question has the card of warning signs beside it.
        "clinic": SimpleLazyObject(ClinicSettings.load),
    }


def _take(request: PatientRequest, question: Question, form: Form, act: Callable[[], object]) -> HttpResponse:
    """Show a question, or write its answer down and show the next one: as a fragment to htmx, on Today otherwise."""
    if request.method in {"GET", "HEAD"}:
        return _page(request, question)
    if not form.is_valid():
        return _page(request, question, form=form, status=422)
    try:
        act()
    except services.CheckClosed as error:
        return _closed(request, error.messages[0])
    if not request.htmx:
        return redirect("progress:today")
    asking = load_asking(request.patient, timezone.now())
    return _page(request, asking.question, morning=asking.morning)


def _page(
    request: PatientRequest,
    question: Question | None,
    *,
    morning: Morning | None = None,
    form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"patient": request.patient, "form": form, **asking_context(question, morning)}
    return page_or_fragment(
        request, page="progress/check.html", fragment="progress/_asking.html", context=context, status=status
    )


def _closed(request: PatientRequest, text: str | Promise) -> HttpResponse:
    """Say when a question is asked. An answer to it was not written down: 409."""
    return page_or_fragment(
        request,
        page="progress/check_closed.html",
        fragment="progress/_check_closed.html",
        context={"patient": request.patient, "text": text},
        status=409 if request.method == "POST" else 200,
    )
