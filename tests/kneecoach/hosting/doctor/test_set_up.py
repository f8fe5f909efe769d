"""What the settings promise: the mail server takes us, and address, proxy and cookies fit together."""

import socketserver
import threading

import pytest
from django.conf import settings

from kneecoach.hosting.doctor import Level, set_up
from tests.kneecoach.hosting.doctor.saying import levels


@pytest.fixture
def mail_server(monkeypatch):
    """Listen on loopback as a mail server that knows one password; return what it was told."""
    told: list[str] = []

    class Talk(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 mail.example.org\r\n")
            for line in self.rfile:
                told.append(line.decode().strip())
                verb = line.split()[0].upper()
                is_known = b"AGNsaW5pYwByaWdodA==" in line  # \0clinic\0right
                answers = {
                    b"EHLO": b"250-mail.example.org\r\n250 AUTH PLAIN\r\n",
                    b"AUTH": b"235 welcome\r\n" if is_known else b"535 who are you?\r\n",
                    b"QUIT": b"221 bye\r\n",
                }
                self.wfile.write(answers.get(verb, b"502 no\r\n"))
                if verb == b"QUIT":
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Talk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        set_up = {
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": server.server_address[1],
            "EMAIL_USE_TLS": False,
            "EMAIL_HOST_USER": "clinic",
            "EMAIL_HOST_PASSWORD": "right",
            "DEFAULT_FROM_EMAIL": "Knee <knee@clinic.example>",
        }
        for name, value in set_up.items():
            monkeypatch.setattr(settings, name, value)
        yield told
        server.shutdown()


# --- mail ---
def test_mail_server_that_takes_us_is_well_and_nothing_is_sent(mail_server):
    found = levels(set_up.mail())

    port = settings.EMAIL_PORT
    assert found == [(Level.OK, f"127.0.0.1:{port} answers, logged in as clinic")]
    assert [line.split()[0].upper() for line in mail_server] == ["EHLO", "AUTH", "QUIT"]


def test_mail_server_that_does_not_know_the_password_is_wrong(mail_server, monkeypatch):
    monkeypatch.setattr(settings, "EMAIL_HOST_PASSWORD", "wrong")

    ((level, text),) = levels(set_up.mail())

    assert level == Level.WRONG
    assert "who are you?" in text


def test_mail_server_that_is_not_there_and_a_sender_nobody_takes_are_wrong(mail_server, monkeypatch):
    monkeypatch.setattr(settings, "EMAIL_PORT", 1)
    monkeypatch.setattr(settings, "DEFAULT_FROM_EMAIL", "noreply@localhost")

    found = levels(set_up.mail())

    assert [level for level, _text in found] == [Level.WRONG, Level.WRONG]
    assert "Connection refused" in found[0][1]
    assert "noreply@localhost" in found[1][1]


# --- address, proxy, cookies ---
@pytest.mark.parametrize(
    ("site_url", "is_https", "trusts", "wrong"),
    [
        ("https://knee.example.org", True, True, []),
        ("https://knee.example.org", True, False, ["proxy"]),
        ("http://knee.example.org", False, True, ["site"]),
        ("http://localhost", False, True, []),
    ],
)
def test_address_and_proxy(monkeypatch, site_url, is_https, trusts, wrong):
    for name, value in {
        "SITE_URL": site_url,
        "IS_HTTPS": is_https,
        "TRUST_PROXY": trusts,
        "SESSION_COOKIE_SECURE": is_https,
        "CSRF_COOKIE_SECURE": is_https,
    }.items():
        monkeypatch.setattr(settings, name, value)

    found = [*set_up.site(), *set_up.proxy(), *set_up.cookies()]

    assert [finding.about for finding in found if finding.level == Level.WRONG] == wrong
    assert f"SITE_URL is {site_url}" in [finding.text for finding in found]


# --- push ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("key", "is_https", "level", "words"),
    [
        (b"", True, Level.NOTE, "there is no key"),
        (bytes(31) + b"1", False, Level.NOTE, "https sites alone"),
        (bytes(31) + b"1", True, Level.OK, "updates.push.services.mozilla.com, *.push.apple.com"),
    ],
)
def test_push_says_whether_it_is_offered_and_where_to(
    monkeypatch, key: bytes, is_https: object, level: Level, words: str
):
    monkeypatch.setattr(settings, "PUSH_KEY", key)
    monkeypatch.setattr(settings, "IS_HTTPS", is_https)

    ((found, text),) = levels(set_up.push())

    assert found == level
    assert words in text
