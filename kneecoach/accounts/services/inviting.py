"""Inviting a patient, and taking an invitation back."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from kneecoach.accounts.models import ClinicSettings, Invitation, Patient, User
from kneecoach.accounts.rules import INVITATION_LASTS

# 22 characters: nobody guesses one, and a QR code of its address stays coarse enough for any camera.
TOKEN_BYTES = 16
# Whoever invites waits for the mail server, to hear whether it took the mail, but not for one that says nothing.
GREETED_WITHIN_S = 2


def hash_of(token: str) -> str:
    """Return what is stored of a token. It is random and long, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    *, patient: Patient, invitation_id: UUID, way: str, email: str, by: User, now: datetime
) -> tuple[Invitation, str]:
    """Make an invitation and return it with its token, which is known only now. An earlier one no longer works.

    The id comes from the form: sent twice, the second finds the first's row and no token. Raises
    Invitation.DoesNotExist for an id that is somebody else's.
    """
    with transaction.atomic():
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        if Invitation.objects.filter(pk=invitation_id).exists():
            return Invitation.objects.get(pk=invitation_id, patient=patient), ""
        Invitation.objects.waiting().filter(patient=patient).update(revoked_at=now, revoked_by=by)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        made = Invitation.objects.create(
            id=invitation_id,
            patient=patient,
            way=way,
            email=User.objects.normalize_email(email),
            token_hash=hash_of(token),
            invited_by=by,
            invited_at=now,
            expires_at=now + INVITATION_LASTS,
        )
        return made, token


def invite_by_mail(
    *,
    patient: Patient,
    invitation_id: UUID,
    email: str,
    by: User,
    now: datetime,
    address_of: Callable[[str], str],
) -> Invitation:
    """Invite by mail; `address_of` turns the token into the address in it.

    Where the mail server does not take the mail (OSError, which SMTPException is) nothing is written, and the earlier
    invitation goes on working. A server that says nothing is given up after two seconds, before anything is locked.
    """
    with get_connection(timeout=GREETED_WITHIN_S):
        pass
    with transaction.atomic():
        made, token = invite(
            patient=patient, invitation_id=invitation_id, way=Invitation.Way.MAIL, email=email, by=by, now=now
        )
        if token:
            context = {"address": address_of(token), "invitation": made, "clinic": ClinicSettings.load()}
            body = render_to_string("accounts/mail/invitation.txt", context)
            EmailMessage(_("Your invitation"), body, to=[made.email]).send()
        return made


def revoke(*, invitation: Invitation, by: User, now: datetime) -> None:
    """Take an invitation back: its link no longer works. One that was accepted or revoked stays as it is."""
    with transaction.atomic():
        Patient.objects.select_for_update(of=("self",)).get(pk=invitation.patient_id)
        Invitation.objects.waiting().filter(pk=invitation.pk).update(revoked_at=now, revoked_by=by)
    invitation.refresh_from_db()
