"""Accepting an invitation: the account opens, and what was agreed to is on record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from kneecoach.accounts.models import Consent, Invitation, Patient, User
from kneecoach.accounts.notices import Change, tell
from kneecoach.accounts.services.addresses import AddressTaken
from kneecoach.accounts.services.devices import end_all_log_ins
from kneecoach.accounts.services.people import open_account


class InvitationClosed(Exception):
    """The invitation was accepted, revoked or expired meanwhile."""


@dataclass(frozen=True)
class Agreement:
    """Which version of the text was agreed to, when, and by whom for a minor."""

    version: int
    at: datetime
    guardian_name: str = ""


@dataclass(frozen=True)
class WayIn:
    """How the patient will log in: e-mailed codes need the address, a password the address too, a passkey nothing else.

    `password` is already hashed. `user_id` was set aside for the account that a passkey was made for.
    """

    email: str = ""
    password: str = ""
    passkey: dict[str, Any] | None = None
    passkey_name: str = ""
    user_id: int | None = None


def accept(*, invitation_id: UUID, agreement: Agreement, way_in: WayIn, now: datetime) -> User:
    """Open the patient's account with this way in, and write the agreement down.

    A patient who had an account keeps it, with all that is recorded; passkeys and password from before no longer work
    and every log-in ends, since an invitation is how a lost phone is replaced. They are told so by mail. Raises InvitationClosed and
    AddressTaken, with nothing written.
    """
    try:
        with transaction.atomic():
            invitation = _lock_open(invitation_id, now)
            had_account = invitation.patient.user_id is not None
            user = open_account(invitation.patient, email=way_in.email or None, user_id=way_in.user_id)
            if not user.is_active or user.is_staff:
                raise InvitationClosed
            _replace_ways_in(user, way_in)
            if had_account:
                end_all_log_ins(user)
                tell(user, Change.INVITED)
            Consent.objects.create(
                patient=invitation.patient,
                invitation=invitation,
                version=agreement.version,
                agreed_at=agreement.at,
                guardian_name=agreement.guardian_name,
            )
            invitation.accepted_at = now
            invitation.save(update_fields=["accepted_at"])
            return user
    except IntegrityError as error:
        if "email" in str(error):
            raise AddressTaken from None
        raise


def _lock_open(invitation_id: UUID, now: datetime) -> Invitation:
    """Return the invitation, with its patient locked as in all that happens to invitations."""
    Patient.objects.select_for_update(of=("self",)).filter(invitations=invitation_id).first()
    invitation = Invitation.objects.open_at(now).select_related("patient").filter(pk=invitation_id).first()
    if invitation is None:
        raise InvitationClosed
    return invitation


def _replace_ways_in(user: User, way_in: WayIn) -> None:
    Authenticator.objects.filter(user=user).delete()
    if way_in.email:
        user.email = way_in.email
    if way_in.password:
        user.password = way_in.password
    else:
        user.set_unusable_password()
    user.save(update_fields=["email", "password"])
    if way_in.passkey:
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": way_in.passkey_name, "credential": way_in.passkey},
        )
