"""Does what tests/test_site_matrix.py looks with see what is written, and whose?"""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from kneecoach.accounts.models import Device, Patient
from tests.rows import log_ins_without
from tests.site_asking import Watch, user_id_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_patient SET name = name",
        'UPDATE "accounts_patient" SET name = name',
        "update only public.accounts_patient set name = name",
        'UPDATE "public"."accounts_patient" SET name = name',
        "\n  DELETE FROM accounts_patient WHERE false",
        "INSERT INTO accounts_patient SELECT * FROM accounts_patient WHERE false",
    ],
)
def test_writing_is_seen_however_it_is_written(sql: str):
    watch = Watch()

    with connection.execute_wrapper(watch), connection.cursor() as cursor:
        cursor.execute(sql)

    assert (watch.written, watch.touches_log_ins) == ({"accounts_patient"}, False)


def test_reading_is_no_writing():
    watch = Watch()

    with connection.execute_wrapper(watch):
        list(Patient.objects.select_for_update())

    assert (watch.written, watch.touches_log_ins) == (set(), False)


def test_log_ins_are_no_rows_of_ours_but_seen(patient: Patient):
    watch = Watch()

    with connection.execute_wrapper(watch):
        Session.objects.all().delete()
        Device.objects.filter(user=patient.user).update(browser="x")

    assert (watch.written, watch.touches_log_ins) == (set(), True)


def test_log_ins_of_others_are_told_apart(
    patient: Patient, other_patient: Patient, patient_client: Client, other_client: Client
):
    mine, other = user_id_of(patient_client), user_id_of(other_client)
    before = log_ins_without(mine)
    changes = (
        lambda user: Session.objects.filter(session_key__in=Device.objects.filter(user=user).values("session_key")),
        lambda user: Device.objects.filter(user=user),
    )

    assert (mine, other, user_id_of(Client())) == (patient.user_id, other_patient.user_id, None)
    for rows in changes:
        rows(patient.user).delete()
        assert log_ins_without(mine) == before
        rows(other_patient.user).delete()
        changed = log_ins_without(mine)
        assert changed != before
        before = changed
