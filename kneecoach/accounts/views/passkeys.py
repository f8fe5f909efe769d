"""One's own passkeys: adding, naming and removing them."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kneecoach.accounts import passkeys, services
from kneecoach.accounts.access import patient_of
from kneecoach.accounts.forms import PasskeyNameForm
from kneecoach.accounts.models import User
from kneecoach.accounts.proofs import forget_second_factor
from kneecoach.accounts.views import second_factor
from kneecoach.accounts.views.reauthenticate import recently_proven
from kneecoach.http import SiteRequest


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def add(request: SiteRequest) -> HttpResponse:
    """Have this device make a passkey, under a name."""
    form = PasskeyNameForm(request.POST if request.method == "POST" else None, initial={"name": _("This device")})
    has_failed = False
    if form.is_valid():
        credential = passkeys.checked(request.POST.get("credential", ""), request.user)
        if credential is not None:
            name = form.cleaned_data["name"]
            codes_are_new = services.add_passkey(request.user, credential=credential, name=name)
            if request.user.is_staff:
                return second_factor.set_up(request, codes_are_new=codes_are_new)
            messages.success(request, _("This device now logs you in."))
            return redirect("accounts:devices")
        has_failed = True
    context = {
        "patient": patient_of(request.user),
        "form": form,
        "has_failed": has_failed,
        "passkey_options": passkeys.creation_options(request.user, besides=True),
    }
    return render(request, "accounts/passkeys/add.html", context, status=422 if has_failed or form.errors else 200)


@require_POST
@recently_proven
def rename(request: SiteRequest, pk: int) -> HttpResponse:
    """Give one of one's own another name; without one it keeps the old."""
    passkey = _own(request.user, pk)
    form = PasskeyNameForm(request.POST)
    if form.is_valid():
        services.rename_passkey(passkey, name=form.cleaned_data["name"])
    else:
        messages.error(request, _("A passkey needs a name of at most 60 letters."))
    return redirect("accounts:devices")


@require_POST
@recently_proven
def remove(request: SiteRequest, pk: int) -> HttpResponse:
    """Take one of one's own away, unless nothing would be left to log in with."""
    passkey = _own(request.user, pk)
    is_only_way = not (request.user.email or request.user.has_usable_password())
    if is_only_way and sum(row.type == passkey.type for row in services.factors_of(request.user)) == 1:
        messages.error(request, _("This passkey is your only way in. Add another one first."))
        return redirect("accounts:devices")
    if not services.remove_factor(passkey):
        forget_second_factor(request)
    messages.success(request, _("The passkey no longer logs you in."))
    return redirect("accounts:devices")


def _own(user: User, pk: int) -> Authenticator:
    """Return a passkey of this account; one of somebody else is as one that does not exist."""
    return get_object_or_404(Authenticator, pk=pk, user=user, type=Authenticator.Type.WEBAUTHN)
