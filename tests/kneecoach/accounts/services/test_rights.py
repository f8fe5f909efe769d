"""What one patient agrees to, takes back and asks for is theirs alone."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from kneecoach.accounts.models import Consent, DataRequest, Patient
from kneecoach.accounts.services import agree_anew, ask_about_data, withdraw_consent
from tests.factories import a_moment, later
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 08:00")


def test_what_is_taken_back_is_the_version_that_was_agreed_to_oneself(patient: Patient, other_patient: Patient):
    Consent.objects.create(patient=patient, version=1, agreed_at=NOW)
    Consent.objects.create(patient=other_patient, version=7, agreed_at=later(NOW, hours=1))

    withdraw_consent(patient=patient, now=later(NOW, hours=2))

    assert Consent.objects.get(is_withdrawal=True).version == 1


def test_one_agrees_anew_whatever_somebody_else_has_agreed_to(patient: Patient, other_patient: Patient):
    agree_anew(patient=other_patient, now=NOW)

    agree_anew(patient=patient, now=NOW)

    assert set(Consent.objects.values_list("patient", flat=True)) == {patient.pk, other_patient.pk}


def test_one_may_ask_while_a_request_of_somebody_else_is_open(patient: Patient, other_patient: Patient):
    for who in (other_patient, patient):
        ask_about_data(patient=who, request_id=uuid4(), kind="erase", now=NOW)

    assert set(DataRequest.objects.values_list("patient", flat=True)) == {patient.pk, other_patient.pk}
    with pytest.raises(ValidationError, match="asked already"):
        ask_about_data(patient=patient, request_id=uuid4(), kind="restrict", now=NOW)


def test_id_of_somebody_elses_request_is_refused(patient: Patient, other_patient: Patient):
    taken = ask_about_data(patient=other_patient, request_id=uuid4(), kind="erase", now=NOW).pk
    before = all_rows()

    with pytest.raises(DataRequest.DoesNotExist):
        ask_about_data(patient=patient, request_id=taken, kind="erase", now=NOW)

    assert all_rows() == before
