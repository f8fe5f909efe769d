"""A session entered afterwards: once, by its id, and never over somebody else's."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress import services
from progress.models import ExerciseSession
from progress.rules.days import Slot
from progress.services import LaterEntry, LaterSet
from tests.factories import a_moment, later, make_prescription, make_session
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


@pytest.fixture
def prescription(patient: Patient) -> Prescription:
    """Return stage 1, prescribed two weeks ago."""
    return make_prescription(patient=patient, now=later(NOW, days=-14))


def told(prescription: Prescription, session_id: UUID) -> LaterEntry:
    """Return what is told of yesterday evening."""
    return LaterEntry(
        session_id=session_id,
        day=date(2026, 11, 24),
        slot=Slot.EVENING,
        is_from_paper=False,
        sets=(LaterSet(prescription.pk, "right", 5),),
        pain={("worst", "right"): 2},
    )


def test_the_same_id_again_changes_nothing(patient: Patient, prescription: Prescription):
    entry = told(prescription, uuid4())
    first = services.enter_session(patient=patient, entry=entry, now=NOW)
    before = all_rows()

    again = services.enter_session(patient=patient, entry=entry, now=later(NOW, minutes=1))

    assert (again, all_rows() == before) == (first, True)


def test_id_of_somebody_else_is_refused_and_nothing_is_written(
    patient: Patient, other_patient: Patient, prescription: Prescription
):
    other_session = make_session(patient=other_patient, now=NOW)
    before = all_rows()

    with pytest.raises(ExerciseSession.DoesNotExist):
        services.enter_session(patient=patient, entry=told(prescription, other_session.pk), now=NOW)

    assert all_rows() == before
