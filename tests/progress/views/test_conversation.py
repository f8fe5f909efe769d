"""The thread with the physiotherapists: what was written by both sides, sending, marking as read."""

from uuid import uuid4

import pytest
from django.test import Client

from kneecoach.accounts.models import ClinicSettings, Patient, User
from progress import services
from progress.models import Message
from tests.factories import later, make_finished_session, make_message
from tests.pages import HTMX, faults, is_page, soup, text_at, texts_at, title_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL, READ = "/messages/", "/messages/read/"


def typed(**changes: str) -> dict[str, str]:
    """Return what the page sends."""
    return {"message_id": str(uuid4()), "body": "It clicks"} | changes


# --- reading -------------------------------------------------------------------------------------------------------
def test_thread_shows_both_sides_newest_last_with_their_marks(
    patient_client: Client, patient: Patient, physiotherapist: User
):
    session = make_finished_session(patient=patient, now=later(NOW, hours=-1))
    services.answer_effort(session=session, effort=4, note="It went well", now=later(NOW, minutes=-40))
    services.mark_read(patient=patient, by=physiotherapist, is_by_patient=False, up_to=NOW, now=later(NOW, minutes=-30))
    make_message(patient=patient, by=physiotherapist, body="Good", now=later(NOW, minutes=-20))
    make_message(patient=patient, body="Thank you\n<b>Anna</b>", now=later(NOW, minutes=-10))

    response = patient_client.get(URL)

    rows = texts_at(response, ".thread > li")
    assert (response.status_code, title_of(response), faults(response)) == (200, "Messages", [])
    assert [str(row["data-from"]) for row in soup(response).select(".thread > li")] == ["own", "other", "own"]
    assert rows[0].startswith("You , 25 November 2026, 07:20 It went well")
    assert rows[0].endswith("Wednesday 25 November, morning seen by Petra Physio on 25 November")
    assert rows[1] == "Petra Physio , 25 November 2026, 07:40 Good new"
    assert rows[2] == "You , 25 November 2026, 07:50 Thank you <b>Anna</b> not seen yet"
    link = soup(response).select_one(".thread a")
    assert link is not None
    assert link["href"] == f"/sessions/{session.pk}/record/"


def test_thread_without_anything_yet_and_its_box_says_that_nobody_watches(patient_client: Client):
    ClinicSettings.objects.create(phone="020 7946 0000")

    response = patient_client.get(URL)

    assert (response.status_code, faults(response)) == (200, [])
    assert "No message yet" in text_at(response, "main")
    assert "Nobody watches this live" in text_at(response, "form.card")
    assert soup(response).select_one("form.card a[href='tel:02079460000']") is not None
    assert soup(response).select(f"form[action='{READ}']") == []


def test_thread_goes_back_in_pieces(patient_client: Client, patient: Patient):
    for count in range(53):
        make_message(patient=patient, body=f"number {count}", now=later(NOW, minutes=count - 60))

    newest = patient_client.get(URL)
    link = soup(newest).select_one("main a[href^='?before=']")
    assert link is not None
    earlier = patient_client.get(URL + str(link["href"]))

    assert (len(texts_at(newest, ".thread > li")), len(texts_at(earlier, ".thread > li"))) == (50, 3)
    assert "number 52" in texts_at(newest, ".thread > li")[-1]
    assert "number 2" in texts_at(earlier, ".thread > li")[-1]
    assert soup(earlier).select("main a[href^='?before=']") == []


def test_thread_before_a_message_of_somebody_else_is_not_found(patient_client: Client, other_patient: Patient):
    foreign = make_message(patient=other_patient, now=NOW)

    statuses = [patient_client.get(URL, {"before": key}).status_code for key in (str(foreign.pk), str(uuid4()), "x")]

    assert statuses == [404, 404, 404]


def test_thread_shows_nothing_of_others_and_reading_writes_nothing(
    patient_client: Client, patient: Patient, other_patient: Patient, physiotherapist: User
):
    make_message(patient=other_patient, body="Otto only", now=NOW)
    make_message(patient=patient, by=physiotherapist, body="Good", now=NOW)
    before = all_rows()

    response = patient_client.get(URL)

    assert b"Otto" not in response.content
    assert all_rows() == before


@pytest.mark.parametrize("count", [1, 50])
def test_thread_queries(patient_client: Client, patient: Patient, count: int, django_assert_num_queries):
    for minutes in range(count):
        make_message(patient=patient, now=later(NOW, minutes=minutes - 60))

    with django_assert_num_queries(4):  # session, user with patient; messages; clinic
        patient_client.get(URL)


