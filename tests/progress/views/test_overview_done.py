"""Progress: what was done of what was due, holds and depth. Prescribed is not done."""

import pytest
from django.test import Client

from progress import services
from tests.factories import (
    a_claim,
    a_moment,
    do_reps,
    make_finished_session,
    make_prescription,
    make_ready_session,
    sets_of,
)
from tests.pages import faults, soup, text_at, texts_at, words
from tests.progress.views.conftest import NOW
from tests.progress.views.progress_page import day_marks, shares, streak
from tests.rows import make_history

pytestmark = pytest.mark.django_db

URL = "/progress/"


def test_overview_prescribed_as_done(patient_client: Client, patient, prescription):
    """Named trap: the table lists what was done, beside what was asked for."""
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), reps=7)

    response = patient_client.get(URL)

    (row,) = soup(response).select("#holds tbody tr")
    assert [words(cell) for cell in row.select("th, td")] == ["24 Nov", "7 of 10", "7 of 7", "–"]
    assert day_marks(response, 24) == ["partly", "missed"]


def test_overview_tells_kept_ended_early_and_not_timed_apart(patient_client: Client, patient, prescription):
    session = make_ready_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    (row,) = sets_of(session)
    at = a_moment("2026-11-24 08:01")
    do_reps(exercise_set=row, now=at, numbers=[1, 2])
    do_reps(exercise_set=row, now=at, numbers=[3], held_ms=2499, outcome="short")
    for number, outcome in ((4, "ok"), (5, "skipped")):
        claim = a_claim(number=number, held_ms=None, outcome=outcome, method="manual")
        services.record_rep(exercise_set=row, claim=claim, now=at)

    response = patient_client.get(URL)

    assert "2 of 3 timed holds kept. 1 was ticked by hand and not timed." in text_at(response, "#holds")
    drawn = {name: len(soup(response).select(f"#holds figure .h-{name}")) for name in ("kept", "short", "untimed")}
    assert drawn == {"kept": 1, "short": 1, "untimed": 1}
    assert texts_at(response, "#holds tbody td") == ["3 of 10", "2 of 3", "1"]


def test_overview_shows_how_deep_squats_were_where_there_are_any(patient_client: Client, patient):
    none = patient_client.get(URL)
    make_prescription(patient=patient, stage_number=3, now=a_moment("2026-11-23 06:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 08:00"))
    session = make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    (row,) = sets_of(session)
    services.correct(
        session=session, changes=[services.Change(f"depth-{row.pk}", value=1)], reason="", by=patient.user, now=NOW
    )

    response = patient_client.get(URL)

    assert (soup(none).select("#depth"), faults(response)) == ([], [])
    assert [[words(cell) for cell in row.select("th, td")] for row in soup(response).select("#depth tbody tr")] == [
        ["24 Nov", "one hand’s width down the wall", "knees just bent"],
        ["23 Nov", "knees just bent", "knees just bent"],
    ]
    assert soup(response).select_one("#depth .c-depth")["d"].count("M") == 2
    assert "as low as a chair" in texts_at(response, "#depth figure svg text")


def test_overview_counts_what_was_done_of_what_was_due(patient_client: Client, patient, clock):
    make_prescription(patient=patient, now=a_moment("2026-11-22 09:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 08:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-23 18:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"), reps=4)
    make_finished_session(patient=patient, now=a_moment("2026-11-24 21:00"))

    response = patient_client.get(URL)

    # Sunday's two slots were missed; the extra session is in none of the numbers; today is not decided yet.
    assert shares(response) == {
        "Sessions": ["3 of 6 50 %"] * 2,
        "Repetitions": ["34 of 40 85 %"] * 2,
        "Seconds held": ["102 of 102 100 %"] * 2,
    }
    assert texts_at(response, ".shares dt") == ["last 7 days", "last 28 days"] * 3
    assert streak(response) == "0"


def test_overview_where_nothing_was_due_has_no_per_cent(patient_client: Client):
    response = patient_client.get(URL)

    assert shares(response) == {
        "Sessions": ["nothing was due"] * 2,
        "Repetitions": ["no session"] * 2,
        "Seconds held": ["nothing was timed"] * 2,
    }
    assert "%" not in text_at(response, "#done")
    assert streak(response) == "0"


def test_overview_counts_28_days_across_the_edge_of_the_month(patient_client: Client, patient, clock):
    """Named trap, month edges: on the 3rd, most of the last 28 days lie in the month before."""
    clock.move_to(a_moment("2026-11-03 12:00"), tick=False)
    prescription = make_prescription(patient=patient, now=a_moment("2026-09-01 06:00"))
    make_history(patient=patient, prescription=prescription, until=a_moment("2026-11-03 12:00"), sessions=80)

    response = patient_client.get(URL)

    assert shares(response)["Sessions"] == ["12 of 12 100 %", "54 of 54 100 %"]
    assert streak(response) == "28 or more"
    assert texts_at(response, "#holds tbody th") == ["2 Nov", "1 Nov"]


def test_overview_of_an_earlier_month_counts_that_month(patient_client: Client, patient):
    prescription = make_prescription(patient=patient, now=a_moment("2026-10-29 06:00"))
    make_history(patient=patient, prescription=prescription, until=a_moment("2026-10-31 12:00"), sessions=4)

    response = patient_client.get(URL, {"month": "2026-10"})

    assert texts_at(response, ".shares dt") == ["October"] * 3
    assert shares(response)["Sessions"] == ["4 of 6 66 %"]
    # Its last day was missed.
    assert streak(response) == "0"
    assert "at the end of October" in text_at(response, "#done")
