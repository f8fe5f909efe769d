"""Who may be on the patient site, and the log of what staff read."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from kneecoach.accounts.access import log_read, log_reads, patient_of, patient_required
from kneecoach.accounts.backends import PatientBackend
from kneecoach.accounts.models import AccessLog
from tests.factories import make_patient, make_user
from tests.fixtures import client_of

pytestmark = pytest.mark.django_db

PATIENT_PAGES = ["/", "/progress/", "/learn/", "/me/"]


@patient_required
def whose(request, greeting: str) -> HttpResponse:
    """Say whose page it is and by which clock."""
    return HttpResponse(f"{greeting}, {request.patient.name}, {timezone.get_current_timezone_name()}")


def request_of(rf, user, **headers: str):
    """Return a request as our middleware leaves it."""
    request = rf.get("/", headers=headers)
    request.user = PatientBackend().get_user(user.pk)
    request.htmx = HtmxDetails(request)
    return request


# --- patient_required ----------------------------------------------------------------------------------------------
def test_patient_required_patient_comes_in_with_their_own_zone(rf):
    patient = make_patient(name="Nima Knee", time_zone="Asia/Kathmandu")
    make_patient(name="Otto Elsewhere")

    response = whose(request_of(rf, patient.user), "Hello")

    assert response.content == b"Hello, Nima Knee, Asia/Kathmandu"
    assert timezone.get_current_timezone_name() == "Europe/London"


def test_patient_required_staff_are_led_to_the_admin(rf, physiotherapist):
    plain = whose(request_of(rf, physiotherapist), "Hello")
    htmx = whose(request_of(rf, physiotherapist, **{"HX-Request": "true"}), "Hello")

    assert (plain.status_code, plain.headers["Location"]) == (302, "/admin/")
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (200, "/admin/")


def test_patient_required_staff_who_exercise_too_are_led_to_the_admin(rf, physiotherapist):
    patient = make_patient(has_account=False)
    patient.user = physiotherapist
    patient.save()

    assert whose(request_of(rf, physiotherapist), "Hello").headers["Location"] == "/admin/"


def test_patient_required_account_of_nobody_is_refused_with_advice(rf, patient):
    with pytest.raises(PermissionDenied) as caught:
        whose(request_of(rf, make_user()), "Hello")

    assert str(caught.value) == "This account is not linked to a patient yet. Please ask your clinic."


def test_patient_required_what_waits_in_the_phone_of_somebody_else_is_refused(rf, patient, other_patient):
    own = whose(request_of(rf, patient.user, **{"X-Outbox-Owner": str(patient.pk)}), "Hello")
    assert own.status_code == 200

    with pytest.raises(PermissionDenied) as caught:
        whose(request_of(rf, patient.user, **{"X-Outbox-Owner": str(other_patient.pk)}), "Hello")

    assert str(caught.value) == "This belongs to another log-in."


@pytest.mark.parametrize("path", PATIENT_PAGES)
def test_patient_pages_patient_comes_in(patient_client, path):
    assert patient_client.get(path).status_code == 200


@pytest.mark.parametrize("path", PATIENT_PAGES)
def test_patient_pages_staff_are_led_to_the_admin(physio_client, path):
    response = physio_client.get(path)

    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("path", PATIENT_PAGES)
def test_patient_pages_account_of_nobody_is_refused(patient, path):
    assert client_of(make_user()).get(path).status_code == 403


def test_patient_pages_account_of_nobody_is_told_why(patient):
    response = client_of(make_user()).get("/")

    assert response.content.decode().count("This account is not linked to a patient yet. Please ask your clinic.") == 1


# --- the log -------------------------------------------------------------------------------------------------------
def test_patient_of_account(patient, other_patient):
    assert patient_of(patient.user) == patient
    assert patient_of(make_user()) is None


def test_log_read_writes_who_whom_what_and_when(physiotherapist, patient):
    before = timezone.now()

    log_read(physiotherapist, patient.pk, "patient")
    log_read(physiotherapist, patient.pk, "patient")

    rows = AccessLog.objects.values_list("actor", "patient_id", "view")
    assert list(rows) == [(physiotherapist.pk, patient.pk, "patient")] * 2
    assert all(abs((row.at - before).total_seconds()) < 60 for row in AccessLog.objects.all())


def test_log_reads_writes_a_row_for_each_patient_in_one_query(
    physiotherapist, patient, other_patient, django_assert_num_queries
):
    with django_assert_num_queries(1):
        log_reads(physiotherapist, [patient.pk, other_patient.pk], "worklist")
    with django_assert_num_queries(0):
        log_reads(physiotherapist, [], "worklist")

    rows = AccessLog.objects.order_by("pk").values_list("actor", "patient_id", "view")
    assert list(rows) == [(physiotherapist.pk, row.pk, "worklist") for row in (patient, other_patient)]
