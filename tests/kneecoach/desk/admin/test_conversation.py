"""The thread with a patient at the desk: reading, answering, marking notes as seen, and who may."""

from uuid import uuid4

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, Patient, User
from progress import services
from progress.models import Message
from tests.factories import later, make_finished_session, make_message, make_user
from tests.fixtures import client_of
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def url_of(patient: Patient, rest: str = "") -> str:
    """Return the thread with a patient."""
    return f"/admin/accounts/patient/{patient.pk}/messages/{rest}"


def typed(**changes: str) -> dict[str, str]:
    """Return what the page sends."""
    return {"message_id": str(uuid4()), "body": "Well done"} | changes


def test_thread_shows_notes_of_sessions_and_messages_with_marks(
    physio_client: Client, patient: Patient, other_patient: Patient, physiotherapist: User
):
    session = make_finished_session(patient=patient, now=later(NOW, hours=-1))
    services.answer_effort(session=session, effort=4, note="It went well", now=later(NOW, minutes=-40))
    make_message(patient=patient, by=physiotherapist, body="Good", now=later(NOW, minutes=-20))
    make_message(patient=other_patient, body="Otto only", now=NOW)
    before = all_rows(without=(AccessLog,))

    response = physio_client.get(url_of(patient))

    assert (response.status_code, faults(response), title_of(response)) == (200, [], "Messages with Anna Knee")
    assert texts_at(response, ".desk-thread li") == [
        "Anna Knee , 25 November 2026, 07:20 · session, 25 Nov, morning It went well unread",
        "Petra Physio , 25 November 2026, 07:40 Good not read by the patient yet",
    ]
    assert "Nobody watches it live" in text_at(response, ".desk-form")
    assert b"Otto" not in response.content
    assert list(AccessLog.objects.values_list("patient_id", "view")) == [(patient.pk, "message")]
    assert all_rows(without=(AccessLog,)) == before


def test_answer_reaches_the_patient_and_twice_is_once(
    physio_client: Client, patient_client: Client, patient: Patient, physiotherapist: User
):
    sent = typed()
    for _time in (1, 2):
        response = physio_client.post(url_of(patient), sent)

    row = Message.objects.get()
    assert response["Location"] == url_of(patient)
    assert (row.patient, row.author, row.body, row.is_from_patient, row.read_at) == (
        patient,
        physiotherapist,
        "Well done",
        False,
        None,
    )
    assert "Petra Physio" in text_at(patient_client.get("/messages/"), ".thread")


@pytest.mark.parametrize(
    ("changes", "field"), [({"body": " "}, "body"), ({"body": "x" * 1001}, "body"), ({"message_id": "x"}, "message_id")]
)
def test_answer_that_cannot_be_comes_back(physio_client: Client, patient: Patient, changes: dict[str, str], field: str):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(url_of(patient), typed(**changes))

    assert (response.status_code, faults(response)) == (422, [])
    assert list(response.context["message_form"].errors) == [field]
    assert all_rows(without=(AccessLog,)) == before


def test_seen_marks_up_to_what_was_shown_and_the_patient_can_see_it(
    physio_client: Client, patient_client: Client, patient: Patient, physiotherapist: User, clock
):
    note = make_message(patient=patient, now=later(NOW, minutes=-5))
    page = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")
    field = soup(page).select_one(f"form[action='{url_of(patient, 'seen/')}'] [name=newest]")
    assert field is not None
    meanwhile = make_message(patient=patient, now=later(NOW, minutes=-4))

    for minutes in (0, 1):
        clock.move_to(later(NOW, minutes=minutes), tick=False)
        response = physio_client.post(url_of(patient, "seen/"), {"newest": str(field["value"])})

    note.refresh_from_db()
    meanwhile.refresh_from_db()
    assert response["Location"] == f"/admin/accounts/patient/{patient.pk}/change/"
    assert (note.read_by, note.read_at, meanwhile.read_at) == (physiotherapist, NOW, None)
    assert "seen by Petra Physio on 25 November" in text_at(patient_client.get("/messages/"), ".thread")


def test_list_of_patients_finds_unread_notes(
    physio_client: Client, patient: Patient, other_patient: Patient, physiotherapist: User
):
    make_message(patient=patient, now=NOW)
    make_message(patient=other_patient, by=physiotherapist, now=NOW)

    unread = physio_client.get("/admin/accounts/patient/", {"notes": "unread"})
    services.mark_read(patient=patient, by=physiotherapist, is_by_patient=False, up_to=NOW, now=NOW)
    none = physio_client.get("/admin/accounts/patient/", {"notes": "unread"})

    assert texts_at(unread, "th.field-name") == ["Anna Knee"]
    assert texts_at(none, "th.field-name") == []


def test_what_is_of_another_or_not_there_is_not_found(physio_client: Client, patient: Patient, other_patient: Patient):
    foreign = make_message(patient=other_patient, now=NOW)
    before = all_rows(without=(AccessLog,))

    statuses = [
        physio_client.post(url_of(patient), typed(message_id=str(foreign.pk))).status_code,
        physio_client.post(url_of(patient, "seen/"), {"newest": str(foreign.pk)}).status_code,
        physio_client.post(url_of(patient, "seen/"), {"newest": str(uuid4())}).status_code,
        physio_client.post(url_of(patient, "seen/"), {"newest": "x"}).status_code,
        physio_client.get(url_of(patient), {"before": str(foreign.pk)}).status_code,
        physio_client.get(url_of(patient), {"before": "x"}).status_code,
        physio_client.get(f"/admin/accounts/patient/{uuid4()}/messages/").status_code,
        physio_client.put(url_of(patient)).status_code,
    ]

    assert statuses == [404, 404, 404, 422, 404, 404, 404, 405]
    assert all_rows(without=(AccessLog,)) == before


def test_only_who_may_reads_and_writes(
    physio_client: Client, physiotherapist: User, patient_client: Client, patient: Patient
):
    make_message(patient=patient, now=NOW)
    staff = client_of(make_user(is_staff=True))
    group = physiotherapist.groups.get()
    group.permissions.remove(group.permissions.get(codename="add_message"))
    before = all_rows(without=(AccessLog, User))

    page = physio_client.get(url_of(patient))
    statuses = [
        physio_client.post(url_of(patient), typed()).status_code,
        physio_client.post(url_of(patient, "seen/"), {"newest": str(Message.objects.get().pk)}).status_code,
        staff.get(url_of(patient)).status_code,
        patient_client.get(url_of(patient)).status_code,
    ]
    group.permissions.remove(group.permissions.get(codename="view_message"))

    assert (page.status_code, soup(page).select("#content form")) == (200, [])
    assert statuses == [403, 403, 403, 302]
    assert physio_client.get(url_of(patient)).status_code == 403
    assert b"thread-title" not in physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/").content
    after = all_rows(without=(AccessLog, User))
    assert {name: after[name] for name in after if "message" in name} == {
        name: before[name] for name in before if "message" in name
    }


@pytest.mark.parametrize("count", [1, 50])
def test_thread_queries(physio_client: Client, patient: Patient, count: int, django_assert_num_queries):
    for minutes in range(count):
        make_message(patient=patient, now=later(NOW, minutes=minutes - 60))

    # session, user, permissions of the user and the groups; patient and what the list shows; messages; log
    with django_assert_num_queries(7):
        physio_client.get(url_of(patient))
