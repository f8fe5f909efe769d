"""The visit sheet as page and PDF, everything as CSV: what they say, who may have them, and that each is logged."""

import csv
import io
import zipfile
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exercises import services as exercise_services
from kneecoach.accounts.models import AccessLog, Patient, User
from progress import services
from progress.models import ExerciseSession
from progress.rules.days import Slot
from tests.factories import (
    a_moment,
    later,
    make_finished_session,
    make_message,
    make_prescription,
    make_red_flag,
    make_session,
    make_user,
    sets_of,
)
from tests.fixtures import client_of
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at, words
from tests.rows import make_history, make_mornings

pytestmark = pytest.mark.django_db

DAYS, WEEKS, STAGES = "[aria-labelledby=days-title]", "[aria-labelledby=weeks-title]", "[aria-labelledby=stages-title]"
NOTES, LATE, SIGNS = "[aria-labelledby=notes-title]", "[aria-labelledby=late-title]", "[aria-labelledby=signs-title]"


def url_of(patient: Patient, page: str = "visit/") -> str:
    """Return a page about a patient."""
    return f"/admin/accounts/patient/{patient.pk}/{page}"


def lines(response: Any) -> dict[str, list[str]]:
    """Return the cells of the days that have begun, by day."""
    rows = soup(response).select(f"{DAYS} tbody tr")
    return {words(row.th): [words(cell) for cell in row.select("td")] for row in rows}


def files(response: Any) -> dict[str, list[dict[str, str]]]:
    """Return what the archive holds, file by file."""
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    return {
        name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))
        for name in archive.namelist()
        if name.endswith(".csv")
    }


def test_sheet_says_who_and_which_days(physio_client: Client, patient: Patient):
    response = physio_client.get(url_of(patient))

    assert (response.status_code, faults(response)) == (200, [])
    assert text_at(response, ".sheet-who").endswith(
        "Anna Knee born 17 May 1990 · right knee · led by Petra Physio 29 October 2026 to 25 November 2026, 28 days"
    )
    assert len(lines(response)) == 28
    assert "Nothing was prescribed." in text_at(response, STAGES)


def test_days_tell_done_partly_missed_paused_and_not_due_in_words(
    physio_client: Client, patient: Patient, physiotherapist: User, clock: Any
):
    made = make_prescription(patient=patient, now=a_moment("2026-11-19 07:00"), by=physiotherapist)
    made.pauses.create(from_on="2026-11-21", to_on="2026-11-22")
    make_finished_session(patient=patient, now=a_moment("2026-11-19 08:00"), pain_before=0, pain_worst=5)
    make_finished_session(patient=patient, now=a_moment("2026-11-19 18:00"), pain_before=None, pain_worst=4, reps=3)

    found = lines(physio_client.get(url_of(patient)))

    assert found["Thu 19 Nov"] == ["done", "10/10", "0", "5", "–", "partly", "3/10", "?", "4", "–", ""]
    assert found["Fri 20 Nov"] == ["missed", "", "", "", "", "missed", "", "", "", "", ""]
    assert found["Sat 21 Nov"] == ["paused", "", "", "", "", "paused", "", "", "", "", ""]
    assert found["Wed 18 Nov"] == ["not due", "", "", "", "", "not due", "", "", "", "", ""]
    assert found["Wed 25 Nov"][0] == "due"
    states = [str(tag["data-state"]) for tag in soup(physio_client.get(url_of(patient))).select(f"{DAYS} .sheet-mark")]
    assert {"done", "partly", "missed", "paused", "none", "due"} <= set(states)


def test_pain_is_told_at_every_moment_and_missing_is_never_zero(physio_client: Client, patient: Patient):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=0, pain_worst=None)
    make_mornings(patient=patient, until=NOW, days=1, pain=4)

    response = physio_client.get(url_of(patient))

    assert lines(response)["Tue 24 Nov"][:4] == ["done", "10/10", "0", "?"]
    assert lines(response)["Wed 25 Nov"][-1] == "4"
    assert "? (0/1)" in text_at(response, WEEKS)
    assert "None of these is a zero" in text_at(response, DAYS)


def test_two_knees_stand_side_by_side(physio_client: Client, patient: Patient):
    Patient.objects.filter(pk=patient.pk).update(side="both")
    patient.refresh_from_db()
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=1, pain_worst=3)

    response = physio_client.get(url_of(patient))

    assert lines(response)["Tue 24 Nov"][2:4] == ["1 / 1", "3 / 3"]
    assert "left / right knee" in text_at(response, DAYS)


