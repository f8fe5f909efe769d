"""Me: the patient's own settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.forms import DayForm
from kneecoach.accounts.models import ClinicSettings, Patient
from kneecoach.accounts.services import set_day
from kneecoach.http import PatientRequest


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def me(request: PatientRequest) -> HttpResponse:
    """Show and change the zone and the times of day; lead to password and log-out."""
    # A copy of the row, so that a refused value does not show up in the rest of the page.
    own_row = Patient.objects.get(pk=request.patient.pk)
    form = DayForm(request.POST if request.method == "POST" else None, instance=own_row)
    if form.is_valid():
        set_day(request.patient, **form.day)
        messages.success(request, _("Saved. Your days follow this time zone."))
        return redirect("accounts:me")
    context = {"patient": request.patient, "form": form, "clinic": ClinicSettings.load()}
    return render(request, "accounts/me.html", context, status=422 if form.errors else 200)
