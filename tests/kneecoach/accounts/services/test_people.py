"""What happens to people."""

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction

from kneecoach.accounts.models import Patient, User
from kneecoach.accounts.services import confirm_vmo_found, keep_zone, note_zone, open_account, set_zone
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


# --- zones ---------------------------------------------------------------------------------------------------------
def zones_of(patient: Patient) -> tuple[str, str, str]:
    """Return what stands in the table: the patient's own zone, that of the last session, the one they declined."""
    return Patient.objects.values_list("time_zone", "travel_zone", "declined_zone").get(pk=patient.pk)


@pytest.mark.parametrize(
    ("zone", "travels"),
    [
        ("America/New_York", "America/New_York"),
        ("Europe/London", ""),
        ("Europe/Guernsey", ""),
        ("Mars/Olympus", ""),
        ("", ""),
    ],
)
def test_note_zone_remembers_another_clock_only(patient, zone, travels):
    Patient.objects.filter(pk=patient.pk).update(travel_zone="Asia/Tokyo")
    patient.refresh_from_db()

    note_zone(patient, zone=zone, now=NOW)

    assert (zones_of(patient), patient.travel_zone) == (("Europe/London", travels, ""), travels)
    assert patient.zone_now == (travels or "Europe/London")


def test_patient_is_asked_about_each_other_zone_once(patient):
    note_zone(patient, zone="Asia/Tokyo", now=NOW)
    assert patient.zone_to_ask_about == "Asia/Tokyo"

    keep_zone(patient)
    assert (patient.zone_to_ask_about, patient.zone_now) == ("", "Asia/Tokyo")

    note_zone(patient, zone="Europe/London", now=NOW)
    assert (patient.zone_to_ask_about, patient.zone_now) == ("", "Europe/London")
    note_zone(patient, zone="Asia/Tokyo", now=NOW)
    assert patient.zone_to_ask_about == ""
    note_zone(patient, zone="Asia/Seoul", now=NOW)
    assert patient.zone_to_ask_about == "Asia/Seoul"


def test_set_zone_is_the_patients_own_from_then_on(patient):
    note_zone(patient, zone="Asia/Tokyo", now=NOW)
    keep_zone(patient)

    set_zone(patient, zone="Asia/Tokyo")

    assert zones_of(patient) == ("Asia/Tokyo", "", "")
    assert patient.zone_now == "Asia/Tokyo"


def test_set_zone_refuses_one_that_is_not_known(patient):
    with pytest.raises(ValidationError, match="not a time zone we know"):
        set_zone(patient, zone="Mars/Olympus")

    assert zones_of(patient) == ("Europe/London", "", "")
