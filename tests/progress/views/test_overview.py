"""Progress: a month of mornings and evenings, stages, notes."""

from uuid import uuid4

import pytest
from django.test import Client

from exercises.models import PrescriptionPause
from kneecoach.accounts.models import Patient
from progress import services
from progress.models import ExerciseSession, Rep
from tests.factories import (
    a_moment,
    later,
    make_finished_session,
    make_patient,
    make_prescription,
    make_session,
    master_stage,
)
from tests.fixtures import client_of
from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of, words
from tests.progress.views.conftest import NOW
from tests.progress.views.progress_page import day_cell, day_marks
from tests.rows import all_rows, make_history

pytestmark = pytest.mark.django_db

URL = "/progress/"


@pytest.fixture
def entered(patient: Patient) -> None:
    """Say that the patient was entered on Sunday 22 November, and not just now."""
    Patient.objects.filter(pk=patient.pk).update(created_at=a_moment("2026-11-22 09:00"))


def test_overview_shows_mornings_and_evenings_of_the_month(patient_client: Client, patient, entered):
    make_prescription(patient=patient, now=a_moment("2026-11-22 09:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 08:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 18:00"), reps=4)
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))

    response = patient_client.get(URL)

    assert (response.status_code, title_of(response), faults(response)) == (200, "November 2026", [])
    assert [day_marks(response, day) for day in (21, 22, 23, 24, 25, 26)] == [
        [],
        ["missed", "missed"],
        ["done", "partly"],
        ["missed", "done"],
        ["due", "due"],
        [],
    ]
    assert [words(cell) for cell in soup(response).select("[aria-current=date] > span:first-child")] == ["25 November:"]


def test_overview_shows_an_extra_session(patient_client: Client, patient, prescription, clock):
    make_finished_session(patient=patient, now=NOW)
    make_finished_session(patient=patient, now=later(NOW, hours=1))
    clock.move_to(later(NOW, hours=2), tick=False)

    response = patient_client.get(URL)

    assert (response.status_code, day_marks(response, 25)) == (200, ["done", "due", "extra"])


def test_overview_marks_late_sessions_travel_and_pauses(patient_client: Client, patient, clock):
    prescription = make_prescription(patient=patient, now=a_moment("2026-11-16 06:00"))
    make_history(patient=patient, prescription=prescription, until=a_moment("2026-11-23 12:00"), sessions=12)
    PrescriptionPause.objects.create(prescription=prescription, from_on="2026-11-23", to_on="2026-11-23")
    sessions = ExerciseSession.objects.of(patient)
    Rep.objects.filter(
        exercise_set__exercise_session__in=sessions.filter(local_date="2026-11-20", slot="evening")
    ).update(received_at=a_moment("2026-11-23 06:00"))
    sessions.filter(local_date="2026-11-21", slot="morning").update(entry="paper", entered_at=NOW)
    sessions.filter(local_date="2026-11-18").update(time_zone="America/New_York")

    response = patient_client.get(URL)

    assert words(day_cell(response, 20)) == "20 November: morning done , evening done (late)"
    assert words(day_cell(response, 21)) == "21 November: morning done (late) , evening done"
    assert words(day_cell(response, 23)) == "23 November: morning paused , evening paused"
    assert [day for day in range(16, 26) if "travel" in words(day_cell(response, day))] == [18, 19]
    assert len(soup(response).select(".cal [data-late]")) == 2


def test_overview_compares_the_zone_with_the_month_before(patient_client: Client, patient):
    """Named trap, month edges: the first session of a month may be the first one in another zone."""
    prescription = make_prescription(patient=patient, now=a_moment("2026-08-01 06:00"))
    make_history(patient=patient, prescription=prescription, until=a_moment("2026-10-02 12:00"), sessions=4)
    ExerciseSession.objects.of(patient).filter(local_date="2026-10-01").update(time_zone="Asia/Tokyo")

    response = patient_client.get(URL, {"month": "2026-10"})

    assert "travel" in words(day_cell(response, 1))


