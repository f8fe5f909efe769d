"""Messages between a patient and the physiotherapists: written once, read once."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from kneecoach.accounts.models import Patient, User
from progress import services
from progress.models import Message
from tests.factories import a_moment, later, make_message
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


def test_send_keeps_who_and_when_and_twice_is_once(patient: Patient):
    sent = {
        "patient": patient,
        "message_id": uuid4(),
        "author": patient.user,
        "is_from_patient": True,
        "session": None,
    }
    services.send_message(**sent, body=" It clicks ", now=NOW)
    before = all_rows()

    again = services.send_message(**sent, body="Something else", now=later(NOW, hours=1))

    assert (again.body, again.sent_at, again.author, again.read_at) == ("It clicks", NOW, patient.user, None)
    assert all_rows() == before


def test_send_with_the_id_of_somebody_else_or_of_the_other_side_is_not_there(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    foreign = make_message(patient=other_patient, now=NOW)
    answer = make_message(patient=patient, by=physiotherapist, now=NOW)
    before = all_rows()

    for taken in (foreign, answer):
        with pytest.raises(Message.DoesNotExist):
            make_message(patient=patient, message_id=taken.pk, now=NOW)

    assert all_rows() == before


def test_send_nothing_is_refused(patient: Patient):
    with pytest.raises(ValidationError) as refused:
        make_message(patient=patient, body=" \n", now=NOW)

    assert list(refused.value.message_dict) == ["body"]
    assert not Message.objects.exists()


def test_mark_read_takes_the_other_side_up_to_what_was_seen_and_once(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    own = make_message(patient=patient, now=NOW)
    first = make_message(patient=patient, by=physiotherapist, now=later(NOW, minutes=1))
    newer = make_message(patient=patient, by=physiotherapist, now=later(NOW, minutes=2))
    foreign = make_message(patient=other_patient, by=physiotherapist, now=NOW)

    made = [
        services.mark_read(
            patient=patient, by=patient.user, is_by_patient=True, up_to=first.sent_at, now=later(NOW, hours=hours)
        )
        for hours in (1, 2)
    ]

    assert made == [1, 0]
    marks = {row.pk: (row.read_by, row.read_at) for row in Message.objects.all()}
    assert marks == {
        own.pk: (None, None),
        first.pk: (patient.user, later(NOW, hours=1)),
        newer.pk: (None, None),
        foreign.pk: (None, None),
    }


def test_mark_read_by_the_clinic_takes_what_the_patient_wrote(patient: Patient, physiotherapist: User):
    note = make_message(patient=patient, now=NOW)
    answer = make_message(patient=patient, by=physiotherapist, now=NOW)

    services.mark_read(patient=patient, by=physiotherapist, is_by_patient=False, up_to=NOW, now=NOW)

    note.refresh_from_db()
    answer.refresh_from_db()
    assert (note.read_by, answer.read_by) == (physiotherapist, None)
