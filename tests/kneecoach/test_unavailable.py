"""What is answered while the database is away: 503, never the page for a fault of ours."""

import pytest
from django.db import DataError, IntegrityError, connection
from django.test import Client

from kneecoach.accounts.models import Patient
from tests.fixtures import client_of
from tests.plugins.database import TestDatabase


@pytest.fixture
def web(client: Client) -> Client:
    """Return a browser that gets an answer where the test client would raise."""
    client.raise_request_exception = False
    return client


@pytest.mark.usefixtures("unreachable_database")
@pytest.mark.parametrize("cookie", ["", "a" * 32])
def test_no_database_is_503_with_when_to_come_again(web: Client, cookie: str, settings):
    # With a session it is missed by a middleware, without one by the view: two ways through Django.
    if cookie:
        web.cookies[settings.SESSION_COOKIE_NAME] = cookie

    answer = web.post("/account/login/", {"login": "anna@example.org", "password": "wrong"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert b"Back in a moment" in answer.content
    assert "Content-Security-Policy" in answer.headers


def test_connection_that_is_ended_under_a_request_is_503(live_db: TestDatabase, patient: Patient, monkeypatch):
    client = client_of(patient.user)
    client.raise_request_exception = False

    def end_own_connection(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr("progress.views.today.render_today", end_own_connection)

    assert client.get("/").status_code == 503
    monkeypatch.undo()
    connection.close()
    assert client.get("/").status_code == 200


def test_lock_that_is_held_is_503(live_db: TestDatabase, patient: Patient):
    client = client_of(patient.user)
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    with live_db.owner_connection() as holder, holder.transaction():
        holder.execute("LOCK TABLE accounts_patient IN ACCESS EXCLUSIVE MODE")
        held = client.get("/")

    assert (held.status_code, held.headers["Retry-After"]) == (503, "2")


@pytest.mark.parametrize("fault", [ZeroDivisionError, IntegrityError, DataError])
def test_fault_of_ours_stays_500(web: Client, fault: type[Exception], monkeypatch):
    def break_(*args, **kwargs):
        raise fault

    monkeypatch.setattr("kneecoach.health._why_not_ready", break_)

    answer = web.get("/readyz")

    assert (answer.status_code, "Retry-After" in answer.headers) == (500, False)
