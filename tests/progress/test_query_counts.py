"""Today, Progress and a day take as many queries after two years as after a week."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kneecoach.accounts.models import Patient
from tests.factories import a_moment, make_prescription
from tests.rows import make_history

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
PAGES = ("/", "/progress/", "/progress/2026-11-24/")
WEEK, TWO_YEARS = 14, 1460


@pytest.mark.slow
def test_queries_are_as_many_after_two_years_as_after_a_week(patient_client: Client, patient: Patient, time_machine):
    time_machine.move_to(NOW, tick=False)
    prescription = make_prescription(patient=patient, now=a_moment("2024-11-01 09:00"))
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=WEEK)
    after_a_week = queries(patient_client)
    before_them = a_moment("2026-11-18 08:00")
    make_history(patient=patient, prescription=prescription, until=before_them, sessions=TWO_YEARS - WEEK)

    assert queries(patient_client) == after_a_week


def queries(client: Client) -> dict[str, int]:
    """Return how many queries each page takes."""
    counts = {}
    for page in PAGES:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        counts[page] = len(captured)
    return counts
