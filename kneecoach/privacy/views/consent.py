"""Agreeing to a new text, taking consent back, and what is there afterwards."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kneecoach.accounts.access import open_when_stopped, patient_required
from kneecoach.accounts.forms import AgreeForm
from kneecoach.accounts.models import ClinicSettings, Stopped
from kneecoach.accounts.services import agree_anew, withdraw_consent
from kneecoach.http import PatientRequest
from kneecoach.privacy.access import newest_consent, newest_request


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
@open_when_stopped
def agree(request: PatientRequest) -> HttpResponse:
    """Ask to agree to the text as it is now: where it is new, and where consent was taken back."""
    patient, now = request.patient, timezone.now()
    if patient.stopped_why not in {"", Stopped.WITHDRAWN}:
        return redirect("privacy:stopped")
    if patient.may_be_recorded:
        return redirect("privacy:data")
    is_minor = patient.is_minor(timezone.localdate(now))
    form = AgreeForm(request.POST if request.method == "POST" else None, is_minor=is_minor)
    if form.is_valid():
        agree_anew(patient=patient, guardian_name=form.cleaned_data.get("guardian_name", ""), now=now)
        messages.success(request, _("Thank you. Everything goes on as before."))
        return redirect("progress:today")
    context = {
        "form": form,
        "is_minor": is_minor,
        "is_back": patient.stopped_why == Stopped.WITHDRAWN,
        "clinic": ClinicSettings.load(),
    }
    return render(request, "privacy/agree.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def withdraw(request: PatientRequest) -> HttpResponse:
    """Say what taking consent back means, and take it back."""
    if request.method == "POST":
        withdraw_consent(patient=request.patient, now=timezone.now())
        return redirect("privacy:stopped")
    context = {"patient": request.patient, "consent": newest_consent(request.patient), "clinic": ClinicSettings.load()}
    return render(request, "privacy/withdraw.html", context)


@require_safe
@patient_required
@open_when_stopped
def stopped(request: PatientRequest) -> HttpResponse:
    """Say that nothing is recorded any more, since when, and what is still there."""
    if not request.patient.stopped_why:
        return redirect("progress:today")
    context = {
        "person": request.patient,
        "is_withdrawn": request.patient.stopped_why == Stopped.WITHDRAWN,
        "asked": newest_request(request.patient),
        "clinic": ClinicSettings.load(),
    }
    return render(request, "privacy/stopped.html", context)
