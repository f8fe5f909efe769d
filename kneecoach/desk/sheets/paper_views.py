"""The paper twin: a tick sheet to print, and typing it in when it comes back."""

import uuid
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kneecoach.accounts.access import log_read
from kneecoach.accounts.models import AccessLog, ClinicSettings, Patient, User
from kneecoach.desk.qr import drawing_of
from kneecoach.desk.sheets.access import patient_to_read
from kneecoach.desk.sheets.forms import PAPERS
from kneecoach.desk.sheets.paper import earliest_first, load_filled_sheet, load_tick_sheet, usual_first
from kneecoach.desk.sheets.paper_form import PaperForm
from kneecoach.desk.sheets.views import paper_of, pdf_answer
from kneecoach.pdf import INSTALL, PdfUnavailable, render_pdf, why_unavailable
from progress import services
from progress.facts import moment_of
from progress.models import ExerciseSession

# What the access log calls them.
PAPER, PAPER_PDF, TYPED = "tick sheet", "tick sheet, pdf", "tick sheet, typing"
MAY_TYPE = "progress.enter_paper"
DAYS_OF_A_YEAR = 366


@require_safe
def paper(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the tick sheet for two weeks, to be printed."""
    return _paper_page(request, patient_to_read(request, pk), status=200)


@require_safe
def paper_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return it as tagged PDF; where none can be made, the page says what is missing."""
    patient = patient_to_read(request, pk)
    html = render_to_string("desk/sheets/paper_pdf.html", _tick_sheet(request, patient))
    try:
        content = render_pdf(html, paper=paper_of(request))
    except PdfUnavailable:
        return _paper_page(request, patient, status=503)
    log_read(cast(User, request.user), patient.pk, PAPER_PDF, AccessLog.How.PRINT)
    return pdf_answer(content, "tick-sheet")


@require_http_methods(["GET", "HEAD", "POST"])
def type_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the lines of a sheet that can be typed in, or write them down as from paper."""
    patient = patient_to_read(request, pk)
    by = cast(User, request.user)
    if not by.has_perm(MAY_TYPE):
        raise PermissionDenied
    now = timezone.now()
    sheet = load_filled_sheet(patient, _first_to_type(request, patient, now), now)
    form = PaperForm(
        request.POST if request.method == "POST" else None, sheet=sheet, initial={"sheet_id": uuid.uuid4()}
    )
    if form.is_valid():
        try:
            receipt = services.enter_sheet(
                patient=patient, entries=form.entries(), mornings=form.mornings(), by=by, now=now
            )
        except ExerciseSession.DoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            form.add_error(None, error)
        else:
            _say(request, receipt)
            return redirect("admin:accounts_patient_change", patient.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Sheet of paper of %(patient)s") % {"patient": patient},
        "opts": Patient._meta,
        "original": patient,
        "form": form,
        "sheet": sheet,
        "first_days": [usual_first(sheet.today), earliest_first(sheet.today)],
    }
    response = render(request, "desk/sheets/type_in.html", context, status=422 if form.is_bound else 200)
    log_read(by, patient.pk, TYPED)
    return response


def _say(request: HttpRequest, receipt: services.SheetReceipt) -> None:
    count = len(receipt.sessions)
    text = ngettext("%(count)s session is recorded from paper.", "%(count)s sessions are recorded from paper.", count)
    messages.success(request, text % {"count": count})
    if receipt.taken:
        count = len(receipt.taken)
        text = ngettext(
            "%(count)s line was left out: something is recorded for it already.",
            "%(count)s lines were left out: something is recorded for them already.",
            count,
        )
        messages.warning(request, text % {"count": count})


def _paper_page(request: HttpRequest, patient: Patient, *, status: int) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Tick sheet of %(patient)s") % {"patient": patient},
        "opts": Patient._meta,
        "papers": PAPERS,
        "pdf_missing": why_unavailable(),
        "install": INSTALL,
        **_tick_sheet(request, patient),
    }
    response = render(request, "desk/sheets/paper.html", context, status=status)
    log_read(cast(User, request.user), patient.pk, PAPER)
    return response


def _tick_sheet(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    address = settings.SITE_URL + reverse("progress:sheet", args=[patient.pk])
    today = moment_of(patient, timezone.now()).local_date
    return {
        "original": patient,
        "clinic": ClinicSettings.load(),
        "sheet": load_tick_sheet(patient, _first_to_print(request, today)),
        "address": address,
        "qr": drawing_of(address),
        "language": get_language(),
    }


def _first_to_print(request: HttpRequest, today: date) -> date:
    """Return the first day of the sheet: the one asked for where it is within a year, else today."""
    asked = _day(request)
    return asked if asked and abs((asked - today).days) <= DAYS_OF_A_YEAR else today


def _first_to_type(request: HttpRequest, patient: Patient, now: datetime) -> date:
    """Return the first day of the sheet: the one asked for where it is in reach, else the one that ends today."""
    today = moment_of(patient, now).local_date
    asked = _day(request)
    return asked if asked and earliest_first(today) <= asked <= today else usual_first(today)


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("first", ""))
    except ValueError:
        return None
