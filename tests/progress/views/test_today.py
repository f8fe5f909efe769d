"""Today: the two slots of the patient's own day, and one thing to do."""

import pytest
from django.test import Client

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.services import answer_request
from tests.factories import (
    a_moment,
    later,
    make_alert,
    make_finished_session,
    make_message,
    make_patient,
    make_prescription,
    make_red_flag,
    make_request,
    make_session,
    make_user,
)
from tests.fixtures import client_of
from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of, words
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows, make_history

pytestmark = pytest.mark.django_db

URL = "/"
BETTER_LUCK = "It happens. The next one counts just as much."
DUE, LATER = ("due", "Due now", ""), ("later", "Later today", "From 14:00")
MISSED, NOTHING = ("missed", "Missed", BETTER_LUCK), ("none", "Nothing due", "")


def slots(response) -> list[tuple[str, str, str]]:
    """Return state, words and note of each slot, in order."""
    return [
        (str(card["data-state"]), words(card.select_one(".slot-state")), words(card.select_one(".slot-note")))
        for card in soup(response).select("article.slot")
    ]


def start_button(response) -> str:
    """Return what the one big button says; nothing where there is none."""
    return text_at(response, "form#start button")


def test_today_greets_by_first_name_and_shows_the_day(patient_client: Client, prescription: Prescription):
    response = patient_client.get(URL)

    assert response.status_code == 200
    assert (title_of(response), text_at(response, ".eyebrow")) == ("Hello Anna", "Wednesday 25 November")
    assert faults(response) == []


def test_today_in_the_morning(patient_client: Client, prescription: Prescription):
    response = patient_client.get(URL)

    assert slots(response) == [DUE, LATER]
    assert start_button(response) == "Start the morning session"


def test_today_in_the_afternoon_says_that_the_morning_was_missed(patient_client: Client, prescription, clock):
    clock.move_to(a_moment("2026-11-25 14:00"), tick=False)

    response = patient_client.get(URL)

    assert slots(response) == [MISSED, DUE]
    assert start_button(response) == "Start the evening session"


def test_today_misses_nothing_that_was_prescribed_after_it(patient_client: Client, patient: Patient, clock):
    clock.move_to(a_moment("2026-11-25 15:00"), tick=False)
    make_prescription(patient=patient, now=a_moment("2026-11-25 14:30"))

    response = patient_client.get(URL)

    assert slots(response) == [NOTHING, DUE]


def test_today_once_a_day_leaves_the_evening_as_the_only_slot(patient_client: Client, patient: Patient, clock):
    clock.move_to(a_moment("2026-11-25 15:00"), tick=False)
    make_prescription(patient=patient, now=YESTERDAY, sessions_per_day=1)

    response = patient_client.get(URL)

    assert slots(response) == [NOTHING, DUE]


def test_today_once_a_day_done_in_the_morning_asks_nothing_in_the_evening(
    patient_client: Client, patient: Patient, clock
):
    make_prescription(patient=patient, now=YESTERDAY, sessions_per_day=1)
    make_finished_session(patient=patient, now=NOW)
    clock.move_to(a_moment("2026-11-25 15:00"), tick=False)

    response = patient_client.get(URL)

    assert slots(response) == [("done", "Done at 08:00", "10 of 10 repetitions held"), NOTHING]
    assert start_button(response) == ""


def test_today_after_the_morning_offers_an_extra_session_only(patient_client: Client, patient: Patient, prescription):
    make_finished_session(patient=patient, now=a_moment("2026-11-25 07:30"))

    response = patient_client.get(URL)

    assert slots(response) == [("done", "Done at 07:30", "10 of 10 repetitions held"), LATER]
    assert start_button(response) == ""
    assert texts_at(response, "main form button") == ["Understood", "Do an extra session"]


@pytest.mark.parametrize(
    ("reps", "expected"),
    [
        (10, ("done", "Done at 07:30", "10 of 10 repetitions held")),
        (4, ("partly", "Partly done at 07:30", "4 of 10 repetitions held")),
        (0, ("partly", "Partly done at 07:30", "0 of 10 repetitions held")),
    ],
)
def test_today_tells_done_from_partly_done(
    patient_client: Client, patient: Patient, prescription: Prescription, reps: int, expected: tuple[str, str, str]
):
    make_finished_session(patient=patient, now=a_moment("2026-11-25 07:30"), reps=reps)

    response = patient_client.get(URL)

    assert slots(response) == [expected, LATER]