# --- sending -------------------------------------------------------------------------------------------------------
def test_send_from_the_page_and_twice_is_once(patient_client: Client, patient: Patient):
    page = patient_client.get(URL)
    sent = {str(tag["name"]): str(tag.get("value", "")) for tag in soup(page).select("form.card [name]")}
    response = patient_client.post(URL, sent | {"body": "It clicks"})
    before = all_rows()

    patient_client.post(URL, sent | {"body": "It clicks"})

    row = Message.objects.get()
    assert (response.status_code, response["Location"]) == (302, URL)
    assert (row.patient, row.author, row.body, row.is_from_patient) == (patient, patient.user, "It clicks", True)
    assert (row.sent_at, row.exercise_session, row.read_at) == (NOW, None, None)
    assert all_rows() == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"body": ""}, "Write something first."),
        ({"body": "  "}, "Write something first."),
        ({"body": "x" * 1001}, "Please keep it to 1000 characters."),
        ({"message_id": "x"}, "Enter a valid UUID."),
    ],
)
def test_send_what_cannot_be_keeps_the_words(patient_client: Client, changes: dict[str, str], error: str):
    before = all_rows()

    response = patient_client.post(URL, typed(**changes))

    area = soup(response).select_one("textarea")
    assert (response.status_code, faults(response)) == (422, [])
    assert error in str(response.context["form"].errors)
    assert area is not None
    assert area.text.strip() == changes.get("body", "It clicks").strip()
    assert all_rows() == before


def test_send_with_the_id_of_somebody_else_is_not_found(patient_client: Client, other_patient: Patient):
    foreign = make_message(patient=other_patient, now=NOW)
    before = all_rows()

    assert patient_client.post(URL, typed(message_id=str(foreign.pk))).status_code == 404
    assert all_rows() == before


# --- marking as read -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_read_is_marked_by_the_pages_own_form_and_once(
    patient_client: Client, patient: Patient, physiotherapist: User, clock, headers: dict[str, str]
):
    shown = make_message(patient=patient, by=physiotherapist, now=later(NOW, minutes=-5))
    today = text_at(patient_client.get("/"), "main")
    form = soup(patient_client.get(URL)).select_one(f"form[action='{READ}']")
    assert form is not None
    assert (form["hx-trigger"], "Mark as read" in form.text) == ("load, submit", True)
    sent = {"newest": str(form.select_one("[name=newest]")["value"])}
    meanwhile = make_message(patient=patient, by=physiotherapist, now=later(NOW, minutes=-4))

    response = patient_client.post(READ, sent, headers=headers)
    clock.move_to(later(NOW, minutes=5), tick=False)
    patient_client.post(READ, sent, headers=headers)

    shown.refresh_from_db()
    meanwhile.refresh_from_db()
    assert "New message from Petra Physio" in today
    assert (response.status_code, is_page(response)) == (200, False) if headers else (302, False)
    assert (shown.read_by, shown.read_at, meanwhile.read_at) == (patient.user, NOW, None)


def test_read_everything_leaves_no_card_on_today(patient_client: Client, patient: Patient, physiotherapist: User):
    shown = make_message(patient=patient, by=physiotherapist, now=later(NOW, minutes=-5))

    patient_client.post(READ, {"newest": str(shown.pk)})

    assert "New message" not in text_at(patient_client.get("/"), "main")
    assert "you read it on 25 November" in text_at(patient_client.get(URL), ".thread")


@pytest.mark.parametrize(("newest", "status"), [("x", 422), ("", 422), ("foreign", 404), ("missing", 404)])
def test_read_of_what_is_not_there_marks_nothing(
    patient_client: Client,
    patient: Patient,
    other_patient: Patient,
    physiotherapist: User,
    newest: str,
    status: int,
):
    make_message(patient=patient, by=physiotherapist, now=NOW)
    foreign = make_message(patient=other_patient, by=physiotherapist, now=NOW)
    keys = {"foreign": str(foreign.pk), "missing": str(uuid4())}
    before = all_rows()

    assert patient_client.post(READ, {"newest": keys.get(newest, newest)}).status_code == status
    assert (patient_client.get(READ).status_code, all_rows() == before) == (405, True)


def test_me_leads_to_the_messages(patient_client: Client):
    assert soup(patient_client.get("/me/")).select_one(f"a[href='{URL}']") is not None


def test_messages_lead_anonymous_to_log_in(client: Client):
    assert client.get(URL)["Location"] == "/account/login/?next=/messages/"
