"""Changing the e-mail address of an account: the new one is proven by a code before it counts."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kneecoach.accounts.access import patient_of
from kneecoach.accounts.forms import CodeForm, OtherAddressForm
from kneecoach.accounts.mailed_codes import MailedCode, Purpose
from kneecoach.accounts.services import AddressTaken, change_address, end_other_log_ins
from kneecoach.accounts.views.reauthenticate import recently_proven
from kneecoach.http import SiteRequest

# In the browser session: what was set a moment ago, for whoever presses twice.
JUST_SET = "address_just_set"


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
        _code_of(request).send(email, now=timezone.now())
        request.session.pop(JUST_SET, None)
        return redirect("accounts:address-code")
    context = {"form": form, "patient": patient_of(request.user)}
    return render(request, "accounts/address.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def type_code(request: SiteRequest) -> HttpResponse:
    """Take the code; then the address is theirs. Who is there was proved when it was asked for, in this browser."""
    code = _code_of(request)
    if not code.counts(now=timezone.now()):
        if request.user.email and request.session.get(JUST_SET) == request.user.email:
            return redirect("accounts:devices")
        messages.warning(request, _("There is no code that counts. Have one sent."))
        return redirect("accounts:address")
    email = code.email
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if code.is_right(form.cleaned_data["code"]):
            return _take_over(request, email)
        form.add_error("code", _("This is not the code. Look at the newest mail, and type it as it stands there."))
    context = {"form": form, "email": email, "patient": patient_of(request.user)}
    return render(request, "accounts/address_code.html", context, status=422 if form.errors else 200)


def _code_of(request: SiteRequest) -> MailedCode:
    return MailedCode.of_account(request.session, Purpose.ADDRESS, request.user)


def _take_over(request: SiteRequest, email: str) -> HttpResponse:
    try:
        user = change_address(request.user, email=email, now=timezone.now())
    except AddressTaken:
        messages.error(request, _("Another account here has this address. Use another one, or ask your clinic."))
        return redirect("accounts:address")
    # For whoever logs in by codes the address is the password.
    end_other_log_ins(request, user)
    request.session[JUST_SET] = email
    messages.success(request, _("Your address is %(email)s now. Mails go there from now on.") % {"email": email})
    return redirect("accounts:devices")
