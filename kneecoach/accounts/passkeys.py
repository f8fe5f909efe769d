"""Passkeys, on top of allauth's: making one for an account that does not exist yet, and logging in with one."""

import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm, SignupWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from fido2.webauthn import ResidentKeyRequirement, UserVerificationRequirement

from kneecoach.accounts.models import User

# What the libraries raise where something that is no passkey was sent, besides the errors that allauth catches.
NOT_A_PASSKEY = (LookupError, TypeError, ValueError, AttributeError)


class PasskeyLoginForm(LoginWebAuthnForm):
    """A passkey that somebody logs in with; what is none is an error of the form."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey. Raises ValidationError."""
        try:
            return super().clean_credential()
        except NOT_A_PASSKEY:
            raise get_adapter().validation_error("incorrect_code") from None


def creation_options(user: User) -> str:
    """Return what a browser needs to make a passkey for this account, as JSON; the challenge goes to the session.

    The passkey finds the account by itself (resident) and stands for the person (verified), so it needs nothing beside.
    Earlier ones are not excluded: whoever is invited again may do so on the same phone.
    """
    options, state = auth.get_server().register_begin(
        user=auth.build_user_payload(user),
        credentials=[],
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
