"""How an invited patient will log in: by e-mailed codes, with a passkey, or with a password."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kneecoach.accounts import passkeys
from kneecoach.accounts.forms import AddressForm, CodeForm, PasswordForm
from kneecoach.accounts.guests import Guest, closed, guest_required
from kneecoach.accounts.proofs import prove
from kneecoach.accounts.services import AddressTaken, Agreement, InvitationClosed, WayIn, accept


@require_http_methods(["GET", "HEAD", "POST"])
@guest_required
def choose(guest: Guest) -> HttpResponse:
    """Offer the ways in. The address that the link was mailed to is proven; another one is, by a code."""
    agreement = guest.agreement
    if agreement is None:
        return redirect("accounts:welcome")
    data = guest.request.POST if guest.request.method == "POST" else None
    way = data.get("way") if data else ""
    email = guest.proven_email
    address = AddressForm(data if way == "code" else None, proven=email, initial={"email": guest.invitation.email})
    password = PasswordForm(
        data if way == "password" else None,
        proven=email,
        initial={"email": guest.invitation.email},
        name=guest.patient.name,
    )
    form = password if way == "password" else address
    if form.is_valid():
        email = form.cleaned_data.get("email", email)
        # Before the password is hashed, which costs more than all the rest.
        limited = None if guest.proven_email else _too_many_codes(guest, email)
        if limited:
            return limited
        hashed = make_password(form.cleaned_data["password"]) if form is password else ""
        return (
            _prove(guest, email, hashed) if not guest.proven_email else _finish(guest, agreement, WayIn(email, hashed))
        )
    return _show(guest, address, password, status=422 if data is not None else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_required
def type_code(guest: Guest) -> HttpResponse:
    """Take the code that was mailed; then the address is theirs."""
    agreement, now = guest.agreement, timezone.now()
    if agreement is None:
        return redirect("accounts:welcome")
    if not guest.has_code(now):
        messages.warning(guest.request, _("That code no longer counts. Have a new one sent."))
        return redirect("accounts:welcome-log-in")
    form = CodeForm(guest.request.POST if guest.request.method == "POST" else None)
    if form.is_valid():
        if guest.is_code(form.cleaned_data["code"]):
            return _finish(guest, agreement, WayIn(guest.said["email"], guest.said["password"]))
        form.add_error("code", _("This is not the code. Look at the newest mail, and type it as it stands there."))
    context = {"guest": guest, "form": form, "email": guest.said["email"]}
    return render(guest.request, "accounts/welcome/code.html", context, status=422 if form.errors else 200)


@require_POST
@guest_required
def make_passkey(guest: Guest) -> HttpResponse:
    """Take the passkey that the browser has made."""
    agreement = guest.agreement
    if agreement is None:
        return redirect("accounts:welcome")
    account = guest.account()
    passkey = passkeys.checked(guest.request.POST.get("credential", ""), account)
    if passkey is None:
        messages.error(guest.request, _("The passkey did not arrive. Try it once more, or choose another way."))
        return redirect("accounts:welcome-log-in")
    # The link proves the address it was mailed to, so codes work beside the passkey where there is one.
    return _finish(
        guest, agreement, WayIn(guest.proven_email, passkey=passkey, passkey_name=_("Passkey"), user_id=account.pk)
    )


def _too_many_codes(guest: Guest, email: str) -> Any:
    return ratelimit.consume_or_429(guest.request, action="request_login_code", key=email)


def _prove(guest: Guest, email: str, password: str) -> HttpResponse:
    guest.send_code(email=email, password=password, now=timezone.now())
    return redirect("accounts:welcome-code")


def _finish(guest: Guest, agreement: Agreement, way_in: WayIn) -> HttpResponse:
    request = guest.request
    try:
        user = accept(invitation_id=guest.invitation.pk, agreement=agreement, way_in=way_in, now=timezone.now())
    except InvitationClosed:
        return closed(request)
    except AddressTaken:
        messages.error(request, _("Somebody logs in with this address already. Use another one, or ask your clinic."))
        return redirect("accounts:welcome-log-in")
    guest.forget()
    login(request, user)
    prove(request, "invitation")
    return redirect("accounts:welcome-day")


def _show(guest: Guest, address: AddressForm, password: PasswordForm, *, status: int) -> HttpResponse:
    context = {
        "guest": guest,
        "address_form": address,
        "password_form": password,
        "passkey_options": passkeys.creation_options(guest.account()),
    }
    return render(guest.request, "accounts/welcome/log_in.html", context, status=status)
