"""The advice on Today and at the end of a session: the numbers, the limit and who set it, and what to do."""

import pytest
from django.test import Client

from kneecoach.accounts.models import ClinicSettings
from progress import services
from progress.models import RuleSet
from tests.factories import a_moment, do_reps, make_finished_session, make_prescription, make_ready_session
from tests.pages import HTMX, faults, soup, text_at, texts_at
from tests.progress.views.conftest import NOW
from tests.rows import make_history

pytestmark = [pytest.mark.django_db, pytest.mark.switched_on("PAIN_ADVICE")]

EVENING, EVENING_BEFORE = a_moment("2026-11-24 18:00"), a_moment("2026-11-23 18:00")
STANDARD = "your clinic’s standard"


@pytest.fixture
def prescription(patient):
    """Return a prescription of three weeks ago."""
    return make_prescription(patient=patient, now=a_moment("2026-11-01 10:00"))


def told(response) -> list[str]:
    """Return which advice is shown."""
    return [str(tag["data-advice"]) for tag in soup(response).select("[data-advice]")]


def a_night(patient, *, worst: int, morning: int | None, before: int = 2, now=EVENING) -> None:
    """Do a session in the evening and rate the morning after."""
    make_finished_session(patient=patient, now=now, pain_before=before, pain_worst=worst)
    if morning is not None:
        services.rate_morning(patient=patient, side="right", value=morning, now=NOW)


@pytest.mark.parametrize(
    ("worst", "morning", "kind", "words"),
    [
        (2, 3, "carry_on", ["Carry on as prescribed.", f"Calm is up to 2: {STANDARD}."]),
        (5, 3, "stay", ["Stay at this level.", f"The limit is 5: {STANDARD}."]),
        (
            5,
            4,
            "do_the_minimum",
            [
                "Do the fewest repetitions that were prescribed, or squat less deep.",
                "Morning of Wednesday 25 November: 4 , settled is up to 3 · right knee",
                f"Settled is no more than 1 above the pain before: {STANDARD}.",
            ],
        ),
        (
            7,
            None,
            "stop_the_set",
            [
                "do not push through it",
                "Worst pain on Tuesday 24 November: 7 , limit 5 · right knee",
                f"Limit 5: {STANDARD}.",
            ],
        ),
    ],
)
def test_today_says_what_the_pain_calls_for(
    patient_client: Client, patient, prescription, worst: int, morning: int | None, kind: str, words: list[str]
):
    a_night(patient, worst=worst, morning=morning)

    response = patient_client.get("/")

    assert told(response) == [kind]
    text = text_at(response, "[data-advice]")
    assert [piece for piece in words if piece not in text] == []
    assert faults(response) == []


def test_pause_and_call(patient_client: Client, patient, prescription):
    ClinicSettings.objects.create(emergency_number="112", phone="0123 456")
    a_night(patient, worst=8, morning=None, now=EVENING_BEFORE)
    a_night(patient, worst=6, morning=None)

    response = patient_client.get("/")

    assert told(response) == ["pause_and_call"]
    assert "Your plan stays as it is, and reminders rest meanwhile." in text_at(response, "[data-advice]")
    assert texts_at(response, "[data-advice] .evidence li") == [
        "Worst pain on Monday 23 November: 8 , limit 5 · right knee",
        "Worst pain on Tuesday 24 November: 6 , limit 5 · right knee",
    ]
    assert [str(link["href"]) for link in soup(response).select("[data-advice] .calls a")] == [
        "tel:112",
        "tel:0123456",
    ]
    # The account is not paused, and the plan is unchanged: the session can be started all the same.
    assert "btn-primary" not in soup(response).select_one("form#start button")["class"]
    assert faults(response) == []


def test_rising_tells_the_two_weeks(patient_client: Client, patient, prescription):
    for day, worst in [(12, 1), (13, 1), (14, 1), (15, 1), (19, 4), (20, 4), (21, 4), (22, 4)]:
        make_finished_session(patient=patient, now=a_moment(f"2026-11-{day} 18:00"), pain_before=1, pain_worst=worst)

    response = patient_client.get("/")

    assert told(response) == ["rising"]
    assert texts_at(response, "[data-advice] .evidence li") == [
        "Typical worst pain in the week until 24 November: 4",
        "Typical worst pain in the week until 17 November: 1",
    ]


def test_advice_names_who_set_the_limit(patient_client: Client, patient, prescription, physiotherapist):
    own = RuleSet.objects.get()
    own.pk, own.patient, own.amber_max, own.preset = None, patient, 3, "own"
    own.made_by, own.made_at = physiotherapist, a_moment("2026-11-03 12:00")
    own.save(force_insert=True)
    a_night(patient, worst=4, morning=None)

    assert "Limit 3: set by Petra Physio on 3 November." in text_at(patient_client.get("/"), "[data-advice]")


def test_last_screen_of_a_session_says_it_at_once(patient_client: Client, patient, begun_set):
    do_reps(exercise_set=begun_set, now=NOW)
    session = begun_set.exercise_session
    patient_client.post(f"/sessions/{session.pk}/pain/worst/right/", {"value": "8"})

    response = patient_client.post(f"/sets/{begun_set.pk}/felt/", {"felt": "yes"}, headers=HTMX)

    assert told(response) == ["stop_the_set"]
    assert "Rest the knee." in text_at(response, "[data-advice]")
    assert faults(patient_client.get(f"/sessions/{session.pk}/")) == []


def test_nothing_known_says_nothing(patient_client: Client, prescription):
    assert told(patient_client.get("/")) == []


def test_switched_off_it_says_nothing(patient_client: Client, patient, prescription, settings):
    settings.PAIN_ADVICE = False
    a_night(patient, worst=9, morning=9)

    assert told(patient_client.get("/")) == []


def test_advice_of_somebody_else_is_not_shown(patient_client: Client, prescription, other_patient):
    make_prescription(patient=other_patient, now=a_moment("2026-11-01 10:00"))
    a_night(other_patient, worst=9, morning=9)

    assert told(patient_client.get("/")) == []


@pytest.mark.parametrize("history", [1, 50])
def test_queries_of_getting_ready_do_not_grow(
    patient_client: Client, patient, prescription, history: int, django_assert_num_queries
):
    make_history(patient=patient, prescription=prescription, until=EVENING, sessions=history)
    session = make_ready_session(patient=patient, now=NOW)

    with django_assert_num_queries(15):
        patient_client.get(f"/sessions/{session.pk}/")
