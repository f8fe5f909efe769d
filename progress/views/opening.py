"""What an answer from a phone without a network needs besides: its session made, its own time believed."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kneecoach.http import PatientRequest
from progress.forms import AnsweredAtForm, OpeningForm
from progress.models import ExerciseSession
from progress.services.opening import ensure_session

P = ParamSpec("P")
SessionView = Callable[Concatenate[PatientRequest, P], HttpResponse]


def opens_session(view: SessionView[P]) -> SessionView[P]:
    """Make the session that a message tells of in `opening`, then let the view do its work. Stands below patient_required.

    A message that cannot be read, or tells of what was never prescribed, is answered with 422 and why.
    """

    @functools.wraps(view)
    def wrapper(request: PatientRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST" or "opening" not in request.POST:
            return view(request, *args, **kwargs)
        form = OpeningForm(request.POST)
        if form.is_valid():
            try:
                ensure_session(patient=request.patient, opening=form.cleaned_data["opening"], now=timezone.now())
            except ExerciseSession.DoesNotExist:
                raise Http404 from None
            except ValidationError as error:
                form.add_error(None, error)
        if form.errors:
            return render(request, "progress/opening_refused.html", {"form": form}, status=422)
        return view(request, *args, **kwargs)

    return wrapper  # type: ignore[return-value]


def answered_at(request: PatientRequest, session: ExerciseSession) -> datetime:
    """Return when the answer in this message was given."""
    return AnsweredAtForm(request.POST).answered_at(started_at=session.started_at, now=timezone.now())
