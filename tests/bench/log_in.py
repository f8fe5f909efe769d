"""Whether an answer takes as long for a known address as for an unknown one: medians of tries that take turns.

    make bench-log-in              200 tries of each
    TRIES=50 make bench-log-in     fewer

Over HTTP, on the settings of the compose image: with the real password hash, and a mail server on loopback that takes the
mails of those who are known. It is a process of its own, as it would be a machine of its own.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.db import connection

from kneecoach.accounts.models import User
from tests.bench.clinic import CSRF, HOST
from tests.bench.serving import Site, sites
from tests.chaos.servers import Postgres
from tests.factories import PASSWORD, make_patient
from tests.plugins.database import TestDatabase

TRIES = int(os.environ.get("TRIES", "200"))
# The first ones load templates in each process.
WARM = 8
MOST_APART = 0.10
NAME = "bench"
LOG_IN, CODE, RESET = "/account/login/", "/account/login/code/", "/account/password/reset/"


def test_known_and_unknown_take_as_long(live_db: TestDatabase, monkeypatch: pytest.MonkeyPatch):
    make_patient(email="known@example.org")
    User.objects.update(password=make_password(PASSWORD, hasher=PBKDF2PasswordHasher()))
    connection.close()
    with mail_server_apart() as mail, monkeypatch.context() as patched:
        for name, value in (("EMAIL_HOST", "127.0.0.1"), ("EMAIL_PORT", port_of(mail)), ("EMAIL_USE_TLS", "0")):
            patched.setenv(name, value)
        with sites(live_db, **{NAME: lambda superuser: None}) as served:
            apart = [compare(served[NAME], path) for path in (CODE, RESET, LOG_IN)]
            # It sends what waits before it ends.
            served[NAME].stop()
        arrived = mails_of(mail)

    print(f"  {arrived} mails arrived")
    assert arrived == 2 * (TRIES + WARM)
    assert max(apart) <= MOST_APART


def compare(site: Site, path: str) -> float:
    """Ask for a page in turns with both addresses, print the medians, and return by which share they are apart."""
    took: dict[str, list[float]] = {"known": [], "nobody": []}
    with Postgres().superuser(NAME) as superuser:
        for turn in range(TRIES + WARM):
            for who in sorted(took, reverse=bool(turn % 2)):
                seconds = ask(site, superuser, path, f"{who}@example.org")
                if turn >= WARM:
                    took[who].append(seconds)
    known, nobody = (statistics.median(took[who]) * 1000 for who in ("known", "nobody"))
    apart = abs(known - nobody) / max(known, nobody)
    print(
        f"\n  {path:26} known {known:7.2f} ms, unknown {nobody:7.2f} ms: {apart:.1%} apart, {TRIES} tries each",
        flush=True,
    )
    return apart


def ask(site: Site, superuser: psycopg.Connection, path: str, email: str) -> float:
    """Send a form, and return after how many seconds the answer was there. How often one may ask counts from nothing."""
    superuser.execute("DELETE FROM kneecoach_cache")
    fields = f"login={email}&password=wrong" if path == LOG_IN else f"email={email}"
    headers = {
        "Host": HOST,
        "Origin": f"https://{HOST}",
        "X-Forwarded-Proto": "https",
        "Cookie": f"__Host-{settings.CSRF_COOKIE_NAME}={CSRF}",
        "X-CSRFToken": CSRF,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    asking = HTTPConnection("localhost", site.port, timeout=30)
    asking.connect()
    began = time.perf_counter()
    asking.request("POST", path, fields, headers)
    answer = asking.getresponse()
    answer.read()
    took = time.perf_counter() - began
    asking.close()
    assert answer.status == (200 if path == LOG_IN else 302), (path, answer.status)
    return took


@contextmanager
def mail_server_apart() -> Iterator[subprocess.Popen[str]]:
    """Run a mail server as a process of its own."""
    command = [sys.executable, "-m", "tests.smtp"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR
    ) as server:
        try:
            yield server
        finally:
            server.kill()


def port_of(server: subprocess.Popen[str]) -> str:
    """Return where it listens: the first that it says."""
    assert server.stdout
    return server.stdout.readline().strip()


def mails_of(server: subprocess.Popen[str]) -> int:
    """Let it end, and return how many mails it took: the last that it says."""
    return int(server.communicate(timeout=30)[0])
