"""The account that is logged in, and its patient with what was agreed to last, in one query."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.http import HttpRequest

from kneecoach.accounts.access import patient_of
from kneecoach.accounts.backends import PatientBackend
from kneecoach.accounts.models import Consent, Patient, User
from tests.cast import NOW
from tests.factories import make_patient, make_user

pytestmark = pytest.mark.django_db


def agree(patient: Patient, *versions: int) -> None:
    """Let a patient agree to these versions, one an hour."""
    for hours, version in enumerate(versions):
        Consent.objects.create(patient=patient, version=version, agreed_at=NOW + timedelta(hours=hours))


@pytest.mark.parametrize(("versions", "last"), [((), None), ((1,), 1), ((1, 2), 2), ((2, 1), 1)])
def test_brings_the_patient_and_what_was_agreed_to_last(versions, last, django_assert_num_queries):
    patient, other = make_patient(), make_patient(name="Otto Else")
    agree(patient, *versions)
    agree(other, 7)

    with django_assert_num_queries(1):
        user = PatientBackend().get_user(patient.user_id)
        found = patient_of(user)

    assert (user, found, found.agreed_version) == (patient.user, patient, last)


def test_account_of_nobody_has_no_patient(django_assert_num_queries):
    user = make_user()

    with django_assert_num_queries(1):
        assert patient_of(PatientBackend().get_user(user.pk)) is None


def test_closed_and_unknown_accounts_are_nobody():
    user = make_user()
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert [PatientBackend().get_user(key) for key in (user.pk, user.pk + 1)] == [None, None]


def test_log_in_is_asked_about_here(client, patient):
    client.force_login(patient.user)
    request = HttpRequest()
    request.session = client.session

    user = get_user(request)

    assert patient_of(user).agreed_version is None
