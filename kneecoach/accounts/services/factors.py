"""Second factors of staff, and passkeys of everybody: made, renamed, taken away. Their owner is told by mail."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction

from kneecoach.accounts.models import User
from kneecoach.accounts.notices import Change, tell
from kneecoach.accounts.services.devices import end_all_log_ins

PROVING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def factors_of(user: User) -> list[Authenticator]:
    """Return the factors and passkeys of somebody, the oldest first. One query."""
    return list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))


def set_up_app(user: User, *, secret: str) -> bool:
    """Take the app that holds this secret as a second factor, in the place of one from before.

    Recovery codes come with the first factor; tell whether they are new.
    """
    with transaction.atomic():
        _lock(user)
        Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
        TOTP.activate(user, secret)
        tell(user, Change.APP)
        return _make_codes_once(user)


def add_passkey(user: User, *, credential: dict[str, Any], name: str) -> bool:
    """Add a passkey. For staff it is a second factor, and recovery codes come with the first; tell whether they are new."""
    with transaction.atomic():
        _lock(user)
        WebAuthn.add(user, name, credential)
        tell(user, Change.PASSKEY)
        return user.is_staff and _make_codes_once(user)


def rename_passkey(passkey: Authenticator, *, name: str) -> None:
    """Give a passkey another name."""
    passkey.data["name"] = name
    passkey.save(update_fields=["data"])


def renew_recovery_codes(user: User) -> None:
    """Make new recovery codes; those from before no longer work."""
    with transaction.atomic():
        _lock(user)
        Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
        RecoveryCodes.activate(user)
        tell(user, Change.CODES)


def remove_factor(factor: Authenticator) -> bool:
    """Take a factor or passkey away; recovery codes go with the last one. Tell whether another one is left."""
    with transaction.atomic():
        _lock(factor.user)
        Authenticator.objects.filter(pk=factor.pk).delete()
        is_left = Authenticator.objects.filter(user=factor.user, type__in=PROVING).exists()
        if not is_left:
            Authenticator.objects.filter(user=factor.user).delete()
        tell(factor.user, Change.APP_REMOVED if factor.type == Authenticator.Type.TOTP else Change.PASSKEY_REMOVED)
        return is_left


def reset_factors(user: User) -> int:
    """Take away every factor of somebody who has lost theirs, and end their log-ins: whoever has found it is out too.

    The next log-in leads to setting up a new one. Return how many were taken away.
    """
    with transaction.atomic():
        _lock(user)
        end_all_log_ins(user)
        removed, _by_table = Authenticator.objects.filter(user=user).delete()
        tell(user, Change.RESET)
        return removed


def _make_codes_once(user: User) -> bool:
    is_new = not Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists()
    RecoveryCodes.activate(user)
    return is_new


def _lock(user: User) -> None:
    """Have one request at a time change the factors of an account."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)
