"""Log-in and devices: everything that somebody logs in with, and where they are logged in."""

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kneecoach.accounts import services
from kneecoach.accounts.access import patient_of
from kneecoach.http import SiteRequest


@require_GET
def devices(request: SiteRequest) -> HttpResponse:
    """Show it. Changing any of it asks once more who is there."""
    factors = services.factors_of(request.user)
    context = {
        "patient": patient_of(request.user),
        "passkeys": [row for row in factors if row.type == Authenticator.Type.WEBAUTHN],
        "app": next((row for row in factors if row.type == Authenticator.Type.TOTP), None),
        "has_codes": any(row.type == Authenticator.Type.RECOVERY_CODES for row in factors),
    }
    return render(request, "accounts/devices.html", context)