def test_overview_compares_the_zone_with_nobody_elses(patient_client: Client, patient, other_patient):
    theirs = make_prescription(patient=other_patient, now=a_moment("2026-08-01 06:00"))
    make_history(patient=other_patient, prescription=theirs, until=a_moment("2026-10-01 12:00"), sessions=4)
    ExerciseSession.objects.of(other_patient).update(time_zone="Asia/Tokyo")
    own = make_prescription(patient=patient, now=a_moment("2026-10-01 06:00"))
    make_history(patient=patient, prescription=own, until=a_moment("2026-10-02 12:00"), sessions=2)

    response = patient_client.get(URL, {"month": "2026-10"})

    assert not [day for day in (1, 2) if "travel" in words(day_cell(response, day))]


def test_overview_links_days_from_the_first_one_to_today(patient_client: Client, patient, entered, prescription):
    response = patient_client.get(URL)

    links = [str(link["href"]) for link in soup(response).select(".cal a.cal-day")]
    assert links == [f"/progress/2026-11-{day}/" for day in (22, 23, 24, 25)]
    assert [patient_client.get(link).status_code for link in links] == [200] * 4


def test_overview_tells_the_story_of_the_stages(patient_client: Client, patient, physiotherapist):
    make_prescription(patient=patient, now=a_moment("2026-10-05 09:00"), by=physiotherapist)
    make_prescription(patient=patient, now=a_moment("2026-10-19 09:00"), by=physiotherapist, reps_target=12)
    master_stage(patient=patient, stage_number=1, by=physiotherapist, now=a_moment("2026-11-04 09:00"))
    make_prescription(patient=patient, stage_number=2, now=a_moment("2026-11-04 09:00"), by=physiotherapist)

    response = patient_client.get(URL)

    assert texts_at(response, "#stages h3") == [
        "Stage 2: Lying lift",
        "Stage 1: Seated squeeze",
        "Stage 1: Seated squeeze",
    ]
    told = [[words(line) for line in row.select("p")] for row in soup(response).select("#stages li")]
    assert told == [
        ["Since 4 November 2026", "10 repetitions, hold 3 s, 2 times a day · right", "Prescribed by Petra Physio"],
        [
            "19 October 2026 – 4 November 2026",
            "12 repetitions, hold 3 s, 2 times a day · right",
            "Prescribed by Petra Physio · mastered, by Petra Physio",
        ],
        [
            "5 October 2026 – 19 October 2026",
            "10 repetitions, hold 3 s, 2 times a day · right",
            "Prescribed by Petra Physio · replaced by a new dose, by Petra Physio",
        ],
    ]
    assert [str(row["data-state"]) for row in soup(response).select("#stages li")] == ["now", "done", "ended"]


def test_overview_shows_notes_and_who_has_seen_them(patient_client: Client, patient, prescription, physiotherapist):
    session = make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    services.write_session_note(session=session, body="It clicks.", now=a_moment("2026-11-24 08:05"))
    seen_at = a_moment("2026-11-24 15:00")
    services.mark_read(patient=patient, by=physiotherapist, is_by_patient=False, up_to=seen_at, now=seen_at)
    services.send_message(
        patient=patient,
        message_id=uuid4(),
        body="That is fine.",
        author=physiotherapist,
        is_from_patient=False,
        now=NOW,
    )
    services.send_message(
        patient=patient,
        message_id=uuid4(),
        body="Thank you.",
        author=patient.user,
        is_from_patient=True,
        now=later(NOW, minutes=1),
    )

    response = patient_client.get(URL)

    assert texts_at(response, "#notes li") == [
        "You , 25 November, 08:01 Thank you. Not seen yet",
        "Petra Physio , 25 November, 08:00 That is fine.",
        "You , 24 November, 08:05 It clicks. Seen by Petra Physio on 24 November",
    ]


