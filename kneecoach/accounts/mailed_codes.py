"""A code that is mailed and typed, apart from the one of the log-in: in the browser session, for one purpose."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from django.contrib.sessions.backends.base import SessionBase
from django.db import models
from django.utils.crypto import constant_time_compare

from kneecoach.accounts.models import User


class Purpose(models.TextChoices):
    """What a code is typed for. It counts for nothing else."""

    WELCOME = "welcome"
    PROOF = "proof"
    ADDRESS = "address"


@dataclass(frozen=True)
class MailedCode:
    """The newest code for a purpose in a browser session; `holder` is who may type it, and as what they stood then."""

    session: SessionBase
    purpose: Purpose
    holder: str

    @property
    def key(self) -> str:
        """Return where it stands in the session."""
        return f"mailed_code_{self.purpose.value}"

    @classmethod
    def of_account(cls, session: SessionBase, purpose: Purpose, user: User) -> "MailedCode":
        """Return the one of an account: it dies where somebody else logs in, and where the address changes meanwhile."""
        return cls(session, purpose, f"{user.pk} {user.email or ''}")

    @property
    def email(self) -> str:
        """Return where it went; empty where none was sent."""
        return str(self._sent.get("email", ""))

    def send(self, email: str, *, now: datetime) -> None:
        """Mail a new code; one from before no longer works."""
        code = get_adapter().generate_login_code()
        self.session[self.key] = {
            "holder": self.holder,
            "email": email,
            "code": code,
            "sent_at": now.isoformat(),
            "tries": 0,
        }
        get_adapter().send_mail("account/email/login_code", email, {"code": code, "purpose": self.purpose})

    def counts(self, *, now: datetime) -> bool:
        """Tell whether there is one that still counts: as long, and for as many tries, as at log-in."""
        if not self._sent:
            return False
        lasts = timedelta(seconds=app_settings.LOGIN_BY_CODE_TIMEOUT)
        is_fresh = now < datetime.fromisoformat(self._sent["sent_at"]) + lasts
        return is_fresh and bool(self._sent["tries"] < app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS)

    def is_right(self, typed: str) -> bool:
        """Tell whether this is the code, however it was typed. Each try counts; the right one is used up."""
        sent = self._sent
        if constant_time_compare(_bare(typed), _bare(sent["code"])):
            del self.session[self.key]
            return True
        self.session[self.key] = {**sent, "tries": sent["tries"] + 1}
        return False

    @property
    def _sent(self) -> dict[str, Any]:
        sent: dict[str, Any] = self.session.get(self.key, {})
        return sent if sent.get("holder") == self.holder else {}


def _bare(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())
