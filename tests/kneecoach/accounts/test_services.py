"""What happens to people."""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction

from kneecoach.accounts.models import Patient, User
from kneecoach.accounts.services import confirm_vmo_found, open_account
from tests.factories import a_moment, later, make_patient

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


def test_confirm_vmo_found_first_time_counts():
    patient = make_patient(has_found_vmo=False)
    same_patient = Patient.objects.get(pk=patient.pk)
    other = make_patient(has_found_vmo=False)

    confirm_vmo_found(patient, now=NOW)
    again = confirm_vmo_found(same_patient, now=later(NOW, hours=1))

    assert (patient.vmo_found_at, again.vmo_found_at) == (NOW, NOW)
    assert list(Patient.objects.filter(vmo_found_at=None)) == [other]


def test_open_account_has_the_patients_name_and_no_password():
    patient = make_patient(name="Nora New", has_account=False)

    user = open_account(patient, email="Nora.New@Example.ORG")

    patient.refresh_from_db()
    assert patient.user == user
    assert (user.name, user.email) == ("Nora New", "nora.new@example.org")
    assert (user.has_usable_password(), user.is_staff, user.is_superuser, user.is_active) == (False, False, False, True)


def test_open_account_twice_keeps_the_first():
    patient = make_patient(has_account=False)
    same_patient = Patient.objects.get(pk=patient.pk)
    first = open_account(patient, email="nora.new@example.org")

    again = open_account(patient, email="another@example.org")
    elsewhere = open_account(same_patient, email="third@example.org")

    assert (again, elsewhere) == (first, first)
    assert list(User.objects.values_list("email", flat=True)) == ["nora.new@example.org"]


@pytest.mark.parametrize("email", ["anna.knee@example.org", "ANNA.Knee@Example.org"])
def test_open_account_taken_address_is_refused_and_nothing_written(patient, email):
    new = make_patient(name="Nora New", has_account=False)
    count = User.objects.count()

    with pytest.raises(IntegrityError), transaction.atomic():
        open_account(new, email=email)

    new.refresh_from_db()
    assert (new.user, User.objects.count()) == (None, count)


def test_open_account_of_a_patient_who_is_gone_is_refused():
    patient = make_patient(has_account=False)
    Patient.objects.filter(pk=patient.pk).delete()

    with pytest.raises(ObjectDoesNotExist):
        open_account(patient, email="nora.new@example.org")

    assert User.objects.count() == 0
