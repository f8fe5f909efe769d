"""The site as it runs in production, https included, on loopback; what it answered is in a file."""

import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tests.chaos.servers import UP_WITHIN_S, app_url
from tests.plugins.database import TestDatabase


@dataclass(frozen=True)
class Site:
    """A server that runs: its address, and the file in which a line stands for each answer."""

    address: str
    log: Path

    def answers(self) -> "Counter[str]":
        """Return how often it answered with which status."""
        return Counter(line.split(" ")[1] for line in self.log.read_text(encoding="utf-8").splitlines())

    def failed(self) -> list[str]:
        """Return what was answered with an error of ours, each once."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return sorted({line for line in lines if line.split(" ")[1].startswith("5")})


@contextmanager
def running_site(database: TestDatabase, folder: Path, *, mail_port: int) -> Iterator[Site]:
    """Run gunicorn with the settings of production."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    site = Site(f"https://localhost:{port}", folder / "answers")
    certificate, key = _certificate(folder)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.scan.settings",
        "DEBUG": "0",
        "SITE_URL": site.address,
        "DATABASE_URL": app_url(database),
        "EMAIL_HOST": "localhost",
        "EMAIL_PORT": str(mail_port),
        "EMAIL_USE_TLS": "0",
        "REQUIRE_SECOND_FACTOR": "1",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--bind", f"localhost:{port}"]
    command += ["--certfile", str(certificate), "--keyfile", str(key), "--access-logfile", str(site.log)]
    command += ["--access-logformat", "%(m)s %(s)s %(U)s", "kneecoach.wsgi"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        _wait_for(site)
        yield site
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(site: Site) -> None:
    until = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < until:
        asking = http.client.HTTPSConnection(urlsplit(site.address).netloc, timeout=5, context=anybody())
        with suppress(OSError), closing(asking):
            asking.request("GET", "/healthz")
            if asking.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError("gunicorn did not start")


def anybody() -> ssl.SSLContext:
    """Return how to talk to a site whose certificate nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for loopback, which is good for a day, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
