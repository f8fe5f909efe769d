"""The one e-mail address of an account: where codes and reminders go, and what a password is typed with."""

from django.db import IntegrityError, transaction

from kneecoach.accounts.models import User


class AddressTaken(Exception):
    """Somebody else logs in with this address."""


def change_address(user: User, *, email: str) -> User:
    """Make an address that its owner has proven the account's; the one from before is worth nothing from then on.

    Both are told by mail (kneecoach.accounts.notices). Raises AddressTaken, with nothing written.
    """
    try:
        with transaction.atomic():
            locked = User.objects.select_for_update().get(pk=user.pk)
            if locked.email != email:
                locked.email = email
                locked.save(update_fields=["email"])
            return locked
    except IntegrityError:
        raise AddressTaken from None
