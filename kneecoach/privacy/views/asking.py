"""Asking the clinic to erase one's data or to lock it away, and taking that back."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kneecoach.accounts.access import open_when_stopped, patient_required
from kneecoach.accounts.models import ClinicSettings, DataRequest
from kneecoach.accounts.services import ask_about_data, take_data_request_back
from kneecoach.http import PatientRequest
from kneecoach.privacy.access import newest_request, own_request
from kneecoach.privacy.forms import AskForm


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
@open_when_stopped
def ask(request: PatientRequest) -> HttpResponse:
    """Ask for erasure or restriction."""
    form = AskForm(request.POST if request.method == "POST" else None, initial={"request_id": uuid4()})
    if form.is_valid():
        try:
            ask_about_data(patient=request.patient, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except DataRequest.DoesNotExist:
            raise Http404 from None
        else:
            messages.success(request, _("Your clinic reads it, and answers here. You can take it back until then."))
            return redirect("privacy:data")
    asked = newest_request(request.patient)
    context = {"form": form, "asked": asked, "clinic": ClinicSettings.load(), **_tabs(request)}
    return render(request, "privacy/ask.html", context, status=422 if form.errors else 200)


@require_POST
@patient_required
@open_when_stopped
def take_back(request: PatientRequest, data_request_id: UUID) -> HttpResponse:
    """Take a request back."""
    try:
        take_data_request_back(request=own_request(request.patient, data_request_id), now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Taken back. Everything stays as it is."))
    return redirect("privacy:data")


def _tabs(request: PatientRequest) -> dict[str, object]:
    """Return what shows the way to the other pages, where they are open."""
    return {"patient": request.patient} if request.patient.may_be_recorded else {}