@pytest.mark.parametrize(
    ("sent_at", "month"),
    [("2026-11-01 04:00", "2026-11"), ("2026-11-01 03:59", "2026-10"), ("2026-10-01 03:59", "2026-09")],
)
def test_overview_note_belongs_to_the_month_of_its_programme_day(patient_client: Client, patient, sent_at, month):
    """Named trap, month edges: a note of the small hours belongs to the evening before."""
    services.send_message(
        patient=patient, message_id=uuid4(), body="x", author=patient.user, is_from_patient=True, now=a_moment(sent_at)
    )

    found = {
        asked: len(texts_at(patient_client.get(URL, {"month": asked}), "#notes li"))
        for asked in ("2026-09", "2026-10", "2026-11")
    }

    assert found == {"2026-09": 0, "2026-10": 0, "2026-11": 0} | {month: 1}


def test_overview_keeps_a_session_that_was_left_open(patient_client: Client, patient, prescription, clock):
    make_session(patient=patient, now=NOW)
    clock.move_to(later(NOW, days=3), tick=False)

    response = patient_client.get(URL)

    assert day_marks(response, 25) == ["partly", "missed"]
    assert ExerciseSession.objects.get().ended_at is None


def test_overview_without_anything_done_says_so(patient_client: Client):
    response = patient_client.get(URL)

    assert (response.status_code, faults(response)) == (200, [])
    assert "Nothing this month yet" in text_at(response, "main")


def test_overview_of_an_earlier_month(patient_client: Client, patient):
    make_finished_session(patient=patient, now=a_moment("2026-10-31 08:00"))

    response = patient_client.get(URL, {"month": "2026-10"})

    assert (title_of(response), day_marks(response, 31)) == ("October 2026", ["done", "missed"])
    links = [str(link["href"]) for link in soup(response).select("nav[aria-label=Months] a")]
    assert links == ["?month=2026-11"]
    assert "?month=2026-10" in [
        str(link["href"]) for link in soup(patient_client.get(URL)).select("nav[aria-label=Months] a")
    ]


def test_overview_begins_the_month_with_the_patients_own_day(clock):
    patient = make_patient(time_zone="America/New_York")
    clock.move_to(a_moment("2026-11-01 07:59", "America/New_York"), tick=False)
    client = client_of(patient.user)

    at_home = client.get(URL)
    clock.move_to(a_moment("2026-11-01 03:59", "America/New_York"), tick=False)
    in_the_night = client.get(URL)

    assert (title_of(at_home), title_of(in_the_night)) == ("November 2026", "October 2026")


@pytest.mark.parametrize(
    "month", ["", "2026-13", "2026-00", "x", "2026", "2026-12", "9999-12", "0000-01", "1999-12", "2026-11-01", "\x00"]
)
def test_overview_of_a_month_that_is_not_there_is_not_found(patient_client: Client, month: str):
    assert patient_client.get(URL, {"month": month}).status_code == 404


def test_overview_holds_nothing_of_anybody_else(patient_client: Client, other_patient):
    session = make_session(patient=other_patient, now=NOW)
    services.stop_session(session=session, reason="pain", note="Otto only", now=NOW)

    response = patient_client.get(URL)

    assert texts_at(response, "#holds tbody tr") == []
    assert (b"Otto" in response.content, str(session.pk).encode() in response.content) == (False, False)


@pytest.mark.switched_on("PAIN_ADVICE", "READINESS")
@pytest.mark.parametrize("history", [1, 50])
def test_overview_queries(patient_client: Client, patient, prescription, history: int, django_assert_num_queries):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)

    # session, user with patient; limits; all prescriptions, pauses; sessions, sets, the session before, ratings; notes; the
    # stages, swollen mornings, open flags, closed alerts, request, answer
    with django_assert_num_queries(16):
        response = patient_client.get(URL)

    assert len(soup(response).select("#holds tbody tr")) == (history + 1) // 2 if history == 1 else 24


def test_overview_writes_nothing(patient_client: Client, exercise_session):
    before = all_rows()

    patient_client.get(URL)

    assert all_rows() == before


def test_overview_rejects_post(patient_client: Client):
    assert patient_client.post(URL).status_code == 405


def test_overview_leads_anonymous_to_log_in(client: Client):
    plain, htmx = client.get(URL), client.get(URL, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, "/account/login/?next=/progress/")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
