"""What has to hold before the first stage is confirmed once for each patient, and for nobody else."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from exercises.models import Eligibility
from exercises.services.eligibility import confirm_eligibility, is_confirmed
from kneecoach.accounts.models import Patient, User
from tests.factories import a_moment, later, make_patient

pytestmark = pytest.mark.django_db

NOW, TODAY = a_moment("2026-11-25 08:00"), date(2026, 11, 25)


def test_is_of_one_patient_alone(patient: Patient, other_patient: Patient, physiotherapist: User):
    confirm_eligibility(patient=patient, today=TODAY, by=physiotherapist, now=NOW)
    assert (is_confirmed(patient), is_confirmed(other_patient)) == (True, False)

    row = confirm_eligibility(patient=other_patient, today=TODAY, by=physiotherapist, now=later(NOW, minutes=1))

    assert (row.patient, is_confirmed(other_patient)) == (other_patient, True)


def test_twice_is_once(patient: Patient, physiotherapist: User):
    first = confirm_eligibility(patient=patient, today=TODAY, by=physiotherapist, now=NOW)
    again = confirm_eligibility(patient=patient, today=TODAY, by=physiotherapist, now=later(NOW, minutes=1))

    assert (again, Eligibility.objects.count(), again.confirmed_at) == (first, 1, NOW)


@pytest.mark.parametrize("name", ["", "  "])
def test_minor_needs_somebody_who_agreed(physiotherapist: User, name: str):
    minor = make_patient(birth_date=date(2008, 11, 26))

    with pytest.raises(ValidationError, match="Under 18"):
        confirm_eligibility(patient=minor, today=TODAY, by=physiotherapist, now=NOW, guardian_name=name)
    assert not is_confirmed(minor)

    row = confirm_eligibility(patient=minor, today=TODAY, by=physiotherapist, now=NOW, guardian_name=" Gerda Guardian ")
    assert (row.is_minor, row.guardian_name) == (True, "Gerda Guardian")


def test_of_age_no_guardian_is_kept(patient: Patient, physiotherapist: User):
    row = confirm_eligibility(patient=patient, today=TODAY, by=physiotherapist, now=NOW, guardian_name="Gerda Guardian")

    assert (row.is_minor, row.guardian_name) == (False, "")
