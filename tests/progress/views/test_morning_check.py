"""The morning check: each knee of yesterday's sessions, then the swelling. One tap each, nothing chosen beforehand."""

from datetime import date

import pytest
from django.test import Client

from progress.models import MorningCheck, PainRating
from tests.factories import a_moment, make_finished_session, make_prescription
from tests.pages import HTMX, faults, form_errors, is_page, soup, text_at, texts_at, title_of
from tests.progress.views.conftest import YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL, RIGHT, LEFT, SWELLING = (f"/checks/morning/{part}" for part in ("", "right/", "left/", "swelling/"))
TODAY = date(2026, 11, 25)


@pytest.fixture
def yesterdays(patient, prescription):
    """Return a session of yesterday for the right knee."""
    return make_finished_session(patient=patient, now=YESTERDAY)


def mornings() -> list[tuple[date, str, str, int | None, object]]:
    """Return every rating of a morning."""
    rows = PainRating.objects.filter(moment="morning").order_by("side")
    return list(rows.values_list("local_date", "side", "status", "value", "exercise_session"))


def checks() -> list[tuple[date, str]]:
    """Return every morning check."""
    return list(MorningCheck.objects.values_list("local_date", "swelling"))


def question_of(response) -> str:
    """Return what the card asks."""
    return text_at(response, "#asking h2")


# --- on Today ------------------------------------------------------------------------------------------------------
def test_today_asks_for_the_knee_of_yesterday_with_nothing_chosen(patient_client: Client, yesterdays):
    response = patient_client.get("/")

    assert question_of(response) == "How much does your right knee hurt this morning?"
    assert soup(response).select_one("#asking form")["action"] == RIGHT
    assert len(soup(response).select("#asking .pain-key")) == 12
    assert soup(response).select("#asking [aria-pressed], #asking :checked") == []
    assert faults(response) == []


def test_today_goes_on_to_the_swelling_and_then_says_what_was_said(patient_client: Client, yesterdays):
    patient_client.post(RIGHT, {"value": "0"})
    asked = patient_client.get("/")
    patient_client.post(SWELLING, {"swelling": "some"})
    done = patient_client.get("/")

    assert question_of(asked) == "Is your knee swollen this morning?"
    assert texts_at(asked, "#asking button") == ["None", "Some", "A lot", "Skip", "Yes, at least one is true"]
    assert question_of(done) == "This morning"
    assert texts_at(done, "#asking .answers strong") == ["0", "some"]
    assert [link["href"] for link in soup(done).select("#asking a")] == [RIGHT, SWELLING]


def test_both_knees_are_asked_for_left_first(patient_client: Client, patient):
    make_prescription(patient=patient, now=YESTERDAY, side="both")
    make_finished_session(patient=patient, now=YESTERDAY)

    questions = [question_of(patient_client.get("/"))]
    questions += [question_of(patient_client.post(url, {"value": "3"}, headers=HTMX)) for url in (LEFT, RIGHT)]

    assert questions == [
        "How much does your left knee hurt this morning?",
        "How much does your right knee hurt this morning?",
        "Is your knee swollen this morning?",
    ]


def test_both_knees_exercised_apart_are_asked_for(patient_client: Client, patient):
    make_prescription(patient=patient, now=YESTERDAY, stage_number=2, side="both")
    make_finished_session(patient=patient, now=YESTERDAY)

    patient_client.post(LEFT, {"value": "1"})

    assert question_of(patient_client.get("/")) == "How much does your right knee hurt this morning?"


@pytest.mark.parametrize(
    ("instant", "is_asked"),
    [
        ("2026-11-25 03:59", False),
        ("2026-11-25 04:00", True),
        ("2026-11-25 11:59", True),
        ("2026-11-25 12:00", False),
        ("2026-11-26 08:00", False),
    ],
)
def test_morning_check_is_open_from_four_to_noon_of_the_next_day(
    patient_client: Client, yesterdays, clock, instant: str, *, is_asked: bool
):
    clock.move_to(a_moment(instant), tick=False)

    assert bool(soup(patient_client.get("/")).select_one("#asking")) is is_asked
    response = patient_client.post(RIGHT, {"value": "3"})

    assert (response.status_code, len(mornings())) == ((302, 1) if is_asked else (409, 0))


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York"])
def test_morning_check_follows_the_patients_own_clock(patient_client: Client, patient, clock, zone: str):
    type(patient).objects.filter(pk=patient.pk).update(time_zone=zone)
    patient.refresh_from_db()
    make_prescription(patient=patient, now=a_moment("2026-11-23 09:00", zone))
    # Twenty to one at night is still the day before.
    make_finished_session(patient=patient, now=a_moment("2026-11-25 00:40", zone))
    clock.move_to(a_moment("2026-11-25 11:59", zone), tick=False)

    asked = soup(patient_client.get("/")).select_one("#asking")
    patient_client.post(RIGHT, {"value": "3"})
    clock.move_to(a_moment("2026-11-25 12:00", zone), tick=False)

    assert asked is not None
    assert soup(patient_client.get("/")).select_one("#asking") is None
    assert [row[0] for row in mornings()] == [TODAY]


