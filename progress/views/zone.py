"""The answer to whether the patient lives where the last session was, or travels."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.services import keep_zone, set_zone
from kneecoach.http import PatientRequest
from progress.forms import ZoneAnswerForm
from progress.views.today import render_today


@require_POST
@patient_required
def zone(request: PatientRequest) -> HttpResponse:
    """Keep the patient's own zone, or switch to that of the last session. Again changes nothing."""
    form = ZoneAnswerForm(request.POST)
    if not form.is_valid():
        return render_today(request, error=_("Please choose one of the two answers."), status=422)
    if form.cleaned_data["answer"] == ZoneAnswerForm.KEEP:
        keep_zone(request.patient)
        messages.success(request, _("Thank you. At home your days follow the clock there."))
    elif request.patient.travel_zone:
        set_zone(request.patient, zone=request.patient.travel_zone)
        messages.success(request, _("Saved. Your days now follow this time zone."))
    return redirect("progress:today")
