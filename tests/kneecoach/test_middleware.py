"""Security headers on every answer, and log-in that htmx understands."""

import uuid
from contextlib import closing

import pytest
from django.contrib.sessions.models import Session

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HOST = "http://testserver"
LOGIN = "/account/login/"


def headers_of(response) -> tuple[str, ...]:
    """Return what the browser is told to keep to."""
    names = ("Content-Security-Policy", "Cross-Origin-Resource-Policy", "Cross-Origin-Embedder-Policy")
    return tuple(response.headers.get(name, "") for name in names)


# --- security headers ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "path", "extra", "status"),
    [
        ("get", LOGIN, {}, 200),
        ("get", "/", {}, 302),
        ("get", "/admin/", {}, 302),
        ("get", "/admin/login/", {}, 302),
        ("get", "/nowhere/", {}, 404),
        ("get", "/learn", {}, 301),
        ("get", "/healthz", {}, 200),
        ("post", "/healthz", {}, 405),
        ("get", "/static/kneecoach/css/site.css", {}, 200),
        ("get", "/static/django_htmx/htmx-2.min.js", {}, 200),
        ("get", "/static/nowhere.css", {}, 404),
        ("get", "/", {"HTTP_HOST": "elsewhere.example.org"}, 400),
        ("get", "/", {"HTTP_HX_REQUEST": "true"}, 200),
    ],
)
@pytest.mark.django_db
def test_security_headers_on_every_kind_of_answer(client, method, path, extra, status):
    with closing(getattr(client, method)(path, **extra)) as response:
        assert response.status_code == status
        assert headers_of(response) == (POLICY, "same-origin", "require-corp")
        assert response.headers["Permissions-Policy"].count("camera=()") == 1


@pytest.mark.django_db
def test_security_headers_on_a_page_and_in_the_admin(patient_client, physio_client):
    responses = [patient_client.get("/"), patient_client.get("/nowhere/"), physio_client.get("/admin/")]

    assert [response.status_code for response in responses] == [200, 404, 200]
    assert [headers_of(response)[0] for response in responses] == [POLICY] * 3
    # For browsers that do not know frame-ancestors.
    assert [response.headers["X-Frame-Options"] for response in responses] == ["DENY"] * 3


@pytest.mark.django_db
def test_security_headers_on_a_refused_form(client):
    client.handler.enforce_csrf_checks = True

    response = client.post(LOGIN, {"login": "anna.knee@example.org"})

    assert (response.status_code, headers_of(response)[0]) == (403, POLICY)


def test_security_headers_when_the_database_is_gone(client, settings, unreachable_database):
    client.raise_request_exception = False
    client.cookies[settings.SESSION_COOKIE_NAME] = "a-session-that-cannot-be-looked-up"

    response = client.get("/")

    assert (response.status_code, headers_of(response)[0]) == (503, POLICY)


# --- caches --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", "/progress/", "/learn/", "/me/"])
@pytest.mark.django_db
def test_cache_pages_of_a_patient_are_not_stored(patient_client, path):
    response = patient_client.get(path)

    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.django_db
def test_cache_pages_of_staff_are_not_stored(physio_client, patient):
    paths = ["/admin/", "/admin/accounts/patient/", f"/admin/accounts/patient/{patient.pk}/change/"]

    responses = [physio_client.get(path) for path in paths]

    assert [(response.status_code, response.headers["Cache-Control"]) for response in responses] == [
        (200, "no-store")
    ] * 3


@pytest.mark.django_db
def test_cache_what_is_the_same_for_everybody_may_be_stored(patient_client):
    with closing(patient_client.get("/static/kneecoach/css/site.css")) as response:
        assert response.status_code == 200
        assert response.headers["Cache-Control"].count("no-store") == 0


# --- log-in --------------------------------------------------------------------------------------------------------
@pytest.fixture
def expired_client(patient_client):
    """Return a browser whose session has ended without its knowing."""
    assert patient_client.get("/").status_code == 200
    Session.objects.all().delete()
    return patient_client


@pytest.mark.django_db
def test_login_expired_page_is_redirected(expired_client):
    response = expired_client.get("/progress/")

    assert (response.status_code, response.headers["Location"]) == (302, f"{LOGIN}?next=/progress/")


@pytest.mark.parametrize(
    ("current_url", "following"),
    [
        (f"{HOST}/progress/", "/progress/"),
        (f"{HOST}/sessions/7/", "/sessions/7/"),
        # Somebody else's page, or none that can be one, is not followed.
        ("https://elsewhere.example.org/progress/", "/"),
        ("http://testserver.example.org/progress/", "/"),
        ("//elsewhere.example.org/progress/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.django_db
def test_login_expired_htmx_request_is_led_there_and_back_to_its_page(expired_client, method, current_url, following):
    headers = {"HX-Request": "true"} | ({"HX-Current-URL": current_url} if current_url is not None else {})

    response = getattr(expired_client, method)(f"/sets/{uuid.uuid4()}/begin/", headers=headers)

    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == f"{LOGIN}?next={following}"
    assert "Location" not in response.headers
    assert response.content == b""


@pytest.mark.django_db
def test_login_expired_on_https_http_page_is_not_followed(expired_client):
    headers = {"HX-Request": "true", "HX-Current-URL": f"{HOST}/progress/"}

    response = expired_client.get("/progress/", headers=headers, secure=True)

    assert response.headers["HX-Redirect"] == f"{LOGIN}?next=/"


@pytest.mark.django_db
def test_login_page_does_not_follow_a_foreign_next(client, patient):
    patient.user.set_password("a long password for tests")
    patient.user.save()
    credentials = {"login": "anna.knee@example.org", "password": "a long password for tests"}

    foreign = client.post(LOGIN, credentials | {"next": "//elsewhere.example.org/"})
    client.post("/account/logout/")
    own = client.post(LOGIN, credentials | {"next": "/progress/"})

    assert [(response.status_code, response.headers["Location"]) for response in (foreign, own)] == [
        (302, "/"),
        (302, "/progress/"),
    ]
