"""The card of warning signs, outside a session: read, report, and say which they were."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.models import ClinicSettings
from kneecoach.http import PatientRequest
from progress import services
from progress.access import report_of
from progress.flags import load_flags
from progress.forms import SIGN_CHOICES, ReportForm, SignsForm


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def warning_signs(request: PatientRequest) -> HttpResponse:
    """Show the card with the clinic's numbers, or take a yes to it. The card can always be read."""
    if request.method in {"GET", "HEAD"}:
        return _card(request)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _card(request, form, status=422)
    services.report_warning_sign(patient=request.patient, now=timezone.now())
    return redirect("progress:warning-signs")


@require_POST
@patient_required
def name_signs(request: PatientRequest, report_id: int) -> HttpResponse:
    """Take which signs they were. Once a physiotherapist has cleared the report: 409, and nothing is written."""
    report = report_of(request.patient, report_id)
    form = SignsForm(request.POST)
    if not form.is_valid():
        return _card(request, form, status=422)
    try:
        services.name_signs(report=report, codes=form.cleaned_data["signs"])
    except ValidationError as error:
        form.add_error(None, error)
        return _card(request, form, status=409)
    return redirect("progress:warning-signs")


def _card(request: PatientRequest, form: ReportForm | SignsForm | None = None, status: int = 200) -> HttpResponse:
    flags = load_flags(request.patient, timezone.now())
    context = {
        "patient": request.patient,
        "flags": flags,
        "report": flags.waiting,
        "clinic": ClinicSettings.load(),
        "form": form,
        "sign_choices": SIGN_CHOICES,
    }
    return render(request, "progress/warning_signs.html", context, status=status)
