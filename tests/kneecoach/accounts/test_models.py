"""People and the clinic, as the database holds them."""

from datetime import date

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction

from kneecoach.accounts.models import AccessLog, ClinicSettings, Patient, User, validate_zone
from tests.factories import make_patient, make_physiotherapist

pytestmark = pytest.mark.django_db


# --- users ---------------------------------------------------------------------------------------------------------
def test_user_without_email_may_exist_several_times():
    first = User.objects.create_user(name="First")
    second = User.objects.create_user("", name="Second")

    assert (first.email, second.email) == (None, None)
    assert User.objects.filter(email=None).count() == 2


@pytest.mark.parametrize("email", ["anna@example.org", "ANNA@example.org", "Anna@Example.Org"])
def test_user_email_is_unique_whatever_its_case(email):
    User.objects.create_user("anna@example.org")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email)

    assert list(User.objects.values_list("email", flat=True)) == ["anna@example.org"]


def test_user_empty_email_is_refused_by_the_database():
    user = User.objects.create_user("anna@example.org")

    with pytest.raises(IntegrityError, match="user_email_null_not_empty"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="")

    user.refresh_from_db()
    assert user.email == "anna@example.org"


@pytest.mark.parametrize(("email", "cleaned"), [("", None), (None, None), ("Anna@Example.ORG", "anna@example.org")])
def test_user_clean_turns_an_empty_email_into_none(email, cleaned):
    user = User(email=email)

    user.clean()

    assert user.email == cleaned


def test_user_is_found_by_email_whatever_its_case():
    user = User.objects.create_user("Anna@example.org")
    User.objects.create_user("otto@example.org")

    assert User.objects.get_by_natural_key("aNNA@EXAMPLE.org") == user


def test_user_without_email_is_not_found_by_it():
    User.objects.create_user(name="Nobody's address")

    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(None)


def test_user_created_has_no_rights_and_a_superuser_all():
    user = User.objects.create_user("anna@example.org", "a long password for tests")
    superuser = User.objects.create_superuser("host@example.org", "a long password for tests")

    assert (user.is_staff, user.is_superuser, user.check_password("a long password for tests")) == (False, False, True)
    assert (superuser.is_staff, superuser.is_superuser, superuser.is_active) == (True, True, True)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"name": "Anna Knee", "email": "anna@example.org"}, "Anna Knee"),
        ({"email": "anna@example.org"}, "anna@example.org"),
        ({"pk": 7}, "#7"),
    ],
)
def test_user_is_shown_by_what_there_is(values, text):
    assert str(User(**values)) == text
    assert User(**values).get_full_name() == values.get("name", "")


# --- patients ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "constraint"), [({"side": "knee"}, "patient_side_known"), ({"name": ""}, "patient_has_name")]
)
def test_patient_impossible_values_are_refused_by_the_database(values, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_patient(has_account=False, **values)

    assert Patient.objects.count() == 0


def test_patient_account_belongs_to_one_person(patient):
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.create(
            name="Second",
            birth_date=date(1990, 1, 1),
            side="left",
            time_zone="Europe/London",
            user=patient.user,
        )

    assert Patient.objects.get(user=patient.user) == patient


def test_patient_account_is_not_deleted_by_the_application(patient):
    # What an account did stands in the admin's log, which only ever grows.
    with pytest.raises(ProgrammingError, match="permission denied for table django_admin_log"), transaction.atomic():
        patient.user.delete()

    patient.refresh_from_db()
    assert (patient.user.email, str(patient)) == ("anna.knee@example.org", "Anna Knee")


def test_patients_led_by_are_ones_own(patient, physiotherapist):
    make_patient(name="Otto Elsewhere", lead_physiotherapist=make_physiotherapist())
    make_patient(name="Nobody's")

    assert list(Patient.objects.led_by(physiotherapist)) == [patient]


@pytest.mark.parametrize(("today", "expected"), [(date(2008, 5, 16), True), (date(2008, 5, 17), False)])
def test_patient_is_minor_on_a_day(patient, today, expected):
    assert patient.is_minor(today) is expected


@pytest.mark.parametrize("name", ["Europe/London", "Asia/Kathmandu", "UTC"])
def test_validate_zone_takes_zones_with_a_place(name):
    assert validate_zone(name) is None


@pytest.mark.parametrize("name", ["Europe/Atlantis", "EST5EDT", "", "../etc/passwd"])
def test_validate_zone_names_an_unknown_one(name):
    with pytest.raises(ValidationError) as caught:
        validate_zone(name)

    assert caught.value.messages == [f"“{name}” is not a time zone we know. Choose one such as Europe/London."]


# --- the clinic ----------------------------------------------------------------------------------------------------
def test_clinic_settings_have_defaults_until_saved():
    clinic = ClinicSettings.load()

    assert (clinic.pk, clinic.name, clinic.phone, clinic.allows_stage_override) == (1, "Our clinic", "", False)
    assert ClinicSettings.objects.count() == 0


def test_clinic_settings_not_saved_yet_have_a_name():
    assert str(ClinicSettings.load()) == "Our clinic"


def test_clinic_settings_are_one_row():
    ClinicSettings.objects.create(name="Knee Clinic", phone="020 7946 0000")

    with pytest.raises(IntegrityError, match="clinic_settings_one_row"), transaction.atomic():
        ClinicSettings.objects.create(pk=2, name="Second")
    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicSettings.objects.create(name="Third")

    assert list(ClinicSettings.objects.values_list("pk", "name")) == [(1, "Knee Clinic")]
    assert (str(ClinicSettings.load()), ClinicSettings.load().phone) == ("Knee Clinic", "020 7946 0000")


# --- the access log ------------------------------------------------------------------------------------------------
def test_access_log_even_the_owner_only_adds_to_it(patient, physiotherapist, django_db_setup):
    with django_db_setup.owner_connection() as owner, owner.transaction(force_rollback=True):
        actor = owner.execute(
            "INSERT INTO accounts_user (password, is_superuser, name, is_staff, is_active, date_joined) "
            "VALUES ('', false, 'Petra', true, true, now()) RETURNING id"
        ).fetchone()
        row = owner.execute(
            "INSERT INTO accounts_accesslog (actor_id, patient_id, view) VALUES (%s, %s, 'patient') RETURNING id",
            [*actor, patient.pk],
        ).fetchone()

        for statement in (
            "UPDATE accounts_accesslog SET view = 'nothing' WHERE id = %s",
            "DELETE FROM accounts_accesslog WHERE id = %s",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="Cannot update or delete"), owner.transaction():
                owner.execute(statement, row)

        views = owner.execute("SELECT view FROM accounts_accesslog WHERE id = %s", row).fetchall()
        assert views == [("patient",)]


def test_access_log_keeps_its_actor(patient, physiotherapist):
    entry = AccessLog.objects.create(actor=physiotherapist, patient_id=patient.pk, view="patient")
    entry.refresh_from_db()

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=physiotherapist.pk).delete()

    assert str(entry) == f"{entry.at:%Y-%m-%d %H:%M} patient"
