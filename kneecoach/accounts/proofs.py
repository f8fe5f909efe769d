"""What a browser session has proved: who is there, how lately, and with which factors.

allauth writes down each step of a log-in in the session. Here is what that means to us.
"""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from django.conf import settings
from django.http import HttpRequest

SECOND = "mfa"


def needs_second_factor(request: HttpRequest) -> bool:
    """Tell whether somebody of the staff has proved one factor only. Costs no query: the session knows."""
    user = request.user
    return (
        settings.REQUIRE_SECOND_FACTOR
        and user.is_authenticated
        and user.is_staff
        and not any(record["method"] == SECOND for record in get_authentication_records(request, user))
    )


def is_recent(request: HttpRequest) -> bool:
    """Tell whether whoever is logged in has proved it in the last minutes, by log-in or again since."""
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(record["at"] > since for record in get_authentication_records(request, request.user))


def prove(request: HttpRequest, method: str, **told: Any) -> None:
    """Write down that whoever is logged in has just proved who they are. The session gets a new key, as at log-in."""
    record_authentication(request, request.user, method, **told)
    request.session.cycle_key()


def forget_second_factor(request: HttpRequest) -> None:
    """Forget the second factor that this session has proved: it was taken away."""
    records = get_authentication_records(request, request.user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [row for row in records if row["method"] != SECOND]
