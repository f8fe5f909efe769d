"""The one e-mail address of an account: where codes and reminders go, and what a password is typed with."""

from datetime import datetime

from django.db import IntegrityError, transaction

from kneecoach.accounts.models import Invitation, User


class AddressTaken(Exception):
    """Somebody else logs in with this address."""


def change_address(user: User, *, email: str, now: datetime) -> User:
    """Make an address that its owner has proven the account's; the one from before is worth nothing from then on.

    Both are told by mail (kneecoach.accounts.notices). Raises AddressTaken, with nothing written.
    """
    try:
        with transaction.atomic():
            locked = User.objects.select_for_update().get(pk=user.pk)
            if locked.email != email:
                locked.email = email
                locked.save(update_fields=["email"])
                revoke_mailed(locked, by=locked, now=now)
            return locked
    except IntegrityError:
        raise AddressTaken from None


def revoke_mailed(user: User, *, by: User, now: datetime) -> None:
    """Take back the invitation that waits in the mail of an address from before: it would open the account there."""
    waiting = Invitation.objects.waiting().filter(patient__user=user, way=Invitation.Way.MAIL)
    waiting.exclude(email=user.email or "").update(revoked_at=now, revoked_by=by)
