"""What patients recorded, at the desk: to read, never to change."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, Patient
from progress import services
from progress.models import ExerciseSession, PainRating, RedFlagReport
from tests.factories import a_claim, a_moment, make_finished_session, make_prescription, make_session, sets_of
from tests.pages import faults, soup, text_at, words
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
MODELS = ["exercisesession", "painrating", "redflagreport"]
# A warning sign is shown on a page of ours: tests/kneecoach/desk/admin/test_red_flags.py.
STOCK_PAGES = MODELS[:2]


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@dataclass
class Recorded:
    """One row of each kind."""

    session: ExerciseSession
    exercisesession: object
    painrating: object
    redflagreport: object


@pytest.fixture
def recorded(patient: Patient, clock) -> Recorded:
    """Return what a patient recorded yesterday and today."""
    make_prescription(patient=patient, now=a_moment("2026-11-23 08:00"))
    session = make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=0, pain_worst=None)
    flagged = make_session(patient=patient, now=NOW)
    services.answer_safety(session=flagged, is_safe=False, now=NOW)
    rating, report = PainRating.objects.get(moment="before"), RedFlagReport.objects.get()
    return Recorded(session, session.pk, rating.pk, report.pk)


@pytest.mark.parametrize("model", STOCK_PAGES)
def test_recorded_can_be_read_and_each_look_is_logged(physio_client: Client, patient, recorded: Recorded, model: str):
    before = all_rows(without=(AccessLog,))

    listed = physio_client.get(f"/admin/progress/{model}/")
    shown = physio_client.get(f"/admin/progress/{model}/{getattr(recorded, model)}/change/")

    assert [(page.status_code, faults(page)) for page in (listed, shown)] == [(200, []), (200, [])]
    assert soup(shown).select("#content form input:not([type=hidden]), #content form select, #content textarea") == []
    assert list(AccessLog.objects.values_list("actor__email", "patient_id", "view")) == [
        ("petra.physio@example.org", patient.pk, model),
        ("petra.physio@example.org", patient.pk, f"{model} list"),
    ]
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("page", ["add/", "{}/change/", "{}/delete/"])
def test_recorded_cannot_be_entered_changed_or_deleted(
    physio_client: Client, recorded: Recorded, model: str, page: str
):
    url = f"/admin/progress/{model}/{page.format(getattr(recorded, model))}"
    data = {"value": "9", "status": "answered", "stop_note": "mine", "slot": "extra", "post": "yes"}
    before = all_rows()

    response = physio_client.post(url, data)

    assert response.status_code == 403
    assert all_rows() == before


@pytest.mark.parametrize("model", MODELS)
def test_recorded_cannot_be_deleted_from_the_list(physio_client: Client, recorded: Recorded, model: str):
    before = all_rows(without=(AccessLog,))

    physio_client.post(
        f"/admin/progress/{model}/",
        {"action": "delete_selected", "_selected_action": str(getattr(recorded, model)), "post": "yes"},
    )

    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("model", STOCK_PAGES)
@pytest.mark.parametrize("key", [str(UUID(int=7)), "x", "0", "-1", str(2**63)])
def test_recorded_that_is_not_there_leads_back(physio_client: Client, recorded: Recorded, model: str, key: str):
    response = physio_client.get(f"/admin/progress/{model}/{key}/change/")

    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert not AccessLog.objects.exists()


def test_session_shows_each_repetition_with_what_was_really_held(physio_client: Client, patient: Patient):
    session = make_session(patient=patient, now=NOW)
    row = sets_of(session)[0]
    for claim in (a_claim(number=1, held_ms=3100), a_claim(number=2, held_ms=1200), a_claim(number=3, held_ms=None)):
        services.record_rep(exercise_set=row, claim=claim, now=NOW)
    services.record_rep(exercise_set=row, claim=a_claim(number=1, held_ms=500, outcome="short"), now=NOW)

    response = physio_client.get(f"/admin/progress/exercisesession/{session.pk}/change/")

    table = soup(response).select_one("section table")
    lines = [[words(cell) for cell in line.select("th, td")][:5] for line in table.select("tbody tr")]
    planned = f"{row.hold_target_ms} ms"
    assert text_at(response, "section h2") == "Stage 1: Seated squeeze, right: 2 of 10 held"
    assert lines == [
        ["1", "3100 ms", planned, "held Also reported, not counted: held too short, 500 ms", "led by the clock"],
        ["2", "1200 ms", planned, "held too short", "led by the clock"],
        ["3", "–", planned, "held", "led by the clock"],
    ]


@pytest.mark.parametrize("reps", [1, 10])
def test_session_queries(physio_client: Client, patient: Patient, reps: int, django_assert_num_queries):
    session = make_finished_session(patient=patient, now=NOW, reps=reps)

    with django_assert_num_queries(16):
        physio_client.get(f"/admin/progress/exercisesession/{session.pk}/change/")


@pytest.mark.parametrize("model", MODELS)
def test_recorded_keeps_patients_out(patient_client: Client, recorded: Recorded, model: str):
    before = all_rows()

    pages = [
        patient_client.get(f"/admin/progress/{model}/{rest}", follow=True)
        for rest in ("", f"{getattr(recorded, model)}/change/")
    ]

    assert [page.status_code for page in pages] == [403, 403]
    assert all_rows() == before
