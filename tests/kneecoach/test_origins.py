"""A request that does not fit SITE_URL: wrong scheme, name or port, behind a proxy and without one."""

import logging

import pytest
from django.conf import settings
from django.test import Client

from kneecoach.origins import Arrival, advice

SITE = "https://knee.example.org"
LOGIN = "/account/login/"


@pytest.fixture
def https_site(monkeypatch):
    """Serve under https behind a proxy that is believed, as in compose."""
    for name, value in {
        "SITE_URL": SITE,
        "IS_HTTPS": True,
        "TRUST_PROXY": True,
        "ALLOWED_HOSTS": ["knee.example.org"],
        "CSRF_TRUSTED_ORIGINS": [SITE],
        "SECURE_SSL_REDIRECT": True,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    }.items():
        monkeypatch.setattr(settings, name, value)


def post(**headers: str):
    """Send the log-in form with the token of a page, as a browser does, through a proxy that sets these headers."""
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = token = "a" * 32
    data = {"login": "a@example.org", "password": "x", "csrfmiddlewaretoken": token}
    return client.post(LOGIN, data, headers=headers)


def words_of(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status", "got", "told"),
    [
        pytest.param(
            {"Host": "knee.example.org", "Origin": "http://knee.example.org", "X-Forwarded-Proto": "https"},
            403,
            "http://knee.example.org",
            "Open https://knee.example.org, or set SITE_URL=http://knee.example.org",
            id="scheme",
        ),
        pytest.param(
            {"Host": "knee.example.org", "Origin": "https://knee.example.org:8443", "X-Forwarded-Proto": "https"},
            403,
            "https://knee.example.org:8443",
            "set SITE_URL=https://knee.example.org:8443",
            id="port",
        ),
        pytest.param(
            {"Host": "knee.example.org", "Origin": "https://other.example.org", "X-Forwarded-Proto": "https"},
            403,
            "https://other.example.org",
            "If https://other.example.org is the right address, set SITE_URL to it.",
            id="name",
        ),
        pytest.param(
            {"Host": "web:8000", "Origin": "https://knee.example.org", "X-Forwarded-Proto": "https"},
            400,
            "https://knee.example.org",
            "What reached Kneecoach was called web:8000. Let the proxy hand on the Host header",
            id="name that the proxy changed",
        ),
        pytest.param(
            {"Host": "knee.example.org", "Origin": "https://knee.example.org"},
            400,
            "https://knee.example.org",
            "Let it set X-Forwarded-Proto.",
            id="proxy that says no scheme",
        ),
    ],
)
def test_wrong_address_says_what_was_expected_and_what_came(https_site, caplog, headers, status, got, told):
    with caplog.at_level(logging.WARNING, "kneecoach.origins"):
        response = post(**headers)

    assert response.status_code == status
    assert f"expected https://knee.example.org, got {got}" in words_of(response)
    assert told in words_of(response)
    assert [record.getMessage() for record in caplog.records if record.name == "kneecoach.origins"] == [
        f"Refused {LOGIN}: expected https://knee.example.org, got {got}"
    ]
    assert "Content-Security-Policy" in response.headers


def test_proxy_that_is_not_believed_is_told_instead_of_a_circle_of_redirects(https_site, monkeypatch):
    monkeypatch.setattr(settings, "TRUST_PROXY", False)
    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", None)

    response = post(**{"Host": "knee.example.org", "X-Forwarded-Proto": "https"})

    assert response.status_code == 400
    assert "If it is yours, set TRUST_PROXY=1." in words_of(response)


def test_plain_http_is_still_sent_to_https(https_site):
    response = Client().get(LOGIN, headers={"Host": "knee.example.org", "X-Forwarded-Proto": "http"})

    assert (response.status_code, response.headers["Location"]) == (301, SITE + LOGIN)


def test_probe_without_a_proxy_is_answered(https_site):
    assert Client().get("/healthz", headers={"Host": "knee.example.org"}).status_code == 200


def test_old_page_at_the_right_address_is_told_as_before():
    response = Client(enforce_csrf_checks=True).post(
        LOGIN, {}, headers={"Host": "localhost", "Origin": "http://localhost"}
    )

    assert response.status_code == 403
    assert "That page was open too long" in words_of(response)


def test_what_came_is_escaped():
    response = Client(enforce_csrf_checks=True).post(LOGIN, {}, headers={"Origin": "https://<script>x"})

    assert response.status_code == 403
    assert "<script>" not in response.content.decode()


def test_usual_port_written_out_is_the_same_address():
    arrival = Arrival(SITE, f"{SITE}:443", "https", "knee.example.org:443", "https", trusts_proxy=True)

    assert (arrival.fits, advice(arrival)) == (True, [])
