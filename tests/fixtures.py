"""The cast of the tests. Use with `@pytest.mark.django_db` or after the fixture `live_db`.

None of them asks for the database by itself, so that the same people serve both kinds of tests.
"""

import time

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.test import Client

from kneecoach.accounts.models import Patient, User
from tests.factories import make_patient, make_physiotherapist


@pytest.fixture
def physiotherapist() -> User:
    """Return the one who leads both patients."""
    return make_physiotherapist(email="petra.physio@example.org")


@pytest.fixture
def patient(physiotherapist: User) -> Patient:
    """Return the patient that a test is about."""
    return make_patient(name="Anna Knee", email="anna.knee@example.org", lead_physiotherapist=physiotherapist)


@pytest.fixture
def other_patient(physiotherapist: User) -> Patient:
    """Return somebody whose data must never be seen by the first."""
    return make_patient(name="Otto Elsewhere", email="otto@example.org", lead_physiotherapist=physiotherapist)


@pytest.fixture
def patient_client(patient: Patient) -> Client:
    """Return a browser in which the patient is logged in."""
    return client_of(patient.user)


@pytest.fixture
def other_client(other_patient: Patient) -> Client:
    """Return a browser in which the other patient is logged in."""
    return client_of(other_patient.user)


@pytest.fixture
def physio_client(physiotherapist: User) -> Client:
    """Return a browser in which the physiotherapist is logged in."""
    return client_of(physiotherapist)


def client_of(user: User | None) -> Client:
    """Return a browser in which somebody is logged in."""
    assert user is not None
    client = Client()
    log_in(client, user)
    return client


def log_in(client: Client, user: User) -> None:
    """Log somebody in without a form; staff as some time after their second factor."""
    client.force_login(user)
    if user.is_staff:
        prove(client, user, "mfa", minutes_ago=10)


def prove(client: Client, user: User | None, method: str = "password", *, minutes_ago: int = 0) -> None:
    """Write down in the session that somebody has proved who they are."""
    session = client.session
    request = HttpRequest()
    request.session = session
    record_authentication(request, user, method, at=time.time() - 60 * minutes_ago)
    session.save()
