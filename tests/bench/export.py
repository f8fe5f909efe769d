"""How long everything about oneself takes to be copied, with two years of history.

make bench
"""

import time
from typing import Any

import pytest

from kneecoach.accounts.models import Patient
from kneecoach.privacy.export import stream_csv, stream_json
from tests.factories import a_moment, make_patient, make_prescription
from tests.rows import make_history

NOW = a_moment("2026-11-25 08:00")
SESSIONS, MOST_SECONDS = 2 * 730, 2


@pytest.mark.django_db
@pytest.mark.parametrize("stream", [stream_csv, stream_json])
def test_two_years_are_copied_quickly(stream: Any):
    patient = two_years()

    began = time.perf_counter()
    sent = sum(len(piece) for piece in stream(patient))
    took = time.perf_counter() - began

    print(f"\n{stream.__name__}: {sent / 1_000_000:.1f} MB in {took:.2f} s")
    assert sent > 100_000
    assert took <= MOST_SECONDS


def two_years() -> Patient:
    """Make a patient with sessions twice a day for two years."""
    patient = make_patient()
    prescription = make_prescription(patient=patient, now=a_moment("2024-11-20 10:00"))
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=SESSIONS)
    return patient
