"""The way to the next stage: the criteria as they are counted, and the patient's own wish."""

import uuid
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.models import ClinicSettings
from kneecoach.http import PatientRequest
from progress import services
from progress.access import stage_request_of
from progress.forms import StageRequestForm
from progress.models import StageRequest
from progress.readiness_words import criterion_lines
from progress.requesting import Outlook, load_outlook


def readiness_context(outlook: Outlook) -> dict[str, object]:
    """Return what templates/progress/_readiness.html shows; `readiness` is None where there is nothing to show."""
    counted = outlook.readiness
    return {
        "readiness": outlook.ahead,
        "outlook": outlook,
        "criteria": criterion_lines(counted.criteria) if counted else (),
        "criteria_met": counted.met if counted else None,
    }


@require_safe
@patient_required
def readiness(request: PatientRequest) -> HttpResponse:
    """Show how the criteria stand, and offer to ask for the next stage."""
    return _render_readiness(request, form=None)


@require_POST
@patient_required
def ask(request: PatientRequest) -> HttpResponse:
    """Ask for the next stage."""
    form = StageRequestForm(request.POST)
    if form.is_valid():
        try:
            services.ask_for_stage(patient=request.patient, now=timezone.now(), **form.cleaned_data)
        except StageRequest.DoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("You have asked. Your physiotherapist will answer here."))
            return redirect("progress:readiness")
    return _render_readiness(request, form=form, status=422)


@require_POST
@patient_required
def withdraw(request: PatientRequest, request_id: UUID) -> HttpResponse:
    """Take a request back."""
    try:
        services.withdraw_request(request=stage_request_of(request.patient, request_id), now=timezone.now())
    except ValidationError as error:
        messages.info(request, " ".join(error.messages))
    return redirect("progress:readiness")


@require_POST
@patient_required
def put_away(request: PatientRequest, request_id: UUID) -> HttpResponse:
    """Put an answer away that was read."""
    services.put_answer_away(request=stage_request_of(request.patient, request_id), now=timezone.now())
    return redirect("progress:readiness")


def _render_readiness(request: PatientRequest, *, form: StageRequestForm | None, status: int = 200) -> HttpResponse:
    now = timezone.now()
    outlook = load_outlook(request.patient, now)
    stage = outlook.ahead.stage if outlook.ahead else None
    fresh = {"request_id": uuid.uuid4(), "stage_key": stage.key if stage else ""}
    if form is None:
        form = StageRequestForm(initial=fresh)
    else:
        # What was written stays; the stage is the one that the page names now.
        form.data = {**form.data.dict(), **fresh}  # type: ignore[attr-defined]
    context = {
        **readiness_context(outlook),
        "patient": request.patient,
        "form": form,
        "clinic": ClinicSettings.load(),
    }
    return render(request, "progress/readiness.html", context, status=status)
