"""How allauth behaves here: accounts are made by invitation, nobody signs up, and a passkey is a way in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from kneecoach.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Close the sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: a physiotherapist creates the patient and invites them."""
        return False


class PasskeyAdapter(DefaultMFAAdapter):
    """Passkeys under our name."""

    def is_mfa_enabled(self, user: User, types: Any = None) -> bool:
        """Return False: whoever has a passkey may still come in by a code that is mailed to them."""
        return False

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the site as the phone will show it."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Kneecoach"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Name the account as the phone will show it; the id leads back to it at log-in."""
        return {
            "id": user_pk_to_url_str(user).encode(),
            "name": user.email or user.name,
            "display_name": user.name,
        }
