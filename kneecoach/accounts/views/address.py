"""Changing the e-mail address of an account: the new one is proven by a code before it counts."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kneecoach.accounts import mailed_codes
from kneecoach.accounts.access import patient_of
from kneecoach.accounts.forms import CodeForm, OtherAddressForm
from kneecoach.accounts.services import AddressTaken, change_address
from kneecoach.accounts.views.reauthenticate import recently_proven
from kneecoach.http import SiteRequest


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def change(request: SiteRequest) -> HttpResponse:
    """Ask for the new address and mail a code there, whoever else may have it: an answer would tell who has an account."""
    form = OtherAddressForm(request.POST if request.method == "POST" else None, current=request.user.email or "")
    if form.is_valid():
        email = form.cleaned_data["email"]
        limited: Any = ratelimit.consume_or_429(request, action="address", user=request.user, key=email)
        if limited:
            return limited
        mailed_codes.send_code(request.session, email, now=timezone.now())
        return redirect("accounts:address-code")
    context = {"form": form, "patient": patient_of(request.user)}
    return render(request, "accounts/address.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def type_code(request: SiteRequest) -> HttpResponse:
    """Take the code; then the address is theirs, and nobody's before it could be asked for in this browser."""
    email, now = mailed_codes.address_of(request.session), timezone.now()
    # A code that went to the present address proves who is there, and changes nothing.
    if email == request.user.email or not mailed_codes.has_code(request.session, email, now=now):
        messages.warning(request, _("There is no code that counts. Have one sent."))
        return redirect("accounts:address")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if mailed_codes.is_code(request.session, form.cleaned_data["code"]):
            return _take_over(request, str(email))
        form.add_error("code", _("This is not the code. Look at the newest mail, and type it as it stands there."))
    context = {"form": form, "email": email, "patient": patient_of(request.user)}
    return render(request, "accounts/address_code.html", context, status=422 if form.errors else 200)


def _take_over(request: SiteRequest, email: str) -> HttpResponse:
    try:
        change_address(request.user, email=email)
    except AddressTaken:
        messages.error(request, _("Another account here has this address. Use another one, or ask your clinic."))
        return redirect("accounts:address")
    messages.success(request, _("Your address is %(email)s now. Mails go there alone.") % {"email": email})
    return redirect("accounts:devices")
