"""Codes of an authenticator app: the first one, which sets it up, and those that are asked for later."""

from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import User
from kneecoach.accounts.notices import Change, tell

# Longer than any code is taken: a period, one before and one after.
USED_FOR_SECONDS = 120


class CodeOnceForm(forms.Form):
    """A code that works once: whoever has watched it being typed can do nothing with it."""

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label=_("Code"),
            max_length=30,
            help_text=_("Six digits from the app, or one of your recovery codes."),
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        )

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError for a wrong one, and for one that was used."""
        typed = normalize_user_code(self.cleaned_data["code"])
        code: str = super().clean_code()  # type: ignore[misc]
        if not cache.add(f"second-factor-used:{self.user.pk}:{typed}", 1, USED_FOR_SECONDS):
            raise get_adapter().validation_error("incorrect_code")
        factor = getattr(self, "authenticator", None)  # a first code is of none yet
        if factor is not None and factor.type == Authenticator.Type.RECOVERY_CODES:
            tell(self.user, Change.CODE_USED)
        return code


class FactorForm(CodeOnceForm, AuthenticateForm):
    """The second step of a log-in."""


class FactorAgainForm(CodeOnceForm, ReauthenticateForm):
    """Proving once more who is logged in."""


class _FirstCode(forms.Form):
    def clean_code(self) -> str:
        forget_tries = check_rate_limit(self.user, error_key="rate_limited")  # type: ignore[attr-defined]
        if not validate_totp_code(self.secret, self.cleaned_data["code"]):  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        forget_tries()
        return str(self.cleaned_data["code"])


class FirstCodeForm(CodeOnceForm, _FirstCode):
    """The first code of an app, which shows that it holds the secret."""

    def __init__(self, *args: Any, user: User, secret: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.secret = user, secret
        self.fields["code"].help_text = _("Six digits, which the app shows for half a minute.")
