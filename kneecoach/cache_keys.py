"""Under which names something is kept in the cache: they stand in the database, and in each backup of it."""

import hashlib
import hmac

from django.conf import settings

PURPOSE = b"kneecoach.cache_keys"


def hashed(key: str, key_prefix: str, version: int) -> str:
    """Return a name of 64 letters that tells nothing without SECRET_KEY.

    Counters are named after addresses, of the internet and of mail, and codes that were used after the code: a hash without a
    key would be found again by trying them all. With another SECRET_KEY, counters of minutes begin anew.
    """
    secret = hmac.digest(settings.SECRET_KEY.encode(), PURPOSE, hashlib.sha256)
    return hmac.new(secret, f"{key_prefix}:{version}:{key}".encode(), hashlib.sha256).hexdigest()
