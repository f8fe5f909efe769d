"""From the link of an invitation to the patient's own day: opening it, agreeing, and the time zone."""

from allauth.core.internal import ratelimit
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.forms import AgreeForm, DayForm
from kneecoach.accounts.guests import KEY, Guest, closed, guest_required, remember
from kneecoach.accounts.models import ClinicSettings, Invitation, Patient
from kneecoach.accounts.rules import InvitationState
from kneecoach.accounts.services import end_log_in_here, hash_of, set_day
from kneecoach.http import PatientRequest


@require_safe
@login_not_required
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address and go on. Looking at a link uses nothing up: programs that read mail do that."""
    if not ratelimit.consume(request, app="allauth.account", action="invitation", limit_get=True):
        return ratelimit.respond_429(request)
    invitation = Invitation.objects.select_related("patient").filter(token_hash=hash_of(token)).first()
    if invitation is None:
        return closed(request)
    if invitation.state_at(timezone.now()) == InvitationState.OPEN:
        remember(request, invitation.pk)
        return redirect("accounts:welcome")
    # Many keep the mail and come back by its link.
    if request.user.is_authenticated and invitation.patient.user_id == request.user.pk:
        return redirect("progress:today")
    return closed(request)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_required
def agree(guest: Guest) -> HttpResponse:
    """Say who invites to what, and ask for consent; for a minor, of a parent or guardian."""
    now = timezone.now()
    request = guest.request
    is_minor = guest.patient.is_minor(timezone.localdate(now))
    form = AgreeForm(request.POST if request.method == "POST" else None, is_minor=is_minor)
    if form.is_valid():
        guest.agree(guardian_name=form.cleaned_data.get("guardian_name", ""), now=now)
        return redirect("accounts:welcome-log-in")
    context = {"guest": guest, "form": form, "is_minor": is_minor, "clinic": ClinicSettings.load()}
    return render(request, "accounts/welcome/agree.html", context, status=422 if form.errors else 200)


@require_POST
@login_not_required
def leave(request: HttpRequest) -> HttpResponse:
    """Log whoever is logged in here out, and go on with the invitation that was opened."""
    said = request.session.get(KEY)
    if said is None:
        return closed(request)
    end_log_in_here(request)
    logout(request)
    request.session[KEY] = {"invitation": said["invitation"]}
    return redirect("accounts:welcome")


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def day(request: PatientRequest) -> HttpResponse:
    """Ask where the patient lives, so that their mornings are mornings, and when they exercise; then lead to the muscle."""
    own_row = Patient.objects.get(pk=request.patient.pk)
    form = DayForm(request.POST if request.method == "POST" else None, instance=own_row)
    if form.is_valid():
        patient = set_day(request.patient, **form.day)
        return redirect("progress:today" if patient.vmo_found_at else "exercises:find-muscle")
    context = {"newcomer": request.patient, "form": form}
    return render(request, "accounts/welcome/day.html", context, status=422 if form.errors else 200)
