"""The visit sheet as page and PDF, and everything about a patient as CSV. Each of them goes to the access log."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kneecoach.accounts.access import log_read
from kneecoach.accounts.models import AccessLog, ClinicSettings, Patient, User
from kneecoach.desk.sheets.access import patient_to_read
from kneecoach.desk.sheets.days import Days, days_since
from kneecoach.desk.sheets.forms import PAPERS, DaysForm
from kneecoach.desk.sheets.visit import load_visit
from kneecoach.pdf import INSTALL, PdfUnavailable, render_pdf, why_unavailable
from kneecoach.spreadsheet import stream_archive
from progress.everything.tables import readme, tables_of
from progress.facts import moment_of

# What the access log calls them.
VISIT, VISIT_PDF, CSV = "visit sheet", "visit sheet, pdf", "csv"


@require_safe
def visit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show some weeks of a patient on one page: since the last visit, or the days that are chosen."""
    patient = patient_to_read(request, pk)
    now = timezone.now()
    form, days = _chosen(request, patient, now)
    return _page(request, patient, form, days, now, status=422 if form.errors else 200)


@require_safe
def visit_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the same as tagged PDF. Where none can be made, show the page, which says what is missing."""
    patient = patient_to_read(request, pk)
    now = timezone.now()
    form, days = _chosen(request, patient, now)
    if form.errors:
        return _page(request, patient, form, days, now, status=422)
    html = render_to_string("desk/sheets/visit_pdf.html", _sheet(request, patient, days, now))
    try:
        content = render_pdf(html, paper=paper_of(request))
    except PdfUnavailable:
        return _page(request, patient, form, days, now, status=503)
    log_read(cast(User, request.user), patient.pk, VISIT_PDF, AccessLog.How.PRINT)
    return pdf_answer(content, f"visit-sheet-{days.last}")


@require_safe
def everything(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """Return all that is on record of a patient, as CSV files in one archive."""
    patient = patient_to_read(request, pk)
    log_read(cast(User, request.user), patient.pk, CSV, AccessLog.How.EXPORT)
    tables = tables_of(patient)
    name = f"patient-record-{timezone.localdate()}.zip"
    return StreamingHttpResponse(
        stream_archive(tables, readme(tables)),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """Return a PDF to be looked at; its name says nothing about whose it is."""
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'}
    )


def paper_of(request: HttpRequest) -> str:
    """Return the size of paper that is asked for, A4 unless told otherwise."""
    asked = request.GET.get("paper", "")
    return asked if asked in dict(PAPERS) else "A4"


def _chosen(request: HttpRequest, patient: Patient, now: datetime) -> tuple[DaysForm, Days]:
    """Return the form with the days to show: those chosen, or the usual ones where none or nonsense was."""
    today = moment_of(patient, now).local_date
    usual = days_since(_last_visit(patient, today), today)
    asked = request.GET if {"first", "last"} & set(request.GET) else None
    form = DaysForm(asked, today=today, label_suffix="", initial={"first": usual.first, "last": usual.last})
    return form, Days(**form.cleaned_data) if form.is_valid() else usual


def _last_visit(patient: Patient, today: date) -> date | None:
    """Return the last day before today on which somebody opened the sheet."""
    looks = AccessLog.objects.filter(patient_id=patient.pk, view__in=(VISIT, VISIT_PDF), at__date__lt=today)
    last = looks.order_by("-at").first()
    return timezone.localtime(last.at).date() if last else None


def _sheet(request: HttpRequest, patient: Patient, days: Days, now: datetime) -> dict[str, Any]:
    return {
        "original": patient,
        "clinic": ClinicSettings.load(),
        "sheet": load_visit(patient, days, now),
        "made_at": now,
        "made_by": request.user,
        "language": get_language(),
    }


def _page(
    request: HttpRequest, patient: Patient, form: DaysForm, days: Days, now: datetime, *, status: int
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Visit sheet of %(patient)s") % {"patient": patient},
        "opts": Patient._meta,
        "form": form,
        "papers": PAPERS,
        "query": f"first={days.first}&last={days.last}",
        "pdf_missing": why_unavailable(),
        "install": INSTALL,
        **_sheet(request, patient, days, now),
    }
    response = render(request, "desk/sheets/visit.html", context, status=status)
    log_read(cast(User, request.user), patient.pk, VISIT)
    return response