def test_weeks_count_sessions_holds_and_depth(physio_client: Client, patient: Patient):
    make_prescription(patient=patient, stage_number=3, now=a_moment("2026-11-20 08:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 08:00"), reps=8)
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))

    head, *_before, row = soup(physio_client.get(url_of(patient))).select(f"{WEEKS} tr")

    assert words(head).endswith("Squat depth")
    assert [words(cell) for cell in row.select("td")] == [
        *("1/4", "18/20", "18/18", "–", "2/2", "3 (2/2)"),
        "knees just bent ×2",
    ]


def test_stages_tell_what_was_prescribed_changed_and_mastered_and_by_whom(
    physio_client: Client, patient: Patient, physiotherapist: User
):
    for days, reps in ((30, 10), (20, 12)):
        made = make_prescription(patient=patient, now=later(NOW, days=-days), by=physiotherapist, reps_target=reps)
    exercise_services.end_prescription(prescription=made, reason="mastered", on=NOW.date(), by=physiotherapist, now=NOW)

    assert texts_at(physio_client.get(url_of(patient)), f"{STAGES} tbody tr") == [
        "Stage 1: Seated squeeze right 10 × 3 s, 2 a day 26 Oct 2026, Petra Physio "
        "5 Nov 2026, replaced by a new dose, Petra Physio",
        "Stage 1: Seated squeeze right 12 × 3 s, 2 a day 5 Nov 2026, Petra Physio 25 Nov 2026, mastered, Petra Physio",
    ]


def test_notes_signs_corrections_and_late_entries_are_told(
    physio_client: Client, patient: Patient, physiotherapist: User
):
    make_prescription(patient=patient, now=a_moment("2026-11-10 07:00"), by=physiotherapist)
    make_message(patient=patient, body="It clicks on the stairs", now=a_moment("2026-11-20 01:00"))
    make_message(patient=patient, by=physiotherapist, body="An answer", now=a_moment("2026-11-20 09:00"))
    make_message(patient=patient, body="Long ago", now=a_moment("2026-10-20 09:00"))
    done = make_finished_session(patient=patient, now=a_moment("2026-11-22 08:00"), pain_worst=3)
    rating = done.pain_ratings.get(moment="worst")
    services.correct(
        session=done,
        changes=[services.Change(f"pain-{rating.pk}", value=6)],
        reason="",
        by=patient.user,
        now=a_moment("2026-11-22 09:00"),
    )
    enter(patient, "2026-11-23", is_from_paper=True)
    stopped = make_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    services.stop_session(session=stopped, reason="tired", note="A long day", now=a_moment("2026-11-24 08:01"))
    make_red_flag(patient=patient, now=a_moment("2026-11-24 18:00"))

    response = physio_client.get(url_of(patient))

    assert texts_at(response, f"{NOTES} li") == [
        "24 Nov Stopped: a warning sign.",
        "24 Nov Stopped: too tired. “A long day”",
        # Written at one in the night: the day before.
        "19 Nov It clicks on the stairs",
    ]
    assert texts_at(response, f"{SIGNS} li") == ["24 Nov reported, none named. Not cleared yet."]
    assert texts_at(response, f"{LATE} li") == [
        "from paper 23 Nov evening",
        "22 Nov morning pain worst during, right: first 3, corrected to 6",
    ]
    assert lines(response)["Sun 22 Nov"][3] == "6*"
    assert lines(response)["Mon 23 Nov"][5:9] == ["partly, paper", "4/10", "1", "?"]


def enter(patient: Patient, day: str, *, is_from_paper: bool) -> ExerciseSession:
    """Enter four repetitions of an evening."""
    (prescription,) = patient.prescriptions.active()
    return services.enter_session(
        patient=patient,
        entry=services.LaterEntry(
            session_id=uuid4(),
            day=date.fromisoformat(day),
            slot=Slot.EVENING,
            is_from_paper=is_from_paper,
            sets=(services.LaterSet(prescription.pk, "right", 4),),
            pain={("before", "right"): 1, ("worst", "right"): None},
        ),
        now=NOW,
    )


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"first": "2026-11-20", "last": "2026-11-26"}, "This day is still to come."),
        ({"first": "2026-11-20", "last": "2026-11-19"}, "The first day lies after the last."),
        ({"first": "2026-01-01", "last": "2026-11-19"}, "Choose at most twelve weeks."),
        ({"first": "x", "last": "2026-11-19"}, "Enter a valid date."),
        ({"first": "2026-11-19"}, "This field is required."),
    ],
)
@pytest.mark.parametrize("page", ["visit/", "visit.pdf"])
def test_days_that_cannot_be_come_back(
    physio_client: Client, patient: Patient, asked: dict[str, str], error: str, page: str
):
    response = physio_client.get(url_of(patient, page), asked)

    assert (response.status_code, faults(response)) == (422, [])
    assert error in texts_at(response, ".errorlist li")
    assert [tag.get("value") for tag in soup(response).select("#id_first")] == [asked["first"]]


