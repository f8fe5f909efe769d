"""The settings as a host gets them: each case is a process of its own with nothing but its environment."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import get_user
from django.test import Client

from tests.authenticator import Authenticator
from tests.factories import make_patient
from tests.factors import make_passkey
from tests.kneecoach.log_reading import log_of_the_site

PRODUCTION = {
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SITE_URL": "https://knee.example.org",
    "DATABASE_URL": "postgresql://kneecoach_app@db/kneecoach",
}
# Names of languages are translated when they are read, which needs more than the settings.
PRINT_SETTINGS = """
import json
from kneecoach import settings
values = {name: value for name, value in vars(settings).items() if name.isupper() and name != "LANGUAGES"}
print(json.dumps(values, default=str))
"""


def start(environment: dict[str, str], code: str = PRINT_SETTINGS) -> subprocess.CompletedProcess[str]:
    """Run Python in our tree with exactly this environment."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(settings.BASE_DIR),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def load(**changes: str) -> dict[str, object]:
    """Return the settings of a production environment with some values changed."""
    process = start(PRODUCTION | changes)
    assert (process.stderr, process.returncode) == ("", 0)
    return json.loads(process.stdout)


def mistakes(environment: dict[str, str]) -> list[str]:
    """Return the lines in which a start with this environment is refused."""
    process = start(environment)
    assert (process.returncode, process.stdout) == (1, "")
    return process.stderr.partition("ConfigurationError: ")[2].splitlines()


def test_settings_all_mistakes_are_told_at_once():
    environment = {
        "SECRET_KEY": "change-me",
        "SITE_URL": "knee.example.org",
        "DEBUG": "perhaps",
        "EMAIL_PORT": "many",
        "POSTGRES_PASSWORD_FILE": "/nowhere/password",
    }

    assert mistakes(environment) == [
        "Kneecoach cannot start:",
        "- DEBUG is 'perhaps': write 1 or 0.",
        "- SECRET_KEY has 9 characters, a secret needs at least 32.",
        "- SITE_URL is 'knee.example.org': write scheme and host only, such as https://knee.example.org.",
        "- POSTGRES_HOST is not set. Set it, or POSTGRES_HOST_FILE to a file that holds it.",
        "- POSTGRES_PASSWORD_FILE names '/nowhere/password', which cannot be read: No such file or directory.",
        "- EMAIL_PORT is 'many': write a whole number.",
    ]


@pytest.mark.parametrize("environment", [{}, {"SECRET_KEY": "", "POSTGRES_HOST": "", "POSTGRES_PASSWORD": ""}])
def test_settings_nothing_set_there_is_no_default_secret(environment):
    assert mistakes(environment) == [
        "Kneecoach cannot start:",
        "- SECRET_KEY is not set. Set it, or SECRET_KEY_FILE to a file that holds it.",
        "- POSTGRES_HOST is not set. Set it, or POSTGRES_HOST_FILE to a file that holds it.",
        "- POSTGRES_PASSWORD is not set. Set it, or POSTGRES_PASSWORD_FILE to a file that holds it.",
    ]


