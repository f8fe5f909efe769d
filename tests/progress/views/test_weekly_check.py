"""The weekly check: worst and usual pain of the week before, and how the knee has changed. Each may be left out."""

from datetime import date

import pytest
from django.test import Client

from progress.models import PainRating, WeeklyCheck
from tests.factories import a_moment, make_prescription
from tests.pages import faults, soup, text_at, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/checks/weekly/"
# The clock stands on Wednesday 25 November.
MONDAY = date(2026, 11, 16)
ANSWERS = {"monday": "2026-11-16", "week_worst_right": "6", "week_usual_right": "2", "change": "1"}


@pytest.fixture
def since_last_week(patient):
    """Return a prescription that was running last week."""
    return make_prescription(patient=patient, now=a_moment("2026-11-19 10:00"))


def told():
    """Return what was said about weeks: pain, and change."""
    rows = PainRating.objects.filter(moment__startswith="week").order_by("side", "moment")
    pain = list(rows.values_list("local_date", "side", "moment", "status", "value", "exercise_session"))
    return pain, list(WeeklyCheck.objects.values_list("week_starts_on", "change"))


def test_today_leads_to_the_weekly_check_until_it_is_answered(patient_client: Client, since_last_week):
    first = patient_client.get("/")
    patient_client.post(URL, ANSWERS)
    second = patient_client.get("/")

    assert [link["href"] for link in soup(first).select(f'a[href="{URL}"]')] == [URL]
    assert soup(second).select(f'a[href="{URL}"]') == []
    assert "Your answers about last week are saved." in text_at(second, ".messages")


def test_page_asks_with_nothing_chosen(patient_client: Client, since_last_week):
    response = patient_client.get(URL)

    assert text_at(response, ".eyebrow") == "Monday 16 November to Sunday 22 November"
    assert texts_at(response, "legend") == [
        "The worst pain in your right knee",
        "The usual pain in your right knee",
        "How is your knee pain now, compared with when you started these exercises?",
    ]
    assert texts_at(response, ".option")[::3] == ["Much worse", "About the same", "Much better"]
    assert len(soup(response).select("[type=radio]")) == 11 + 11 + 7
    assert soup(response).select("[checked]") == []
    assert faults(response) == []


def test_answers_are_written_down(patient_client: Client, since_last_week):
    response = patient_client.post(URL, ANSWERS)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert told() == (
        [
            (MONDAY, "right", "week_usual", "answered", 2, None),
            (MONDAY, "right", "week_worst", "answered", 6, None),
        ],
        [(MONDAY, 1)],
    )


@pytest.mark.parametrize("change", range(-3, 4))
def test_zero_is_zero_and_what_is_left_out_is_skipped(patient_client: Client, since_last_week, change: int):
    patient_client.post(URL, {"monday": "2026-11-16", "week_worst_right": "0", "change": str(change)})

    assert told() == (
        [
            (MONDAY, "right", "week_usual", "skipped", None, None),
            (MONDAY, "right", "week_worst", "answered", 0, None),
        ],
        [(MONDAY, change)],
    )


def test_the_whole_week_can_be_skipped(patient_client: Client, since_last_week):
    patient_client.post(URL, ANSWERS | {"skip_all": "1"})

    pain, changes = told()
    assert {row[3:5] for row in pain} == {("skipped", None)}
    assert changes == [(MONDAY, None)]
    assert soup(patient_client.get("/")).select(f'a[href="{URL}"]') == []


def test_both_knees_are_asked_for(patient_client: Client, patient):
    make_prescription(patient=patient, now=a_moment("2026-11-19 10:00"), side="both")

    response = patient_client.get(URL)

    assert len(soup(response).select("legend")) == 5
    assert faults(response) == []


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"monday": "2026-11-16"}, "Choose at least one answer, or skip this week."),
        (ANSWERS | {"week_worst_right": "11"}, "Pain is a whole number from 0 to 10."),
        (ANSWERS | {"week_usual_right": "7"}, "The usual pain cannot be more than the worst. Please check both."),
        (ANSWERS | {"change": "4"}, "Please choose one of the answers."),
    ],
)
def test_answers_that_cannot_be_are_asked_again_and_kept(
    patient_client: Client, since_last_week, data: dict[str, str], error: str
):
    before = all_rows()

    response = patient_client.post(URL, data)

    assert (response.status_code, texts_at(response, ".errorlist li")) == (422, [error])
    kept = {(str(tag["name"]), str(tag["value"])) for tag in soup(response).select("[checked]")}
    assert kept == {item for item in data.items() if item[1] not in {"2026-11-16", "11", "4"}}
    assert faults(response) == []
    assert all_rows() == before


def test_twice_is_the_same_as_once(patient_client: Client, since_last_week, clock):
    patient_client.post(URL, ANSWERS)
    before = all_rows()
    clock.move_to(a_moment("2026-11-26 08:00"), tick=False)

    patient_client.post(URL, ANSWERS)

    assert all_rows() == before


def test_answers_may_be_changed_until_sunday(patient_client: Client, since_last_week, clock):
    patient_client.post(URL, ANSWERS)
    clock.move_to(a_moment("2026-11-29 23:00"), tick=False)

    shown = patient_client.get(URL)
    patient_client.post(URL, ANSWERS | {"change": "-3"})

    assert [(tag["name"], tag["value"]) for tag in soup(shown).select("[checked]")] == [
        (name, value) for name, value in ANSWERS.items() if name != "monday"
    ]
    assert WeeklyCheck.objects.get().change == -3


@pytest.mark.parametrize("instant", ["2026-11-23 04:00", "2026-11-30 03:59"])
def test_a_week_is_asked_about_from_monday_to_sunday(patient_client: Client, since_last_week, clock, instant: str):
    clock.move_to(a_moment(instant), tick=False)

    assert patient_client.post(URL, ANSWERS).status_code == 302
    assert WeeklyCheck.objects.get().week_starts_on == MONDAY


@pytest.mark.parametrize("instant", ["2026-11-23 03:59", "2026-11-30 04:00"])
def test_a_page_left_open_until_the_next_week_writes_nothing(
    patient_client: Client, since_last_week, clock, instant: str
):
    clock.move_to(a_moment(instant), tick=False)
    before = all_rows()

    response = patient_client.post(URL, ANSWERS)

    assert (response.status_code, all_rows()) == (409, before)


def test_a_week_without_exercises_is_not_asked_about(patient_client: Client, patient):
    make_prescription(patient=patient, now=a_moment("2026-11-23 10:00"))
    before = all_rows()

    shown, sent = patient_client.get(URL), patient_client.post(URL, ANSWERS)

    assert (shown.status_code, sent.status_code, faults(shown)) == (200, 409, [])
    assert soup(patient_client.get("/")).select(f'a[href="{URL}"]') == []
    assert all_rows() == before


def test_a_week_of_somebody_else_is_not_asked_about(patient_client: Client, other_patient):
    make_prescription(patient=other_patient, now=a_moment("2026-11-19 10:00"))
    before = all_rows()

    assert patient_client.post(URL, ANSWERS).status_code == 409
    assert all_rows() == before


def test_weekly_check_leads_anonymous_to_log_in(client: Client):
    assert client.post(URL, ANSWERS)["Location"] == f"/account/login/?next={URL}"
