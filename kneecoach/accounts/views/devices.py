"""Log-in and devices: everything that somebody logs in with, and where they are logged in."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kneecoach.accounts import services
from kneecoach.accounts.access import patient_of
from kneecoach.accounts.models import Device
from kneecoach.accounts.services.devices import DEVICE
from kneecoach.accounts.views.reauthenticate import recently_proven
from kneecoach.http import SiteRequest


@require_safe
def devices(request: SiteRequest) -> HttpResponse:
    """Show it. Changing any of it asks once more who is there."""
    factors = services.factors_of(request.user)
    context = {
        "patient": patient_of(request.user),
        "passkeys": [row for row in factors if row.type == Authenticator.Type.WEBAUTHN],
        "app": next((row for row in factors if row.type == Authenticator.Type.TOTP), None),
        "devices": services.devices_of(request.user, now=timezone.now()),
        "this_device": request.session.get(DEVICE),
        "has_codes": any(row.type == Authenticator.Type.RECOVERY_CODES for row in factors),
    }
    return render(request, "accounts/devices.html", context)


@require_POST
@recently_proven
def end(request: SiteRequest, pk: int) -> HttpResponse:
    """End one of one's own log-ins; the one in this browser is logging out."""
    device = get_object_or_404(Device, pk=pk, user=request.user)
    is_here = device.pk == request.session.get(DEVICE)
    services.end_log_ins(Device.objects.filter(pk=device.pk))
    if is_here:
        logout(request)
        return redirect("account_login")
    messages.success(request, _("%(device)s is logged out.") % {"device": device})
    return redirect("accounts:devices")


@require_POST
@recently_proven
def end_others(request: SiteRequest) -> HttpResponse:
    """End every log-in but the one in this browser."""
    count = services.end_other_log_ins(request, request.user)
    messages.success(
        request,
        ngettext("One other log-in was ended.", "%(count)s other log-ins were ended.", count) % {"count": count},
    )
    return redirect("accounts:devices")
