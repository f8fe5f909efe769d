"""What is answered in the morning is one's own, whoever else has answered."""

from datetime import timedelta

import pytest

from kneecoach.accounts.models import Patient
from progress.models import MorningCheck
from progress.services.checking import answer_swelling
from tests.factories import a_moment, make_finished_session, make_prescription

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 08:00")


def test_swelling_of_somebody_else_is_left_as_it_is(patient: Patient, other_patient: Patient):
    for who in (other_patient, patient):
        make_prescription(patient=who, now=a_moment("2026-11-01 10:00"))
        make_finished_session(patient=who, now=NOW - timedelta(days=1))

    answer_swelling(patient=other_patient, swelling="none", now=NOW)
    answer_swelling(patient=patient, swelling="marked", now=NOW)

    told = dict(MorningCheck.objects.values_list("patient", "swelling"))
    assert told == {other_patient.pk: "none", patient.pk: "marked"}
