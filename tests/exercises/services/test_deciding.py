"""Decisions about a stage are of the patient whose stage it is."""

from datetime import date
from uuid import uuid4

import pytest

from exercises.models import Prescription
from exercises.services import Prescribing
from exercises.services.deciding import Signed, move_on
from kneecoach.accounts.models import Patient, User
from tests.factories import a_moment, make_eligible, make_prescription, stage
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW, TODAY = a_moment("2026-11-25 08:00"), date(2026, 11, 25)


def test_nobody_moves_on_from_a_stage_of_somebody_else(patient: Patient, other_patient: Patient, physiotherapist: User):
    theirs = make_prescription(patient=other_patient, now=NOW, by=physiotherapist)
    make_eligible(patient=patient, now=NOW)
    asked = Prescribing(patient=patient, stage=stage(2), dose=stage(2).dose, side="right", starts_on=TODAY)
    before = all_rows()

    with pytest.raises(Prescription.DoesNotExist):
        move_on(ended=theirs, asked=asked, signed=Signed(uuid4(), physiotherapist, NOW, TODAY))

    assert all_rows() == before
