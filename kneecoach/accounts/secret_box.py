"""Secrets that have to be read again, such as the key of an authenticator app: encrypted before they are stored.

The key follows from SECRET_KEY. What an older key has written is read as long as that stands in SECRET_KEY_FALLBACKS;
`manage.py renew_secrets` writes it anew, and then the older key can go.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PURPOSE = b"kneecoach.accounts.second_factor"
Unreadable = InvalidToken


def encrypt(text: str) -> str:
    """Return a text as it may be stored."""
    return _box().encrypt(text.encode()).decode("ascii")


def decrypt(stored: str) -> str:
    """Return what was encrypted. Raises Unreadable where no key fits."""
    return _box().decrypt(stored.encode()).decode()


def renewed(stored: str) -> str:
    """Return the same secret, encrypted with the newest key. Raises Unreadable where no key fits."""
    return _box().rotate(stored.encode()).decode("ascii")


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key_from(secret)) for secret in keys])


def _key_from(secret: str) -> bytes:
    """Return a key of its own for this purpose: who learns it has not learned SECRET_KEY."""
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), PURPOSE, hashlib.sha256))
