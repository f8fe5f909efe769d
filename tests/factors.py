"""Second factors and passkeys for tests: one row each, and the codes that an app would show."""

import time

from allauth.mfa.models import Authenticator as Factor
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from kneecoach.accounts.models import User
from kneecoach.accounts.secret_box import encrypt
from tests.authenticator import Authenticator

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_app(*, user: User) -> Factor:
    """Give a member of staff an authenticator app, which holds TOTP_SECRET."""
    return Factor.objects.create(user=user, type=Factor.Type.TOTP, data={"secret": encrypt(TOTP_SECRET)})


def a_code(*, steps: int = 0) -> str:
    """Return what the app shows now, or so many half-minutes later."""
    return code_of(TOTP_SECRET, steps=steps)


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what an app shows that holds this key."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def make_passkey(*, user: User | None, name: str = "Phone", device: Authenticator | None = None) -> Factor:
    """Give somebody a passkey of a device."""
    credential = (device or Authenticator()).create()
    data = {"name": name, "credential": credential}
    return Factor.objects.create(user=user, type=Factor.Type.WEBAUTHN, data=data)
