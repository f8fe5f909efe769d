"""What `check --deploy` says about an installation."""

import pytest
from django.core.checks import run_checks

from kneecoach import checks


def ids(*, deploy: bool) -> list[str]:
    """Return the ids of our own messages."""
    messages = run_checks(include_deployment_checks=deploy)
    return sorted(message.id for message in messages if message.id.startswith("kneecoach."))


@pytest.mark.parametrize(
    ("is_https", "email_host", "no_pdf", "expected"),
    [
        (True, "mail.example.org", "", []),
        (False, "mail.example.org", "", ["kneecoach.W001"]),
        (True, "", "", ["kneecoach.W002"]),
        (True, "mail.example.org", "no Pango", ["kneecoach.W003"]),
        (False, "", "no Pango", ["kneecoach.W001", "kneecoach.W002", "kneecoach.W003"]),
    ],
)
def test_checks_name_what_an_installation_lacks(settings, monkeypatch, is_https, email_host, no_pdf, expected):
    settings.IS_HTTPS = is_https
    settings.EMAIL_HOST = email_host
    monkeypatch.setattr(checks, "why_unavailable", lambda: no_pdf)

    assert ids(deploy=True) == expected


def test_checks_warn_where_one_factor_opens_the_desk(settings, monkeypatch):
    monkeypatch.setattr(checks, "why_unavailable", lambda: "")
    settings.IS_HTTPS, settings.EMAIL_HOST = True, "mail.example.org"
    settings.REQUIRE_SECOND_FACTOR = False

    assert ids(deploy=True) == ["kneecoach.W004"]


def test_checks_without_deploy_are_silent(settings):
    settings.IS_HTTPS = False
    settings.EMAIL_HOST = ""

    assert ids(deploy=False) == []


def test_checks_say_what_to_do(settings, monkeypatch):
    monkeypatch.setattr(checks, "why_unavailable", lambda: "no Pango")
    settings.IS_HTTPS = False
    settings.SITE_URL = "http://knee.example.org"
    settings.EMAIL_HOST = ""

    messages = [
        message for message in run_checks(include_deployment_checks=True) if message.id.startswith("kneecoach.")
    ]

    assert {message.id: (message.msg, message.hint) for message in messages} == {
        "kneecoach.W001": (
            "SITE_URL is http://knee.example.org, without https.",
            "Set SITE_URL to the https address that patients open.",
        ),
        "kneecoach.W002": (
            "EMAIL_HOST is not set: log-in codes are printed to the log instead of being mailed.",
            "Set EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD_FILE.",
        ),
        "kneecoach.W003": (
            "No PDF can be made: no Pango",
            "Pages print without it. For PDFs as well: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
            " libharfbuzz-subset0 fonts-liberation",
        ),
    }
