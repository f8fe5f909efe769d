"""The doctor: what is well, what is wrong, and that the exit code says so."""

import socketserver
import threading
from collections import namedtuple
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from kneecoach.hosting import doctor
from kneecoach.hosting.doctor import Finding, Level
from kneecoach.reminders.heartbeat import beat

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


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


def levels(findings) -> list[tuple[Level, str]]:
    return [(finding.level, finding.text) for finding in findings]


# --- mail ------------------------------------------------------------------------------------------------------------
def test_mail_server_that_takes_us_is_well_and_nothing_is_sent(mail_server):
    found = levels(doctor.mail())

    port = settings.EMAIL_PORT
    assert found == [(Level.OK, f"127.0.0.1:{port} answers, logged in as clinic")]
    assert [line.split()[0].upper() for line in mail_server] == ["EHLO", "AUTH", "QUIT"]


def test_mail_server_that_does_not_know_the_password_is_wrong(mail_server, monkeypatch):
    monkeypatch.setattr(settings, "EMAIL_HOST_PASSWORD", "wrong")

    ((level, text),) = levels(doctor.mail())

    assert level == Level.WRONG
    assert "who are you?" in text


def test_mail_server_that_is_not_there_and_a_sender_nobody_takes_are_wrong(mail_server, monkeypatch):
    monkeypatch.setattr(settings, "EMAIL_PORT", 1)
    monkeypatch.setattr(settings, "DEFAULT_FROM_EMAIL", "Kneecoach <kneecoach@localhost>")

    found = levels(doctor.mail())

    assert [level for level, _text in found] == [Level.WRONG, Level.WRONG]
    assert "Connection refused" in found[0][1]
    assert "kneecoach@localhost" in found[1][1]


# --- address, proxy, cookies -----------------------------------------------------------------------------------------
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

    found = [*doctor.site(), *doctor.proxy(), *doctor.cookies()]

    assert [finding.about for finding in found if finding.level == Level.WRONG] == wrong
    assert f"SITE_URL is {site_url}" in [finding.text for finding in found]


# --- database --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_database_of_this_version_as_the_app_role_is_well():
    beat(timezone.now())

    found = doctor.examine(timezone.now())

    assert [finding for finding in found if finding.level == Level.WRONG and finding.about != "disk"] == []
    assert "kneecoach_app owns nothing and can only add to history and log" in [finding.text for finding in found]


def test_owner_role_is_wrong(as_owner):
    ((level, text),) = levels(doctor.roles())

    assert level == Level.WRONG
    assert text.startswith("kneecoach_owner owns ")


@pytest.mark.django_db
def test_app_role_that_may_rewrite_the_log_is_wrong(django_db_setup):
    with django_db_setup.owner_connection() as owner:
        owner.execute(f"GRANT UPDATE ON accounts_accesslog TO {django_db_setup.app}")
        try:
            ((level, text),) = levels(doctor.roles())
        finally:
            owner.execute(f"REVOKE UPDATE ON accounts_accesslog FROM {django_db_setup.app}")

    assert (level, text) == (Level.WRONG, f"{django_db_setup.app} can change or remove rows of accounts_accesslog")


def test_missing_and_unknown_migrations_are_wrong(as_owner):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = '9999_later' WHERE app = 'sessions'")

    found = levels(doctor.migrations())

    assert found == [
        (Level.WRONG, "1 missing, the first is sessions.0001_initial"),
        (Level.WRONG, "the database is of a newer version, which knows sessions.9999_later"),
    ]


@pytest.mark.django_db
def test_worker_that_was_not_heard_of_is_wrong():
    before = levels(doctor.worker(NOW))
    beat(NOW - timedelta(minutes=1))

    assert before == [(Level.WRONG, "worker never started")]
    assert levels(doctor.worker(NOW)) == [(Level.OK, "was heard of in the last five minutes")]


@pytest.mark.django_db
def test_clock_of_the_database_that_differs_is_wrong():
    ((level, text),) = levels(doctor.database_clock(timezone.now() - timedelta(minutes=3)))

    assert (level, text) == (Level.WRONG, "the database's clock differs by 180 s")


# --- backups, disk ---------------------------------------------------------------------------------------------------
def test_backups(tmp_path, monkeypatch):
    unseen = levels(doctor.backups(NOW))
    monkeypatch.setattr(settings, "BACKUP_FOLDER", str(tmp_path))
    none = levels(doctor.backups(NOW))
    (tmp_path / "kneecoach-20261125T023000Z.dump").touch()
    (tmp_path / ".kneecoach-20261128T070000Z.dump").touch()  # was never finished
    old = levels(doctor.backups(NOW))
    (tmp_path / "kneecoach-20261128T023000Z.dump").touch()

    assert [unseen[0][0], none[0][0], old[0][0]] == [Level.NOTE, Level.WRONG, Level.WRONG]
    assert levels(doctor.backups(NOW)) == [(Level.OK, "the newest is 6 h old, there are 2")]


@pytest.mark.parametrize(("free", "level"), [(50, Level.OK), (9, Level.WRONG), (1, Level.WRONG)])
def test_disk(monkeypatch, free, level):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(100 * 1024**3, 0, free * 1024**3))

    assert [found for found, _text in levels(doctor.disk())] == [level]


# --- the command -----------------------------------------------------------------------------------------------------
def test_command_ends_with_1_where_anything_is_wrong(monkeypatch, capsys):
    findings = [Finding(Level.OK, "pdf", "can be made"), Finding(Level.WRONG, "disk", "full", "Make room.")]
    monkeypatch.setattr("kneecoach.hosting.management.commands.doctor.examine", lambda now: findings)

    with pytest.raises(CommandError) as refused:
        call_command("doctor", "--brief")

    assert (refused.value.returncode, str(refused.value)) == (1, "1 wrong.")
    assert capsys.readouterr().out.splitlines() == ["WRONG  disk        full", f"{'':19}→ Make room."]


def test_command_without_a_database_says_so_and_goes_on(unreachable_database, capsys):
    with pytest.raises(CommandError):
        call_command("doctor")

    said = capsys.readouterr().out
    assert "WRONG  database    cannot be reached: " in said
    assert "ok     pdf" in said or "note   pdf" in said


def test_command_shows_no_secret(capsys, monkeypatch):
    monkeypatch.setattr("kneecoach.hosting.management.commands.doctor.examine", lambda now: [])

    call_command("doctor")

    said = capsys.readouterr().out
    assert settings.SECRET_KEY not in said
    assert "SECRET_KEY" in said
    assert "Nothing is wrong." in said


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

    ((found, text),) = levels(doctor.push())

    assert found == level
    assert words in text
