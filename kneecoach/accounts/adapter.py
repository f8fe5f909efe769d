"""How allauth behaves here: accounts are made by the clinic, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Close the sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: a physiotherapist creates the patient and the account."""
        return False
