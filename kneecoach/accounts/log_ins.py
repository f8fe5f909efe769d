"""What goes with every log-in and every new password, whatever page it came from.

Django and allauth tell of both by signals; no other place sees all ways in.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kneecoach.accounts.models import User
from kneecoach.accounts.services import begin_log_in, end_other_log_ins

# As allauth calls them, when they failed.
TRIES = "login_failed"


def connect() -> None:
    """Hear of them."""
    user_logged_in.connect(_begin, dispatch_uid="log-in")
    for signal in (password_changed, password_set, password_reset):
        signal.connect(_end_others, dispatch_uid="new password")
    password_reset.connect(_forget_tries, dispatch_uid="tries")


class PasswordLogInForm(LoginForm):
    """A log-in by password, after which allauth lets everybody's session last as long as a patient's."""

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Log in, or lead to the second factor. Staff who have none yet are in, for as long as staff are."""
        response: HttpResponse = super().login(request, redirect_url)
        if request.user.is_authenticated and request.user.is_staff:
            request.session.set_expiry(settings.STAFF_LOG_IN_SECONDS)
        return response


def _begin(sender: Any, request: HttpRequest, user: User, **told: Any) -> None:
    begin_log_in(request, user, now=timezone.now())


def _forget_tries(sender: Any, request: HttpRequest, user: User, **told: Any) -> None:
    """Let the new password work at once, after however many wrong ones: allauth knows addresses by its own table alone.

    What counts for an address on the internet stays: who resets their own password again and again gets no more tries.
    """
    if user.email:
        key = get_adapter(request)._get_login_attempts_cache_key(request, email=user.email)
        of_accounts = [rate for rate in settings.ACCOUNT_RATE_LIMITS[TRIES].split(",") if rate.endswith("/key")]
        ratelimit.clear(request, app="allauth.account", action=TRIES, config={TRIES: ",".join(of_accounts)}, key=key)


def _end_others(sender: Any, request: HttpRequest, user: User, **told: Any) -> None:
    end_other_log_ins(request, user)
