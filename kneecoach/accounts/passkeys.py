"""Passkeys, on top of allauth's: making one for an account that does not exist yet, and logging in with one."""

import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
    SignupWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from fido2.webauthn import ResidentKeyRequirement, UserVerificationRequirement

from kneecoach.accounts.models import User

# What the libraries raise where something that is no passkey was sent, besides the errors that allauth catches.
NOT_A_PASSKEY = (LookupError, TypeError, ValueError, AttributeError)


class PasskeyMixin:
    """What is no passkey is an error of the form."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey. Raises ValidationError."""
        try:
            passkey: Authenticator = super().clean_credential()  # type: ignore[misc]
        except NOT_A_PASSKEY:
            raise get_adapter().validation_error("incorrect_code") from None
        return passkey


class PasskeyLoginForm(PasskeyMixin, LoginWebAuthnForm):
    """A passkey that somebody logs in with."""


class PasskeyFactorForm(PasskeyMixin, AuthenticateWebAuthnForm):
    """A passkey as the second step of a log-in."""


class PasskeyAgainForm(PasskeyMixin, ReauthenticateWebAuthnForm):
    """A passkey that proves once more who is logged in."""


def request_options(user: User) -> str:
    """Return what a browser needs to use a passkey of this account, as JSON; the challenge goes to the session."""
    return json.dumps(auth.begin_authentication(user))


def creation_options(user: User, *, besides: bool = False) -> str:
    """Return what a browser needs to make a passkey for this account, as JSON; the challenge goes to the session.

    The passkey finds the account by itself (resident) and stands for the person (verified), so it needs nothing beside.
    Earlier ones are not excluded: whoever is invited again may do so on the same phone. One that is made `besides` others
    is for another device.
    """
    options, state = auth.get_server().register_begin(
        user=auth.build_user_payload(user),
        credentials=auth.get_credentials(user) if besides else [],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        extensions=auth.EXTENSIONS,
    )
    auth.set_state(state)
    return json.dumps(dict(options))


def checked(credential: str, user: User) -> dict[str, Any] | None:
    """Return a passkey that a browser has made, or None where it does not fit the challenge."""
    form = SignupWebAuthnForm({"credential": credential}, user=user)
    try:
        return form.cleaned_data["credential"] if form.is_valid() else None
    except NOT_A_PASSKEY:
        return None