def test_today_with_a_session_running_carries_on(patient_client: Client, exercise_session):
    response = patient_client.get(URL)

    assert slots(response) == [("progress", "In progress", "0 of 10 repetitions held"), LATER]
    assert start_button(response) == "Carry on with the session"


def test_today_shows_an_extra_session_beside_the_slots(patient_client: Client, patient: Patient, prescription, clock):
    make_finished_session(patient=patient, now=a_moment("2026-11-25 07:00"))
    make_finished_session(patient=patient, now=NOW, reps=3)
    clock.move_to(a_moment("2026-11-25 09:00"), tick=False)

    response = patient_client.get(URL)

    assert slots(response) == [
        ("done", "Done at 07:00", "10 of 10 repetitions held"),
        LATER,
        ("extra", "Extra, at 08:00", "3 of 10 repetitions held"),
    ]


@pytest.mark.parametrize(
    ("zone", "instant", "day", "expected"),
    [
        # 14:00 is eight hours and a quarter after midnight in London.
        ("Asia/Kathmandu", "2026-11-25 08:14", "Wednesday 25 November", [DUE, LATER]),
        ("Asia/Kathmandu", "2026-11-25 08:15", "Wednesday 25 November", [MISSED, DUE]),
        ("Asia/Kathmandu", "2026-11-25 22:14", "Wednesday 25 November", [MISSED, DUE]),
        ("Asia/Kathmandu", "2026-11-25 22:15", "Thursday 26 November", [DUE, LATER]),
        ("America/New_York", "2026-11-25 08:59", "Tuesday 24 November", [MISSED, DUE]),
        ("America/New_York", "2026-11-25 09:00", "Wednesday 25 November", [DUE, LATER]),
        ("America/New_York", "2026-11-25 19:00", "Wednesday 25 November", [MISSED, DUE]),
        ("Europe/London", "2026-11-25 03:59", "Tuesday 24 November", [MISSED, DUE]),
        ("Europe/London", "2026-11-25 04:00", "Wednesday 25 November", [DUE, LATER]),
        ("Europe/London", "2026-11-25 23:59", "Wednesday 25 November", [MISSED, DUE]),
        # The clocks went back in the night before: 04:00 is still where the day begins.
        ("Europe/London", "2026-10-25 03:59", "Saturday 24 October", [MISSED, DUE]),
        ("Europe/London", "2026-10-25 04:00", "Sunday 25 October", [DUE, LATER]),
    ],
)
def test_today_follows_the_patients_own_clock(
    clock, zone: str, instant: str, day: str, expected: list[tuple[str, str, str]]
):
    clock.move_to(a_moment(instant), tick=False)
    patient = make_patient(time_zone=zone)
    make_prescription(patient=patient, now=a_moment("2026-09-01 09:00"))

    response = client_of(patient.user).get(URL)

    assert text_at(response, ".eyebrow") == day
    assert slots(response) == expected


def test_today_shows_when_a_session_was_done_by_the_patients_clock(clock):
    patient = make_patient(time_zone="Asia/Kathmandu")
    make_prescription(patient=patient, now=YESTERDAY)
    make_finished_session(patient=patient, now=a_moment("2026-11-25 02:30"))

    response = client_of(patient.user).get(URL)

    assert slots(response)[0] == ("done", "Done at 08:15", "10 of 10 repetitions held")


def test_today_without_a_prescription_says_so(patient_client: Client):
    response = patient_client.get(URL)

    assert texts_at(response, "main form") == []
    assert text_at(response, "main .empty h2, main .empty h3, main .empty p") == "No exercises yet"


def test_today_with_a_later_start_names_the_day(patient_client: Client, patient: Patient):
    make_prescription(patient=patient, now=NOW, starts_on=a_moment("2026-11-30 12:00").date())

    response = patient_client.get(URL)

    assert "Stage 1: Seated squeeze starts on Monday 30 November." in text_at(response, "main")
    assert slots(response) == []


