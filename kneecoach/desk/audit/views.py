"""Who saw and did what with one patient, and the list that leads there for those who see nothing else of patients."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kneecoach.accounts.access import log_read, log_reads
from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.desk.audit.changes import load_changes
from kneecoach.desk.audit.roles import load_roles_given
from kneecoach.desk.audit.words import what_was_seen
from kneecoach.desk.autocomplete import QUARTER_OF_AN_HOUR
from kneecoach.desk.forms import SpanForm

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

LOOKS, PATIENTS = 50, 25


def may_audit(user: User) -> bool:
    """Tell whether somebody may read who saw and did what."""
    return user.has_perm("accounts.audit_patient")


def index(request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
    """Show the patients by name, to choose whose log to read, and who was given which role lately."""
    user, name = cast(User, request.user), request.GET.get("q", "").strip().replace("\x00", "")[:150]
    patients = Patient.objects.filter(name__icontains=name) if name else Patient.objects.all()
    page = Paginator(patients, PATIENTS).get_page(request.GET.get("page"))
    roles = load_roles_given()
    response = TemplateResponse(
        request, "desk/audit_index.html", {**context, "page": page, "name": name, "roles_given": roles}
    )
    response.render()
    shown = [patient.pk for patient in page.object_list]
    log_reads(user, shown, "audit list", once_within=QUARTER_OF_AN_HOUR)
    return response


def _may_read_texts(user: User, patient: Patient) -> bool:
    # Whoever sees nothing else of patients does not read what they write either; nor does anybody once it is locked away.
    return user.has_perm("accounts.view_patient") and not patient.is_restricted


@require_safe
def of_patient(request: HttpRequest, site: "AdminSite", pk: UUID) -> HttpResponse:
    """Show the looks at one patient and what was changed, of all time or between two instants. This look is one too."""
    user = cast(User, request.user)
    if not may_audit(user):
        raise PermissionDenied
    patient = Patient.objects.filter(pk=pk).first()
    if patient is None:
        raise Http404
    form = SpanForm(request.GET)
    span = form.span() if form.is_valid() else {}
    looks = AccessLog.objects.about(pk).between(span.get("since"), span.get("until")).select_related("actor")
    looks_page = Paginator(looks, LOOKS).get_page(request.GET.get("looks"))
    context = {
        **site.each_context(request),
        "title": _("Who saw and did what with %(patient)s") % {"patient": patient},
        "original": patient,
        "form": form,
        "asked": form.asked(),
        "looks": [(look, what_was_seen(look.view)) for look in looks_page],
        "looks_page": looks_page,
        "changes": load_changes(pk, with_texts=_may_read_texts(user, patient), page=request.GET.get("changes"), **span),
    }
    response = render(request, "desk/audit.html", context, status=200 if form.is_valid() else 422)
    log_read(user, pk, "audit")
    return response