def test_chosen_days_are_shown(physio_client: Client, patient: Patient):
    response = physio_client.get(url_of(patient), {"first": "2026-11-01", "last": "2026-11-03"})

    assert list(lines(response)) == ["Sun 1 Nov", "Mon 2 Nov", "Tue 3 Nov"]


def test_it_begins_with_the_day_of_the_last_visit(physio_client: Client, patient: Patient, physiotherapist: User):
    seen = {"actor": physiotherapist, "patient_id": patient.pk, "view": "visit sheet"}
    for at in (a_moment("2026-11-10 10:00"), NOW):
        AccessLog.objects.create(**seen, at=at)
    # Somebody else's visit, and another look at this patient.
    AccessLog.objects.create(**seen | {"patient_id": uuid4()}, at=a_moment("2026-11-12 10:00"))
    AccessLog.objects.create(**seen | {"view": "patient"}, at=a_moment("2026-11-13 10:00"))

    assert next(iter(lines(physio_client.get(url_of(patient))))) == "Tue 10 Nov"


def test_queries_do_not_grow(physio_client: Client, patient: Patient):
    made = make_prescription(patient=patient, now=a_moment("2026-09-01 08:00"))
    counts = []
    for sessions in (2, 60):
        ExerciseSession.objects.all().delete()
        make_history(patient=patient, prescription=made, until=NOW, sessions=sessions)
        with CaptureQueriesContext(connection) as queries:
            physio_client.get(url_of(patient))
        counts.append(len(queries))

    assert counts[0] == counts[1] < 30


def test_archive_holds_every_table_with_numbers_as_numbers(
    physio_client: Client, patient: Patient, other_patient: Patient, physiotherapist: User
):
    done = make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=0, pain_worst=None)
    make_message(patient=patient, body="=HYPERLINK(1)", now=NOW)
    make_finished_session(patient=other_patient, now=a_moment("2026-11-24 08:00"))
    make_message(patient=other_patient, body="Otto only", now=NOW)

    response = physio_client.get(url_of(patient, "record.zip"))

    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Content-Disposition"] == 'attachment; filename="patient-record-2026-11-25.zip"'
    found = files(response)
    assert [row["name"] for row in found["patient"]] == ["Anna Knee"]
    assert [row["session"] for row in found["sessions"]] == [str(done.pk)]
    assert [row["set"] for row in found["sets"]] == [str(row.pk) for row in sets_of(done)]
    assert [(row["number"], row["held_ms"]) for row in found["repetitions"]] == [
        (str(number), "3000") for number in range(1, 11)
    ]
    assert [(row["moment"], row["status"], row["pain"]) for row in found["pain"]] == [
        ("before", "answered", "0"),
        ("worst", "skipped", ""),
    ]
    assert [row["text"] for row in found["messages"]] == ["'=HYPERLINK(1)"]
    assert "Otto only" not in str(found)


@pytest.mark.parametrize("page", ["visit/", "visit.pdf", "record.zip"])
def test_who_may_not_read_everything_is_refused_and_nothing_is_logged(patient: Patient, page: str):
    response = client_of(make_user(is_staff=True)).get(url_of(patient, page))

    assert (response.status_code, AccessLog.objects.count()) == (403, 0)


@pytest.mark.parametrize("page", ["visit/", "visit.pdf", "record.zip"])
def test_unknown_patient_is_404_and_nothing_is_logged(physio_client: Client, page: str):
    response = physio_client.get(f"/admin/accounts/patient/{uuid4()}/{page}")

    assert (response.status_code, AccessLog.objects.count()) == (404, 0)


def test_each_opening_is_logged_under_its_own_name(physio_client: Client, patient: Patient, physiotherapist: User):
    for page in ("visit/", "record.zip"):
        physio_client.get(url_of(patient, page))

    assert list(AccessLog.objects.order_by("pk").values_list("actor", "patient_id", "view")) == [
        (physiotherapist.pk, patient.pk, "visit sheet"),
        (physiotherapist.pk, patient.pk, "csv"),
    ]


def test_patient_page_leads_to_them(physio_client: Client, patient: Patient):
    page = soup(physio_client.get(url_of(patient, "change/")))

    links = [str(tag["href"]) for tag in page.select(".object-tools a")]
    assert {url_of(patient, name) for name in ("visit/", "record.zip")} <= set(links)