def test_without_a_session_yesterday_nothing_is_asked(patient_client: Client, patient, prescription):
    make_finished_session(patient=patient, now=a_moment("2026-11-25 06:00"))

    assert soup(patient_client.get("/")).select_one("#asking") is None
    assert title_of(patient_client.get(URL)) == "How is your knee?"
    assert "open from 04:00 to 12:00" in text_at(patient_client.get(URL), "#asking")


# --- answers -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", range(11))
def test_morning_takes_each_number(patient_client: Client, patient, yesterdays, value: int):
    response = patient_client.post(RIGHT, {"value": str(value)})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert mornings() == [(TODAY, "right", "answered", value, None)]
    assert checks() == []


def test_morning_skipped_is_a_row_without_a_number(patient_client: Client, yesterdays):
    response = patient_client.post(RIGHT, {"skip": "1"}, headers=HTMX)

    assert (response.status_code, is_page(response)) == (200, False)
    assert question_of(response) == "Is your knee swollen this morning?"
    assert mornings() == [(TODAY, "right", "skipped", None, None)]


@pytest.mark.parametrize(
    ("told", "stored", "shown"),
    [("none", "none", "none"), ("some", "some", "some"), ("marked", "marked", "a lot"), ("skip", "", "skipped")],
)
def test_swelling_takes_each_answer(patient_client: Client, yesterdays, told: str, stored: str, shown: str):
    patient_client.post(RIGHT, {"value": "3"})

    response = patient_client.post(SWELLING, {"swelling": told}, headers=HTMX)

    assert (response.status_code, texts_at(response, ".answers strong")) == (200, ["3", shown])
    assert checks() == [(TODAY, stored)]


def test_answers_can_be_changed_until_noon(patient_client: Client, yesterdays, clock):
    patient_client.post(RIGHT, {"value": "3"})
    patient_client.post(SWELLING, {"swelling": "some"})

    shown = patient_client.get(RIGHT)
    clock.move_to(a_moment("2026-11-25 11:59"), tick=False)
    patient_client.post(RIGHT, {"skip": "1"})
    patient_client.post(SWELLING, {"swelling": "marked"})
    clock.move_to(a_moment("2026-11-25 12:00"), tick=False)
    late = patient_client.post(RIGHT, {"value": "9"})

    assert (shown.status_code, question_of(shown)) == (200, "How much does your right knee hurt this morning?")
    assert faults(shown) == []
    assert (late.status_code, mornings()) == (409, [(TODAY, "right", "skipped", None, None)])
    assert checks() == [(TODAY, "marked")]


@pytest.mark.parametrize(
    ("url", "data"), [(RIGHT, {"value": "4"}), (RIGHT, {"skip": "1"}), (SWELLING, {"swelling": "skip"})]
)
def test_answer_sent_twice_is_the_same_as_once(
    patient_client: Client, yesterdays, url: str, data: dict[str, str], clock
):
    patient_client.post(url, data)
    before = all_rows()
    clock.move_to(a_moment("2026-11-25 08:05"), tick=False)

    again = patient_client.post(url, data)

    assert again.status_code == 302
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("url", "data", "error"),
    [
        (RIGHT, {"value": "11"}, "Pain is a whole number from 0 to 10."),
        (RIGHT, {}, "Choose a number from 0 to 10, or skip the question."),
        (SWELLING, {}, "Please choose one of the answers."),
        (SWELLING, {"swelling": ""}, "Please choose one of the answers."),
        (SWELLING, {"swelling": "huge"}, "Please choose one of the answers."),
    ],
)
def test_answer_that_is_none_asks_again(
    patient_client: Client, yesterdays, url: str, data: dict[str, str], error: str, headers: dict[str, str]
):
    before = all_rows()

    response = patient_client.post(url, data, headers=headers)

    assert (response.status_code, form_errors(response)) == (422, [error])
    assert is_page(response) is not bool(headers)
    assert bool(headers) or faults(response) == []
    assert all_rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("url", [LEFT, "/checks/morning/both/", "/checks/morning/x/"])
def test_what_is_not_asked_is_not_found(patient_client: Client, yesterdays, method: str, url: str):
    before = all_rows()

    assert getattr(patient_client, method)(url, {"value": "3"}).status_code == 404
    assert all_rows() == before


def test_sessions_of_somebody_else_ask_for_nothing(patient_client: Client, other_patient, prescription):
    make_prescription(patient=other_patient, now=YESTERDAY)
    make_finished_session(patient=other_patient, now=YESTERDAY)
    before = all_rows()

    response = patient_client.post(RIGHT, {"value": "3"}, headers=HTMX)

    assert (response.status_code, is_page(response)) == (409, False)
    assert soup(patient_client.get("/")).select_one("#asking") is None
    assert all_rows() == before


def test_morning_page_shows_the_next_question_and_then_the_answers(patient_client: Client, yesterdays):
    first = patient_client.get(URL)
    patient_client.post(RIGHT, {"value": "2"})
    patient_client.post(SWELLING, {"swelling": "none"})
    last = patient_client.get(URL)

    assert (faults(first), faults(last)) == ([], [])
    assert question_of(first) == "How much does your right knee hurt this morning?"
    assert texts_at(last, ".answers strong") == ["2", "none"]


def test_morning_check_leads_anonymous_to_log_in(client: Client):
    assert client.post(RIGHT, {"value": "3"})["Location"] == f"/account/login/?next={RIGHT}"
    assert not PainRating.objects.exists()