def test_today_before_the_muscle_is_found_leads_to_finding_it(clock):
    patient = make_patient(has_found_vmo=False)
    make_prescription(patient=patient, now=YESTERDAY)

    response = client_of(patient.user).get(URL)

    assert start_button(response) == ""
    assert [str(link["href"]) for link in soup(response).select("main a.btn-primary")] == ["/learn/find-the-muscle/"]


def test_today_shows_the_dose_and_the_note_of_ones_own_prescription_only(
    patient_client: Client, patient: Patient, other_session
):
    make_prescription(patient=patient, now=YESTERDAY, note="Slowly, please", reps_target=12, hold_target_seconds=4)

    response = patient_client.get(URL)

    assert texts_at(response, ".rows .row-title") == ["Stage 1: Seated squeeze"]
    assert texts_at(response, ".rows .row-note") == ["12 repetitions, hold 4 s · right “Slowly, please”"]
    assert (b"Otto" in response.content, str(other_session.pk).encode() in response.content) == (False, False)


def test_today_forgets_a_session_left_open_three_days_ago(patient_client: Client, patient, prescription, clock):
    left_open = make_session(patient=patient, now=NOW)
    clock.move_to(later(NOW, days=3), tick=False)

    response = patient_client.get(URL)

    assert slots(response) == [DUE, LATER]
    assert start_button(response) == "Start the morning session"
    assert str(left_open.pk).encode() not in response.content


def test_today_writes_nothing(patient_client: Client, exercise_session):
    before = all_rows()

    patient_client.get(URL)

    assert all_rows() == before


@pytest.mark.switched_on("PAIN_ADVICE")
@pytest.mark.parametrize("history", [1, 50])
def test_today_queries(patient_client: Client, patient, prescription, history: int, django_assert_num_queries):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)
    make_finished_session(patient=patient, now=a_moment("2026-11-25 07:00"))

    # Who asks 2; the glance 1, what is prescribed 1, the day 2, the pain 1, the limits 1, the clinic beside a question 1;
    # and of what the glance has seen, an hour later 1 and news 1.
    with django_assert_num_queries(11):
        patient_client.get(URL)


@pytest.mark.switched_on("PAIN_ADVICE")
@pytest.mark.parametrize("history", [1, 50])
def test_today_queries_with_something_of_everything(
    patient_client: Client, patient, prescription, history: int, physiotherapist, clock, django_assert_num_queries
):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)
    make_finished_session(patient=patient, now=a_moment("2026-11-25 07:00"), pain_worst=6)
    make_prescription(patient=patient, now=NOW, stage_number=2)
    request = make_request(patient=patient, now=NOW)
    answer_request(request=request, status="declined", note="Not yet", by=physiotherapist, now=NOW)
    make_message(patient=patient, now=NOW, by=physiotherapist)
    make_red_flag(patient=patient, now=NOW)
    alert = make_alert(patient=patient, now=NOW)
    alert.resolved_by, alert.resolved_at, alert.resolution = physiotherapist, NOW, "Called"
    alert.save()
    clock.move_to(a_moment("2026-11-25 08:30"), tick=False)

    # The same, and: an answer to a request 2, a message 1, warning signs 2, what was closed 1.
    with django_assert_num_queries(17):
        response = patient_client.get(URL)
    seen = ["#news-title", "#answer-title", "#flag-title", "#asking-title", "[data-advice]", "[href='/messages/']"]
    assert [text_at(response, place) for place in seen if not text_at(response, place)] == []


def test_today_rejects_post(patient_client: Client):
    assert patient_client.post(URL).status_code == 405


def test_today_leads_anonymous_to_log_in(client: Client):
    plain, htmx = client.get(URL), client.get(URL, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, "/account/login/?next=/")
    assert (htmx.status_code, htmx["HX-Redirect"], htmx.content) == (200, "/account/login/?next=/", b"")


def test_today_leads_physiotherapists_to_the_desk(physio_client: Client):
    plain, htmx = physio_client.get(URL), physio_client.get(URL, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, "/admin/")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/admin/")


def test_today_of_an_account_without_a_patient_is_refused():
    response = client_of(make_user()).get(URL)

    assert response.status_code == 403
    assert title_of(response) == "This page is not for this account"
