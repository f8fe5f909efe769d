"""The two published recipes of web push: a text that one browser alone can read, and a word on who sends it.

RFC 8291 with RFC 8188 (`aes128gcm`), and RFC 8292 (`vapid`). Bytes in, bytes out; no Django, no clock, no network.
"""

import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT_BYTES, SECRET_BYTES, SALT_BYTES, NUMBER_BYTES = 65, 16, 16, 32
# One record holds the whole text, and every push service takes one of this size.
RECORD_BYTES = 4096
LAST_RECORD = b"\x02"


def seal(text: bytes, public_key: bytes, auth_secret: bytes) -> bytes:
    """Return a text, of 3993 bytes at most, so that only the browser with these keys can read it.

    Raises ValueError for a public key that is no point of the curve.
    """
    own = ec.generate_private_key(CURVE)
    return seal_with(text, public_key, auth_secret, own=own, salt=os.urandom(SALT_BYTES))


def seal_with(
    text: bytes, public_key: bytes, auth_secret: bytes, *, own: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Return it with a key and a salt that are given: for the example of the RFC. Both are good for one message."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public_key)
    ours = point_of(own)
    shared = own.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, auth_secret, b"WebPush: info\0" + public_key + ours, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + struct.pack("!LB", RECORD_BYTES, len(ours)) + ours
    return head + AESGCM(key).encrypt(nonce, text + LAST_RECORD, None)


def signed(key: bytes, *, audience: str, contact: str, ends_at: datetime) -> str:
    """Return the header `Authorization`: who sends (`contact`) to which push service (`audience`), until when."""
    claims = {"aud": audience, "exp": int(ends_at.timestamp()), "sub": contact}
    parts = [encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
    private = private_key(key)
    numbers = decode_dss_signature(private.sign(".".join(parts).encode(), ec.ECDSA(SHA256())))
    signature = b"".join(number.to_bytes(NUMBER_BYTES, "big") for number in numbers)
    return f"vapid t={'.'.join([*parts, encoded(signature)])}, k={encoded(point_of(private))}"


def private_key(key: bytes) -> ec.EllipticCurvePrivateKey:
    """Return a private key from its number. Raises ValueError for one that the curve has not, such as zero."""
    return ec.derive_private_key(int.from_bytes(key, "big"), CURVE)


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public half of a key, as 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_point(public_key: bytes) -> bool:
    """Tell whether bytes are a public key that can be written to."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public_key)
    except ValueError:
        return False
    return len(public_key) == POINT_BYTES


def encoded(value: bytes) -> str:
    """Return bytes as base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of base64url, with padding or without. Raises ValueError for anything else."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
