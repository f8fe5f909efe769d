"""The second factor of staff: setting it up, on the way to the desk or later, and entering it at log-in."""

import base64
import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kneecoach.accounts import passkeys, services
from kneecoach.accounts.factor_forms import FirstCodeForm
from kneecoach.accounts.proofs import forget_second_factor, prove
from kneecoach.accounts.views.reauthenticate import recently_proven
from kneecoach.http import SiteRequest, own_path

P = ParamSpec("P")
NEXT, SECRET, SHOW_CODES = "second_factor_next", "second_factor_secret", "second_factor_codes"


def staff_only(view: Callable[Concatenate[SiteRequest, P], HttpResponse]) -> Any:
    """Let staff in. Patients have ways in, and no second factor."""

    @functools.wraps(view)
    def wrapper(request: SiteRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied(_("A second factor is for the clinic’s staff."))
        return view(request, *args, **kwargs)

    return wrapper


@require_safe
@staff_only
def start(request: SiteRequest) -> HttpResponse:
    """Say what a second factor is, and offer the two; or ask for the one that is there."""
    request.session[NEXT] = own_path(request, request.GET.get("next")) or reverse("admin:index")
    if any(factor.type in services.PROVING for factor in services.factors_of(request.user)):
        # A session from before it was set up: proving it is enough.
        return redirect(f"{reverse('account_reauthenticate')}?next={request.session[NEXT]}")
    return render(request, "accounts/second_factor/start.html")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
@recently_proven
def app(request: SiteRequest) -> HttpResponse:
    """Show the secret to an authenticator app, as a code to scan and as text, and take its first code."""
    adapter = get_adapter()
    if SECRET not in request.session:
        request.session[SECRET] = adapter.encrypt(generate_totp_secret())
    secret = adapter.decrypt(request.session[SECRET])
    form = FirstCodeForm(request.POST if request.method == "POST" else None, user=request.user, secret=secret)
    if form.is_valid():
        codes_are_new = services.set_up_app(request.user, secret=secret)
        del request.session[SECRET]
        return set_up(request, codes_are_new=codes_are_new)
    drawing = base64.b64encode(adapter.build_totp_svg(adapter.build_totp_url(request.user, secret)).encode())
    context = {"form": form, "drawing": f"data:image/svg+xml;base64,{drawing.decode()}", "secret": _in_fours(secret)}
    return render(request, "accounts/second_factor/app.html", context, status=422 if form.errors else 200)


def set_up(request: SiteRequest, *, codes_are_new: bool) -> HttpResponse:
    """Go on after a factor was set up: to the recovery codes that came with it, or to where its owner was going."""
    prove(request, "mfa", reauthenticated=True)
    if codes_are_new:
        request.session[SHOW_CODES] = True
        return redirect("accounts:recovery-codes")
    return redirect(request.session.pop(NEXT, reverse("accounts:devices")))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
@recently_proven
def recovery_codes(request: SiteRequest) -> HttpResponse:
    """Show the codes until they are kept, then never again; make new ones when asked to."""
    row = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None:
        return redirect("accounts:second-factor")
    if "kept" in request.POST:
        request.session.pop(SHOW_CODES, None)
        return redirect(request.session.pop(NEXT, reverse("accounts:devices")))
    if "new" in request.POST:
        services.renew_recovery_codes(request.user)
        request.session[SHOW_CODES] = True
        return redirect("accounts:recovery-codes")
    codes = row.wrap().get_unused_codes()
    context = {
        "codes": [_in_fours(code) for code in codes] if SHOW_CODES in request.session else [],
        "left": len(codes),
    }
    return render(request, "accounts/second_factor/codes.html", context)


@require_POST
@staff_only
@recently_proven
def remove_app(request: SiteRequest) -> HttpResponse:
    """Take the app away. Where it was the last factor, another one has to follow before the desk opens again."""
    row = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).first()
    if row is not None:
        if not services.remove_factor(row):
            forget_second_factor(request)
        messages.success(request, _("The app no longer logs you in."))
    return redirect("accounts:devices")


class EnterView(AuthenticateView):
    """The second step of a log-in."""

    template_name = "mfa/authenticate.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what this account has."""
        context = super().get_context_data(**kwargs)
        user = self.stage.login.user
        types = {factor.type for factor in services.factors_of(user)}
        context["has_passkey"] = Authenticator.Type.WEBAUTHN in types
        if context["has_passkey"]:
            context["passkey_options"] = passkeys.request_options(user)
        context["tried_passkey"] = self.request.method == "POST" and "code" not in self.request.POST
        return context


def _in_fours(text: str) -> str:
    """Return a secret as people copy it: in groups of four."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
