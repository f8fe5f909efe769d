"""Proving once more who is there, before anything about the log-in changes."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kneecoach.accounts import passkeys
from kneecoach.accounts.access import patient_of
from kneecoach.accounts.factor_forms import FactorAgainForm
from kneecoach.accounts.forms import CodeForm, OwnPasswordForm
from kneecoach.accounts.mailed_codes import MailedCode, Purpose
from kneecoach.accounts.models import User
from kneecoach.accounts.proofs import is_recent, needs_second_factor, prove
from kneecoach.accounts.services import PROVING, factors_of
from kneecoach.http import SiteRequest, own_path, page_to_come_back_to

P = ParamSpec("P")


def recently_proven(view: Callable[Concatenate[Any, P], Any]) -> Callable[Concatenate[Any, P], Any]:
    """Let in whoever has proved in the last minutes who they are; lead everybody else to doing so, and back."""

    @functools.wraps(view)
    def wrapper(request: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        if is_recent(request) and not _owes_factor(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': page_to_come_back_to(request)})}")

    return wrapper  # type: ignore[return-value]


@require_http_methods(["GET", "HEAD", "POST"])
def reauthenticate(request: SiteRequest) -> HttpResponse:
    """Offer every way that this account has; one is enough."""
    limited = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
    if limited:
        return limited
    following = own_path(request, request.POST.get("next") or request.GET.get("next")) or reverse("accounts:devices")
    way = request.POST.get("way", "")
    ways = [way for way in _ways_of(request.user) if way in _FACTORS or not _owes_factor(request)]
    context: dict[str, Any] = {"next": following, "patient": patient_of(request.user), "ways": ways}
    if way == "send" and "mail" in ways and request.user.email:
        _code_of(request).send(request.user.email, now=timezone.now())
    form = _form(request, way) if way in ways and way != "send" else None
    if form is not None and form.is_valid() and _is_right(request, way, form):
        prove(request, _METHODS[way], reauthenticated=True)
        return redirect(following)
    if "mail" in ways:
        context["has_code"] = _code_of(request).counts(now=timezone.now())
        context["code_form"] = form if way == "mail" and form else CodeForm()
    if "password" in ways:
        context["password_form"] = form if way == "password" and form else OwnPasswordForm()
    if "app" in ways:
        context["app_form"] = form if way == "app" and form else FactorAgainForm(user=request.user, auto_id="id_app_%s")
    if "passkey" in ways:
        context["passkey_options"] = passkeys.request_options(request.user)
        context["passkey_failed"] = way == "passkey"
    return render(request, "account/reauthenticate.html", context, status=422 if form is not None else 200)


# What stands in the session for each: allauth's own words.
_METHODS = {"password": "password", "app": "mfa", "passkey": "mfa", "mail": "code"}
_FACTORS = ("passkey", "app")


def _owes_factor(request: SiteRequest) -> bool:
    """Tell whether staff have a second factor that this log-in has not proved: it began before there was one."""
    return needs_second_factor(request) and any(row.type in PROVING for row in factors_of(request.user))


def _code_of(request: SiteRequest) -> MailedCode:
    return MailedCode.of_account(request.session, Purpose.PROOF, request.user)


def _ways_of(user: User) -> list[str]:
    """Return how an account can prove itself. A mailed code is not enough for whoever has a second factor."""
    types = {factor.type for factor in factors_of(user)}
    ways = []
    if Authenticator.Type.WEBAUTHN in types:
        ways.append("passkey")
    if user.is_staff and Authenticator.Type.TOTP in types:
        ways.append("app")
    if user.has_usable_password():
        ways.append("password")
    if user.email and not (user.is_staff and types):
        ways.append("mail")
    return ways


def _form(request: SiteRequest, way: str) -> forms.Form:
    if way == "password":
        return OwnPasswordForm(request.POST)
    if way == "app":
        return FactorAgainForm(request.POST, user=request.user, auto_id="id_app_%s")
    if way == "passkey":
        return passkeys.PasskeyAgainForm(request.POST, user=request.user)
    return CodeForm(request.POST)


def _is_right(request: SiteRequest, way: str, form: forms.Form) -> bool:
    """Tell whether what was typed is right; the forms of factors have found that out already."""
    if way == "password" and not request.user.check_password(form.cleaned_data["password"]):
        form.add_error("password", _("This is not your password."))
    if way == "mail":
        if not _code_of(request).counts(now=timezone.now()):
            form.add_error("code", _("That code no longer counts. Have a new one sent."))
        elif not _code_of(request).is_right(form.cleaned_data["code"]):
            form.add_error("code", _("This is not the code. Look at the newest mail, and type it as it stands there."))
    return not form.errors
