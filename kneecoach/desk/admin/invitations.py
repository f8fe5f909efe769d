"""Inviting a patient: by mail or on a printed sheet, the list of what was sent, and taking it back."""

import uuid
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kneecoach.accounts import services
from kneecoach.accounts.access import log_read
from kneecoach.accounts.forms import InviteForm, SheetForm
from kneecoach.accounts.models import AccessLog, ClinicSettings, Consent, Invitation, Patient, User
from kneecoach.accounts.rules import InvitationState
from kneecoach.desk.qr import drawing_of

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

SHOWN = 10


def panel_context(patient: Patient, form: InviteForm | None = None) -> dict[str, object]:
    """Return what templates/desk/_invitation.html shows. Two queries."""
    now = timezone.now()
    rows = Invitation.objects.filter(patient=patient).select_related("invited_by", "revoked_by")[:SHOWN]
    invitations = [(row, row.state_at(now)) for row in rows]
    newest_email = next((row.email for row, _state in invitations if row.email), "")
    email = (patient.user.email if patient.user else "") or newest_email
    return {
        "invitations": invitations,
        "open_invitation": next((row for row, state in invitations if state == InvitationState.OPEN), None),
        "consent": Consent.objects.filter(patient=patient).first(),
        "invite_form": form or InviteForm(patient=patient, initial={"invitation_id": uuid.uuid4(), "email": email}),
        "sheet_form": SheetForm(initial={"invitation_id": uuid.uuid4()}, auto_id="id_sheet_%s"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def by_mail(request: HttpRequest, page: "ModelAdmin[Patient]", patient: Patient) -> HttpResponse:
    """Show all invitations of a patient; send one by mail."""
    form = InviteForm(request.POST, patient=patient) if request.method == "POST" else None
    if form and form.is_valid():
        if send(request, patient, **form.cleaned_data):
            return redirect("admin:accounts_patient_change", patient.pk)
        form.add_error(
            None, _("The mail server did not take it; an earlier invitation still works. Print a sheet, or try later.")
        )
    context = {
        **page.admin_site.each_context(request),
        "title": _("Invitation of %(patient)s") % {"patient": patient},
        "opts": page.opts,
        "original": patient,
        **panel_context(patient, form),
    }
    response = render(request, "desk/invitation.html", context, status=422 if form else 200)
    log_read(cast(User, request.user), patient.pk, "invitation")
    return response


@require_POST
def on_a_sheet(request: HttpRequest, page: "ModelAdmin[Patient]", patient: Patient) -> HttpResponse:
    """Make an invitation and show it once, to be printed: its address is not kept."""
    form = SheetForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        invitation, token = services.invite(
            patient=patient,
            way=Invitation.Way.SHEET,
            email=(patient.user.email if patient.user else None) or "",
            by=cast(User, request.user),
            now=timezone.now(),
            **form.cleaned_data,
        )
    except Invitation.DoesNotExist:
        raise Http404 from None
    if not token:
        messages.warning(
            request, _("That sheet was shown once and cannot be shown again. Print a new one if it is lost.")
        )
        return redirect("admin:accounts_patient_change", patient.pk)
    address = _address_of(token)
    context = {
        **page.admin_site.each_context(request),
        "title": _("Invitation of %(patient)s") % {"patient": patient},
        "opts": page.opts,
        "original": patient,
        "invitation": invitation,
        "clinic": ClinicSettings.load(),
        "address": address,
        "qr": drawing_of(address),
    }
    response = render(request, "desk/invitation_sheet.html", context)
    log_read(cast(User, request.user), patient.pk, "invitation sheet", AccessLog.How.PRINT)
    return response


@require_POST
def revoke(request: HttpRequest, patient: Patient, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitation = Invitation.objects.filter(pk=invitation_id, patient=patient).first()
    if invitation is None:
        raise Http404
    services.revoke(invitation=invitation, by=cast(User, request.user), now=timezone.now())
    if invitation.revoked_at:
        messages.success(request, _("The invitation no longer works."))
    else:
        messages.warning(request, _("The invitation was accepted already."))
    return redirect("admin:accounts_patient_change", patient.pk)


def send(request: HttpRequest, patient: Patient, *, invitation_id: UUID, email: str) -> bool:
    """Invite by mail and say so; tell whether the mail server took it."""
    try:
        services.invite_by_mail(
            patient=patient,
            invitation_id=invitation_id,
            email=email,
            by=cast(User, request.user),
            now=timezone.now(),
            address_of=_address_of,
        )
    except Invitation.DoesNotExist:
        raise Http404 from None
    except OSError:
        return False
    messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": email})
    return True


def _address_of(token: str) -> str:
    return settings.SITE_URL + reverse("accounts:invitation", args=[token])
