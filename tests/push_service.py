"""A push service on loopback, by real https, and a browser that reads what arrives as RFC 8291 says: with nothing of ours.

The keys of the browser are the only thing that opens a message, and the public key that it was told the only one that it
believes.
"""

import json
import os
import ssl
import struct
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

CREATED, HANG_UP, TAKE_AND_HANG_UP = 201, 0, -1


@dataclass(frozen=True)
class Received:
    """One message as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """What was accepted, in order. `rule` says what becomes of a message to a path: a status, or that we are gone."""

    received: list[Received] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    rule: Callable[[str], int] = lambda path: CREATED
    port: int = 0

    @property
    def host(self) -> str:
        """Return host and port."""
        return f"localhost:{self.port}"


class Handler(BaseHTTPRequestHandler):
    """One message."""

    def do_POST(self) -> None:
        """Do what the rule says."""
        service: PushService = cast(Any, self.server).service
        body = self.rfile.read(int(self.headers["Content-Length"]))
        service.asked.append(self.path)
        fate = service.rule(self.path)
        if fate in (CREATED, TAKE_AND_HANG_UP):
            service.received.append(Received(self.path, dict(self.headers), body))
        if fate in (HANG_UP, TAKE_AND_HANG_UP):
            return
        self.send_response(fate)
        self.send_header("Content-Length", "0")
        if 300 <= fate < 400:
            self.send_header("Location", f"https://localhost:{service.port}/led-here")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    """Run one while the block runs; its certificate is left in the folder as `trusted.pem`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(folder), folder / "key.pem")
    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        service = PushService(port=server.server_address[1])
        cast(Any, server).service = service
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield service
        server.shutdown()
        thread.join()


def make_certificate(folder: Path) -> Path:
    """Write a certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime(2020, 1, 1, tzinfo=UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365 * 40))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "trusted.pem").write_bytes(certificate.public_bytes(encoding))
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return folder / "trusted.pem"


class Browser:
    """A browser with keys of its own."""

    def __init__(self, endpoint: str, key: ec.EllipticCurvePrivateKey | None = None, auth: bytes | None = None) -> None:
        self.endpoint = endpoint
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.auth = auth or os.urandom(16)

    @property
    def said(self) -> dict[str, str]:
        """Return what it tells the page, as the page sends it on."""
        return {"endpoint": self.endpoint, "public_key": text_of(self.point), "auth_secret": text_of(self.auth)}

    @property
    def point(self) -> bytes:
        """Return its public key."""
        form = serialization.PublicFormat.UncompressedPoint
        return self.key.public_key().public_bytes(serialization.Encoding.X962, form)

    def read(self, body: bytes) -> bytes:
        """Open a message, step by step as in RFC 8291, 3.4 and RFC 8188, 2. Raises InvalidTag for one to another."""
        salt, record_size, length = body[:16], *struct.unpack("!LB", body[16:21])
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= record_size
        secret = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        material = _mac(_mac(self.auth, secret), b"WebPush: info\0" + self.point + theirs + b"\1")
        mixed = _mac(salt, material)
        key = _mac(mixed, b"Content-Encoding: aes128gcm\0\1")[:16]
        nonce = _mac(mixed, b"Content-Encoding: nonce\0\1")[:12]
        text = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert text.endswith(b"\2"), "not the last record"
        return text[:-1]


def claims_of(authorization: str, known: str) -> dict[str, Any]:
    """Return what a sender says of itself, as RFC 8292: by the public key that the browser was told, and no other."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", known)
    head, claims, signature = parts["t"].split(".")
    assert json.loads(bytes_of(head)) == {"typ": "JWT", "alg": "ES256"}
    numbers = bytes_of(signature)
    assert len(numbers) == 64
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(known))
    der = utils.encode_dss_signature(int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big"))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return cast(dict[str, Any], json.loads(bytes_of(claims)))


def text_of(value: bytes) -> str:
    """Return bytes as browsers write them."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    """Return what was written so."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _mac(key: bytes, text: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(text)
    return made.finalize()
