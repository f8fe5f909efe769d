"""Somebody who has opened an invitation and has no log-in yet: what they have said so far, in their browser session."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kneecoach.accounts.mailed_codes import MailedCode, Purpose
from kneecoach.accounts.models import ClinicSettings, Invitation, Patient, User
from kneecoach.accounts.rules import CONSENT_VERSION
from kneecoach.accounts.services import Agreement

KEY = "welcome"
P = ParamSpec("P")


@dataclass
class Guest:
    """An open invitation, and what was said since it was opened. `said` goes back to the session with each change."""

    request: HttpRequest
    invitation: Invitation
    said: dict[str, Any]

    @property
    def patient(self) -> Patient:
        """Return who was invited."""
        return self.invitation.patient

    @property
    def proven_email(self) -> str:
        """Return the address that the link itself was mailed to: nobody has to prove it again. Empty for a sheet."""
        return self.invitation.email if self.invitation.way == Invitation.Way.MAIL else ""

    def say(self, **said: object) -> None:
        """Remember something."""
        self.said |= said
        self.request.session[KEY] = self.said

    def agree(self, *, guardian_name: str, now: datetime) -> None:
        """Remember that the text as it is now was agreed to; it is written down when the account opens."""
        self.say(version=CONSENT_VERSION, agreed_at=now.isoformat(), guardian_name=guardian_name)

    @property
    def agreement(self) -> Agreement | None:
        """Return what was agreed to: nothing yet, or nothing any more where the text has changed meanwhile."""
        if self.said.get("version") != CONSENT_VERSION:
            return None
        at = datetime.fromisoformat(self.said["agreed_at"])
        return Agreement(CONSENT_VERSION, at, self.said["guardian_name"])

    def send_code(self, *, email: str, password: str, now: datetime) -> None:
        """Mail a code to an address that has to be proven. `password` is hashed, empty for none."""
        self.say(email=email, password=password)
        self._code.send(email, now=now)

    def has_code(self, now: datetime) -> bool:
        """Tell whether a code was sent that still counts."""
        return self._code.email == self.said.get("email") and self._code.counts(now=now)

    def is_code(self, typed: str) -> bool:
        """Tell whether this is the code, however it was typed. Each try counts."""
        return self._code.is_right(typed)

    @property
    def _code(self) -> MailedCode:
        return MailedCode(self.request.session, Purpose.WELCOME, str(self.invitation.pk))

    def account(self) -> User:
        """Return the account that a passkey is made for: the patient's own, or a new one under an id set aside once."""
        if self.patient.user is not None:
            return self.patient.user
        if "user_id" not in self.said:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_user', 'id'))")
                self.say(user_id=cursor.fetchone()[0])
        return User(id=self.said["user_id"], name=self.patient.name, email=self.invitation.email or None)

    def forget(self) -> None:
        """Forget everything: the invitation is used."""
        self.request.session.pop(KEY, None)


GuestView = Callable[Concatenate[Guest, P], HttpResponse]


def remember(request: HttpRequest, invitation_id: UUID) -> None:
    """Put an invitation into the browser session. What was said about the same one stays."""
    if request.session.get(KEY, {}).get("invitation") != str(invitation_id):
        request.session[KEY] = {"invitation": str(invitation_id)}


def guest_required(view: GuestView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in whoever has opened an invitation that is still open, and nobody who is logged in as somebody.

    The view takes the guest in place of the request.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        said = request.session.get(KEY)
        opened = Invitation.objects.open_at(timezone.now()).select_related("patient__user", "invited_by")
        invitation = opened.filter(pk=said["invitation"]).first() if said else None
        if said is None or invitation is None:
            return closed(request)
        if request.user.is_authenticated:
            return render(request, "accounts/welcome/somebody_else.html")
        return view(Guest(request, invitation, said), *args, **kwargs)

    return login_not_required(wrapper)  # type: ignore[return-value]


def closed(request: HttpRequest) -> HttpResponse:
    """Say that there is no open invitation: the same for one that was used, revoked, expired or never made."""
    return render(request, "accounts/welcome/closed.html", {"clinic": ClinicSettings.load()}, status=404)
