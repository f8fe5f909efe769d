"""A code that is mailed and typed, apart from the one of the log-in: in the browser session, for the address it went to."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

KEY = "mailed_code"


def send_code(session: SessionBase, email: str, *, now: datetime) -> None:
    """Mail a new code; one from before no longer works."""
    code = get_adapter().generate_login_code()
    session[KEY] = {"code": code, "email": email, "sent_at": now.isoformat(), "tries": 0}
    get_adapter().send_mail("account/email/login_code", email, {"code": code})


def address_of(session: SessionBase) -> str | None:
    """Return where the newest code went."""
    sent: dict[str, Any] | None = session.get(KEY)
    return sent["email"] if sent else None


def has_code(session: SessionBase, email: str | None, *, now: datetime) -> bool:
    """Tell whether a code was sent to this address that still counts: as long, and for as many tries, as at log-in."""
    sent: dict[str, Any] | None = session.get(KEY)
    if sent is None or sent["email"] != email:
        return False
    lasts = timedelta(seconds=app_settings.LOGIN_BY_CODE_TIMEOUT)
    is_fresh = now < datetime.fromisoformat(sent["sent_at"]) + lasts
    return is_fresh and bool(sent["tries"] < app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS)


def is_code(session: SessionBase, typed: str) -> bool:
    """Tell whether this is the code, however it was typed. Each try counts; the right one is used up."""
    sent = session[KEY]
    if constant_time_compare(_bare(typed), _bare(sent["code"])):
        del session[KEY]
        return True
    session[KEY] = {**sent, "tries": sent["tries"] + 1}
    return False


def _bare(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())
