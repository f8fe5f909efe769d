"""A code that is mailed and typed: in the browser session, for a quarter of an hour and a few tries."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

CODE_LASTS = timedelta(minutes=15)
CODE_TRIES = 5
KEY = "mailed_code"


def bare(code: str) -> str:
    """Return a code as it is compared, however it was typed."""
    return "".join(character for character in code.upper() if character.isalnum())


def send_code(session: SessionBase, email: str, *, now: datetime) -> None:
    """Mail a new code; one from before no longer works."""
    code = get_adapter().generate_login_code()
    session[KEY] = {"code": code, "sent_at": now.isoformat(), "tries": 0}
    get_adapter().send_mail("account/email/login_code", email, {"code": code})


def has_code(session: SessionBase, *, now: datetime) -> bool:
    """Tell whether a code was sent that still counts."""
    sent: dict[str, Any] | None = session.get(KEY)
    if sent is None:
        return False
    return now < datetime.fromisoformat(sent["sent_at"]) + CODE_LASTS and sent["tries"] < CODE_TRIES


def is_code(session: SessionBase, typed: str) -> bool:
    """Tell whether this is the code. Each try counts; the right one is used up."""
    sent = session[KEY]
    if constant_time_compare(bare(typed), bare(sent["code"])):
        del session[KEY]
        return True
    session[KEY] = {**sent, "tries": sent["tries"] + 1}
    return False
