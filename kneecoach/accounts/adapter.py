"""How allauth behaves here: accounts are made by invitation, nobody signs up, and staff prove two factors."""

import logging
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kneecoach import mail_later
from kneecoach.accounts import secret_box
from kneecoach.accounts.models import User
from kneecoach.accounts.services import end_log_in_here

logger = logging.getLogger(__name__)
# How long what is mailed works, as the mails say it.
_LASTS = {
    "minutes": app_settings.LOGIN_BY_CODE_TIMEOUT // 60,
    "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
}


class AccountAdapter(DefaultAccountAdapter):
    """Close the sign-up, and ask for a second factor at log-in where somebody has one to give."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed. Ask your clinic."),
        "email_password_mismatch": _("This is not the address and password of an account here. Check both."),
        "enter_current_password": _("This is not your password."),
        "incorrect_code": _("This is not the code. Look at the newest mail, and type it as it stands there."),
        "incorrect_password": _("This is not your password."),
        "same_as_current": _("That is what it is already. Enter another one."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, or have a new code sent."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: a physiotherapist creates the patient and invites them."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail once the answer is on its way. For an address that nobody has, do the same work and send nothing."""
        is_unknown = template_prefix == "account/email/unknown_account"
        if is_unknown:
            template_prefix, context = self._as_if_known(context)
        told = {"email": email, **_LASTS, **context}
        message = self.render_mail(template_prefix, email, told)
        if not is_unknown:
            mail_later.send(message)

    def _as_if_known(self, context: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return which mail would have gone out if the address were known, and what it would say."""
        request = context["request"]
        if request.path != reverse("account_reset_password"):
            return "account/email/login_code", {**context, "code": self.generate_login_code()}
        key = f"0-{default_token_generator.make_token(User(pk=0, date_joined=timezone.now()))}"
        url = self.get_reset_password_from_key_url(key)
        return "account/email/password_reset_key", {**context, "user": User(), "password_reset_url": url}

    def is_safe_url(self, url: str | None) -> bool:
        """Return False for what is no address at all, as for what leads to another site."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def logout(self, request: HttpRequest) -> None:
        """Log out, and end what belongs to the log-in: by the button, or by a link for somebody else's new password."""
        end_log_in_here(request)
        super().logout(request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Begin with SITE_URL: the name, case and port in the Host header are the visitor's to choose."""
        uidb36, _dash, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})

    def pre_login(self, request: HttpRequest, user: Any, *, email: str | None, **told: Any) -> Any:
        """Refuse a log-in by an address that is not the account's any more: a code may have gone there before."""
        if email and email.lower() != user.email:
            clear_login(request)
            messages.warning(request, _("That code no longer counts. Have a new one sent."))
            return redirect("account_login")
        return super().pre_login(request, user, email=email, **told)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong tries by the account alone: allauth adds the Host header, whose port and case a visitor chooses."""
        return str(credentials.get("email", "")).lower()

    def get_login_stages(self) -> list[str]:
        """Put our stage in the place of allauth's, which would ask everybody who has a passkey."""
        theirs, ours = (f"{stage.__module__}.{stage.__name__}" for stage in (AuthenticateStage, StaffSecondFactorStage))
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Lead to our one page: kneecoach.accounts.views.reauthenticate knows all ways."""
        return [
            {"id": "reauthenticate", "description": _("Confirm it is you"), "url": reverse("account_reauthenticate")}
        ]


class StaffSecondFactorStage(AuthenticateStage):
    """The second step of a log-in, for staff who have a factor. A patient's passkey is a way in and nothing on top."""

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        return bool(user and user.is_staff and super()._should_handle(request))


class FactorAdapter(DefaultMFAAdapter):
    """Factors under our name, their secrets encrypted."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That code does not fit, or it was used already. Wait for the next one, and type that."),
        "unreadable": _("Your second factor can no longer be read. Ask your clinic manager to reset it."),
    }

    def encrypt(self, text: str) -> str:
        """Encrypt what the database keeps."""
        return secret_box.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return it again. Raises ValidationError where the key was changed without keeping the old one."""
        try:
            return secret_box.decrypt(encrypted_text)
        except secret_box.Unreadable:
            logger.error("A second factor cannot be read: is the former SECRET_KEY in SECRET_KEY_FALLBACKS?")
            raise self.validation_error("unreadable") from None

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
