"""A scanner of other people looks for holes, as nobody, as a patient and as a physiotherapist: `make wapiti`.

The site runs as in production, on loopback, with two patients who have a row of every kind. What was found, and how it was
judged, is told in docs/security.md.
"""

import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.crypto import get_random_string

from tests.cast import browser_of, make_cast
from tests.plugins.database import TestDatabase
from tests.scan.site import Site, running_site
from tests.smtp import mail_server

# Thrown away whenever somebody likes; git ignores it.
TOOLS = Path(__file__).resolve().parent.parent.parent / ".wapiti"
# Its own choice but for two: `ssl` asks about the certificate, which is the proxy's, and `ssrf` asks a server elsewhere
# whether ours came by.
MODULES = "cookieflags,crlf,csp,csrf,exec,file,http_headers,methods,permanentxss,redirect,sql,timesql,upload,xss"
CRAWL_S, ATTACK_S = os.environ.get("CRAWL_S", "120"), os.environ.get("ATTACK_S", "60")
# What would end the log-in that is looked with, or lock the patient away from the rest of the site.
LEFT_OUT = ("/account/logout/", "/admin/logout/", "/welcome/log-out/", "/account/devices/*", "/me/consent/withdraw/")


@pytest.fixture(scope="session")
def wapiti() -> Path:
    """Return the scanner, which is installed the first time."""
    program = TOOLS / "bin" / "wapiti"
    if not program.exists():
        venv.create(TOOLS, with_pip=True)
        pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "wapiti3"], check=True)
    return program


def cookie_file(folder: Path, client: Client | None) -> Path:
    """Write the log-in of a browser, and one CSRF cookie for all that it asks, in the way in which the scanner reads it."""
    # It walks in several steps at once, each of which would be given a cookie of its own that no other's forms fit to.
    held = {"__Host-kneecoach_csrf": get_random_string(32)}
    if client is not None:
        held["__Host-kneecoach_session"] = str(client.session.session_key)
    cookies = {
        name: {"value": value, "expires": None, "secure": True, "port": None, "version": 0}
        for name, value in held.items()
    }
    path = folder / "cookies.json"
    path.write_text(json.dumps({".localhost.local": {"/": cookies}}), encoding="utf-8")
    return path


def scan(program: Path, site: Site, folder: Path, *, start: str, cookies: Path) -> list[dict[str, Any]]:
    """Let it look, and return what it reports: kind, method, path, parameter and its words for it."""
    report = folder / "report.json"
    command = [program, "-u", site.address + start, "--scope", "folder", "-d", "6", "-m", MODULES, "--verify-ssl", "0"]
    command += ["--max-scan-time", CRAWL_S, "--max-attack-time", ATTACK_S, "--max-links-per-page", "60"]
    command += [
        "-c",
        cookies,
        "--store-session",
        folder / "session",
        "--store-config",
        folder / "config",
        "--flush-session",
    ]
    # Without it our forms take nothing, and it would look at refusals only.
    command += ["-H", f"Referer: {site.address}{start}"]
    command += ["--skip", "csrfmiddlewaretoken", "--no-bugreport", "-v", "1", "-f", "json", "-o", report]
    command += [part for path in LEFT_OUT for part in ("-x", site.address + path)]
    subprocess.run([str(part) for part in command], check=True)
    told = json.loads(report.read_text(encoding="utf-8"))
    found = {**told["vulnerabilities"], **told["anomalies"]}
    return [{"kind": kind, **row} for kind, rows in found.items() for row in rows]


@pytest.mark.parametrize("who", ["nobody", "patient", "physiotherapist"])
def test_what_it_finds(who: str, wapiti: Path, live_db: TestDatabase, tmp_path: Path):
    client = None if who == "nobody" else browser_of(make_cast(), who)
    start = "/admin/" if who == "physiotherapist" else "/"
    with mail_server() as mailbox, running_site(live_db, tmp_path, mail_port=mailbox.port) as site:
        found = scan(wapiti, site, tmp_path, start=start, cookies=cookie_file(tmp_path, client))

    print(f"\n{who}: answers {dict(site.answers())}, mails {len(mailbox.received)}")
    for row in found:
        print(f"{row['kind']}: {row['method']} {row['path']} {row['parameter']}: {row['info']}")
    assert client is None or client.get(start).status_code == 200, "the log-in did not last as long as the scan"
    assert site.failed() == []
