"""Progress: a month of mornings and evenings, pain over time, what was done."""

import pytest
from django.test import Client

from progress import services
from progress.models import ExerciseSession
from tests.factories import (
    a_moment,
    later,
    make_finished_session,
    make_patient,
    make_prescription,
    make_session,
    rate_each_side,
)
from tests.fixtures import client_of
from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of, words
from tests.progress.views.conftest import NOW
from tests.rows import all_rows, make_history

pytestmark = pytest.mark.django_db

URL = "/progress/"


def day_marks(response, day: int) -> list[str]:
    """Return the states of a day's marks in the calendar."""
    cells = [cell for cell in soup(response).select(".cal-day") if words(cell).split()[0] == str(day)]
    return [str(mark["data-state"]) for mark in cells[0].select("[data-state]")]


def test_overview_shows_mornings_and_evenings_of_the_month(patient_client: Client, patient):
    make_prescription(patient=patient, now=a_moment("2026-11-22 09:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 08:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 18:00"), reps=4)
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"))

    response = patient_client.get(URL)

    assert (response.status_code, title_of(response), faults(response)) == (200, "November 2026", [])
    assert [day_marks(response, day) for day in (21, 22, 23, 24, 25, 26)] == [
        ["none", "none"],
        ["missed", "missed"],
        ["done", "partly"],
        ["missed", "done"],
        ["due", "due"],
        [],
    ]
    assert [words(cell) for cell in soup(response).select("[aria-current=date] > span:first-child")] == ["25"]


def test_overview_shows_an_extra_session(patient_client: Client, patient, prescription, clock):
    make_finished_session(patient=patient, now=NOW)
    make_finished_session(patient=patient, now=later(NOW, hours=1))
    clock.move_to(later(NOW, hours=2), tick=False)

    response = patient_client.get(URL)

    assert (response.status_code, day_marks(response, 25)) == (200, ["done", "due", "extra"])


def test_overview_draws_zero_as_zero_and_skipped_as_a_gap(patient_client: Client, patient):
    make_prescription(patient=patient, now=a_moment("2026-11-23 06:00"))
    for day, pain in (("23", 0), ("24", None), ("25", 4)):
        make_finished_session(patient=patient, now=a_moment(f"2026-11-{day} 07:00"), pain_before=pain, pain_worst=6)

    response = patient_client.get(URL)

    chart = soup(response).select_one("figure svg")
    rows = [[words(cell) for cell in row.select("th, td")] for row in soup(response).select(".scroller tbody tr")]
    assert [words(caption) for caption in soup(response).select("figcaption")] == ["Pain in your right knee"]
    assert (len(chart.select("circle.c-before")), len(chart.select(".c-worst"))) == (2, 3)
    assert (len(chart.select(".c-line-before")), len(chart.select(".c-line-worst"))) == (0, 1)
    assert [row[2] for row in rows if row[1] == "before"] == ["4", "skipped", "0"]
    assert [row[2] for row in rows if row[1] == "worst during"] == ["6", "6", "6"]


def test_overview_has_a_chart_for_each_knee():
    patient = make_patient(side="both")
    session = make_session(patient=patient, now=NOW)
    services.answer_safety(session=session, is_safe=True, now=NOW)
    rate_each_side(session=session, moment="before", value=3, now=NOW)

    response = client_of(patient.user).get(URL)

    assert texts_at(response, "figcaption") == ["Pain in your left knee", "Pain in your right knee"]
    assert faults(response) == []


def test_overview_lists_what_was_done_and_not_what_was_prescribed(patient_client: Client, patient, prescription):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), reps=7)

    response = patient_client.get(URL)

    assert texts_at(response, ".rows .row-title") == ["Tuesday 24 November, morning"]
    assert texts_at(response, ".rows .row-note") == ["Stage 1: Seated squeeze: 7 of 10 held"]


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
    assert [str(link["href"]) for link in soup(response).select(".page-head nav a")] == [
        "?month=2026-09",
        "?month=2026-11",
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

    assert texts_at(response, ".rows li") == []
    assert (b"Otto" in response.content, str(session.pk).encode() in response.content) == (False, False)


@pytest.mark.parametrize("history", [1, 50])
def test_overview_queries(patient_client: Client, patient, prescription, history: int, django_assert_num_queries):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)

    # session, user, patient; prescriptions, pauses, sessions, sets; ratings
    with django_assert_num_queries(9):
        response = patient_client.get(URL)

    assert len(texts_at(response, ".rows li")) == min(history, 48)


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