def test_settings_secrets_from_files_beat_plain_ones(tmp_path):
    secrets = {name: tmp_path / name for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_HOST_PASSWORD")}
    for name, path in secrets.items():
        path.write_text(f"{name}-from-a-file-0123456789-abcdefghij\n", encoding="utf-8")

    result = load(
        DATABASE_URL="",
        POSTGRES_HOST="db",
        SECRET_KEY="plain-0123456789-abcdefghijklmnopqrstuvwxyz",
        POSTGRES_PASSWORD="plain",
        **{f"{name}_FILE": str(path) for name, path in secrets.items()},
    )

    assert result["SECRET_KEY"] == "SECRET_KEY-from-a-file-0123456789-abcdefghij"
    assert result["DATABASES"]["default"]["PASSWORD"] == "POSTGRES_PASSWORD-from-a-file-0123456789-abcdefghij"
    assert result["EMAIL_HOST_PASSWORD"] == "EMAIL_HOST_PASSWORD-from-a-file-0123456789-abcdefghij"


TRANSPORT = (
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "MESSAGES_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "CSRF_COOKIE_HTTPONLY",
    "SECURE_HSTS_SECONDS",
    "SECURE_SSL_REDIRECT",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "DEBUG",
)


def test_settings_https_site_binds_cookies_and_asks_for_https():
    result = load()

    assert {name: result[name] for name in TRANSPORT} == {
        "SESSION_COOKIE_NAME": "__Host-kneecoach_session",
        "CSRF_COOKIE_NAME": "__Host-kneecoach_csrf",
        "MESSAGES_COOKIE_NAME": "__Host-kneecoach_messages",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SECURE_HSTS_SECONDS": 365 * 24 * 60 * 60,
        "SECURE_SSL_REDIRECT": True,
        "ALLOWED_HOSTS": ["knee.example.org"],
        "CSRF_TRUSTED_ORIGINS": ["https://knee.example.org"],
        "DEBUG": False,
    }


def test_settings_http_localhost_works_without_https():
    result = load(SITE_URL="http://localhost:8000")

    assert {name: result[name] for name in TRANSPORT} == {
        "SESSION_COOKIE_NAME": "kneecoach_session",
        "CSRF_COOKIE_NAME": "kneecoach_csrf",
        "MESSAGES_COOKIE_NAME": "kneecoach_messages",
        "SESSION_COOKIE_SECURE": False,
        "CSRF_COOKIE_SECURE": False,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SECURE_HSTS_SECONDS": 0,
        "SECURE_SSL_REDIRECT": False,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
        "CSRF_TRUSTED_ORIGINS": ["http://localhost:8000"],
        "DEBUG": False,
    }


@pytest.mark.parametrize(
    ("changes", "header", "count"),
    [({}, None, 0), ({"TRUST_PROXY": "1"}, ["HTTP_X_FORWARDED_PROTO", "https"], 1)],
)
def test_settings_proxy_is_believed_only_when_told(changes, header, count):
    result = load(**changes)

    assert (result["SECURE_PROXY_SSL_HEADER"], result["ALLAUTH_TRUSTED_PROXY_COUNT"]) == (header, count)


@pytest.mark.parametrize(
    ("changes", "backend"),
    [
        ({}, "django.core.mail.backends.console.EmailBackend"),
        ({"EMAIL_HOST": "mail.example.org"}, "django.core.mail.backends.smtp.EmailBackend"),
    ],
)
def test_settings_mail_is_printed_without_a_mail_server(changes, backend):
    assert load(**changes)["EMAIL_BACKEND"] == backend


@pytest.mark.parametrize(
    ("port", "flag", "starts_encrypted", "turns_encrypted"),
    [
        ("587", "1", False, True),
        ("25", "1", False, True),
        ("465", "1", True, False),
        ("465", "0", False, False),
        ("25", "0", False, False),
    ],
)
def test_settings_mail_is_encrypted_as_its_port_wants_it(port, flag, starts_encrypted, turns_encrypted):
    result = load(EMAIL_PORT=port, EMAIL_USE_TLS=flag)

    assert (result["EMAIL_USE_SSL"], result["EMAIL_USE_TLS"]) == (starts_encrypted, turns_encrypted)


def test_settings_policy_has_no_exception_for_scripts_and_styles():
    policy = settings.SECURE_CSP

    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert [source for source in policy.values() if "unsafe" in source or "nonce" in source or "*" in source] == []


@pytest.mark.django_db
def test_settings_log_does_not_say_who_logs_in_with_which_passkey():
    device, browser = Authenticator(), Client()
    user = make_patient(email="anna@example.org").user
    make_passkey(user=user, device=device)
    asked = browser.get("/account/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    answer = device.get(asked["publicKey"]["challenge"], user_handle=user_pk_to_url_str(user))
    with log_of_the_site(logging.INFO) as log:
        browser.post("/account/passkey/", {"credential": answer})
        logging.getLogger("another").info("at this level")

    assert get_user(browser) == user
    assert log.getvalue().endswith("at this level\n")
    assert "redential" not in log.getvalue()
