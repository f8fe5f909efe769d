"""An authenticator made of software: it makes passkeys and uses them, as a phone would."""

import hashlib
import itertools
import json
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN, HOST = "http://testserver", "testserver"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
# Of devices. An address in memory is given again when a device is gone, and made two of them one now and then.
NUMBERS = itertools.count()


class Authenticator:
    """One device with one passkey; without `verifies` it asks for neither finger nor PIN."""

    def __init__(self, *, verifies: bool = True) -> None:
        self.key = ec.derive_private_key(4711, ec.SECP256R1())
        self.credential_id = hashlib.sha256(str(next(NUMBERS)).encode()).digest()
        self.flags = PRESENT | (VERIFIED if verifies else 0)

    def create(self, challenge: str = "") -> dict[str, Any]:
        """Return what a browser sends when a passkey was made."""
        made = AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(_host_hash(), self.flags | ATTESTED, 0, bytes(made))
        attestation = AttestationObject.create("none", data, {})
        return self._answer(
            {"attestationObject": websafe_encode(bytes(attestation))}, _client_data("webauthn.create", challenge)
        ) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def get(self, challenge: str, *, user_handle: str = "") -> str:
        """Return what a browser sends when the passkey was used, as JSON."""
        data = _host_hash() + bytes([self.flags]) + struct.pack(">I", 0)
        client_data = _client_data("webauthn.get", challenge)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"authenticatorData": websafe_encode(data), "signature": websafe_encode(signed)}
        if user_handle:
            response["userHandle"] = websafe_encode(user_handle.encode())
        return json.dumps(self._answer(response, client_data))

    def _answer(self, response: dict[str, str], client_data: bytes) -> dict[str, Any]:
        key = websafe_encode(self.credential_id)
        response = {"clientDataJSON": websafe_encode(client_data), **response}
        return {"id": key, "rawId": key, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _host_hash() -> bytes:
    return hashlib.sha256(HOST.encode()).digest()


def _client_data(kind: str, challenge: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": False}).encode()
