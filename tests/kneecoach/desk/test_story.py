"""The patient on one screen: who and what, readiness, the month, pain, holds, depth, and what was decided."""

from typing import Any

import pytest
from django.test import Client

from exercises import services as exercise_services
from kneecoach.accounts.models import Patient, User
from progress import services
from progress.rules.limits import PainLimits, RuleValues
from tests.factories import (
    a_moment,
    later,
    make_alert,
    make_finished_session,
    make_patient,
    make_prescription,
    make_red_flag,
    make_request,
)
from tests.pages import faults, soup, text_at, texts_at, words
from tests.rows import make_history, make_mornings

pytestmark = pytest.mark.django_db

DOSE = "%s repetitions, hold 3 s, twice a day, right knee."

NOW = a_moment("2026-11-25 08:00")
WHO, READINESS, MONTH = (
    "[aria-labelledby=who-title]",
    "[aria-labelledby=readiness-title]",
    "[aria-labelledby=month-title]",
)
PAIN, HOLDS, DEPTH = "[aria-labelledby=pain-title]", "[aria-labelledby=holds-title]", "[aria-labelledby=depth-title]"


@pytest.fixture(autouse=True)
def clock(time_machine: Any, settings: Any) -> Any:
    """Stop the clock at NOW, with everything switched on."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return time_machine


def page_of(client: Client, patient: Patient, **asked: str) -> Any:
    """Return the page of a patient, which has to be sound."""
    response = client.get(f"/admin/accounts/patient/{patient.pk}/change/", asked)
    assert (response.status_code, faults(response)) == (200, [])
    return response


def decisions(response: Any) -> list[list[str]]:
    """Return what was decided: what, who and why."""
    rows = soup(response).select("[aria-labelledby=decided-title] tbody tr")
    return [[words(cell) for cell in row.select("td")] for row in rows]


def test_it_begins_with_who_and_what(physio_client: Client, patient: Patient, physiotherapist: User):
    make_prescription(patient=patient, now=a_moment("2026-10-20 08:00"), by=physiotherapist)
    made = make_prescription(patient=patient, now=a_moment("2026-11-20 08:00"), by=physiotherapist, reps_target=12)
    make_history(patient=patient, prescription=made, until=NOW, sessions=6)

    response = page_of(physio_client, patient)

    panels = [str(tag["aria-labelledby"]) for tag in soup(response).select(".desk-story .desk-panel")]
    assert panels[:5] == ["who-title", "attention-title", "month-title", "readiness-title", "pain-title"]
    assert text_at(response, f"{WHO} p") == "Right knee · born 17 May 1990 · led by Petra Physio"
    assert texts_at(response, f"{WHO} li") == [
        "Stage 1: Seated squeeze , right: 12 × 3 s, 2 a day since 20 October 2026, 36 days; this dose since 20 November"
    ]
    assert texts_at(response, f"{WHO} .desk-stat") == [
        "sessions, last 7 days 6 of 12",
        "days in a row 3",
        "sessions, last 28 days 6 of 54",
    ]


def test_readiness_says_every_criterion(physio_client: Client, patient: Patient):
    made = make_prescription(patient=patient, now=a_moment("2026-11-01 08:00"))
    make_history(patient=patient, prescription=made, until=NOW, sessions=28, pain=2)
    make_mornings(patient=patient, until=NOW, days=10)

    response = page_of(physio_client, patient)

    assert text_at(response, f"{READINESS} h2") == "On the way to Stage 2: Lying lift"
    assert text_at(response, f"{READINESS} p").startswith("8 of 8 criteria met. The limits: your clinic’s standard.")
    assert texts_at(response, f"{READINESS} .desk-tag") == ["met"] * 8


def test_month_shows_its_marks_and_leads_to_others(physio_client: Client, patient: Patient):
    made = make_prescription(patient=patient, now=a_moment("2026-10-20 08:00"))
    make_history(patient=patient, prescription=made, until=NOW, sessions=70)

    now, before = page_of(physio_client, patient), page_of(physio_client, patient, month="2026-10")

    assert text_at(now, f"{MONTH} h2") == "Mornings and evenings: November 2026"
    assert text_at(before, f"{MONTH} h2") == "Mornings and evenings: October 2026"
    assert [str(tag["href"]) for tag in soup(now).select(f"{MONTH} nav a")] == ["?month=2026-10#month"]
    assert [str(tag["href"]) for tag in soup(before).select(f"{MONTH} nav a")] == ["?month=2026-11#month"]
    assert len(soup(now).select(f"{MONTH} td .halfday[data-state=done]")) == 48
    assert soup(before).select(f"{WHO} .desk-stat") == []


@pytest.mark.parametrize("month", ["x", "2026-12", "2026-13", ""])
def test_month_that_makes_no_sense_is_the_current_one(physio_client: Client, patient: Patient, month: str):
    assert text_at(page_of(physio_client, patient, month=month), f"{MONTH} h2").endswith("November 2026")


def test_pain_and_holds_are_drawn_and_told_as_tables(physio_client: Client, patient: Patient, other_patient: Patient):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=0, pain_worst=7, reps=5)
    make_finished_session(patient=other_patient, now=a_moment("2026-11-23 08:00"), pain_worst=9)
    make_mornings(patient=patient, until=NOW, days=1, pain=4)

    response = page_of(physio_client, patient)

    assert texts_at(response, f"{PAIN} tbody tr") == ["24 Nov, morning 0 7", "25 Nov 4"]
    assert texts_at(response, f"{PAIN} figcaption") == ["Right knee"]
    assert "above 5: over the limit" in texts_at(response, f"{PAIN} .legend li")
    assert len(soup(response).select(f"{PAIN} .c-worst")) == 2
    assert text_at(response, f"{HOLDS} p") == "5 of 5 timed holds kept."
    assert texts_at(response, f"{HOLDS} tbody tr") == ["24 Nov 5 of 10 5 of 5 –"]
    assert soup(response).select(DEPTH) == []


def test_depth_is_shown_where_there_was_a_squat(physio_client: Client, patient: Patient):
    make_prescription(patient=patient, stage_number=3, now=a_moment("2026-11-20 08:00"))
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))

    response = page_of(physio_client, patient)

    assert texts_at(response, f"{DEPTH} tbody tr") == ["24 Nov knees just bent knees just bent"]
    assert text_at(response, READINESS) == "The last stage There is no stage above this one."


def test_nothing_yet_draws_nothing(physio_client: Client):
    patient = make_patient(name="Nora New", has_account=False)

    response = page_of(physio_client, patient)

    assert text_at(response, WHO) == (
        "Who and what Right knee · born 17 May 1990 · nobody leads · no log-in yet Nothing is prescribed."
    )
    assert [soup(response).select(part) for part in (READINESS, PAIN, HOLDS, DEPTH)] == [[]] * 4
    assert text_at(response, "[aria-labelledby=decided-title]") == "What was decided Nothing yet."


def test_switches_leave_their_parts_out(physio_client: Client, patient: Patient, physiotherapist: User, settings: Any):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
    alert = make_alert(patient=patient, now=NOW)
    services.resolve_alert(alert=alert, resolution="Talked on the phone", by=physiotherapist, now=NOW)
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = False

    response = page_of(physio_client, patient)

    assert "Criteria are not counted here." in text_at(response, READINESS)
    assert soup(response).select(f"{PAIN} .c-band, {PAIN} .c-limit, [aria-labelledby=limits-title]") == []
    assert "Talked on the phone" not in response.content.decode()


def test_what_was_decided_is_told_with_who_and_why(
    physio_client: Client, patient: Patient, other_patient: Patient, physiotherapist: User
):
    made = make_prescription(patient=patient, now=a_moment("2026-11-01 08:00"), by=physiotherapist, note="Gently")
    asked = make_request(patient=patient, now=a_moment("2026-11-02 08:00"))
    services.answer_request(
        request=asked, status="declined", note="One more week", by=physiotherapist, now=a_moment("2026-11-03 08:00")
    )
    alert = make_alert(patient=patient, now=a_moment("2026-11-04 08:00"))
    services.resolve_alert(
        alert=alert, resolution="Talked on the phone", by=physiotherapist, now=a_moment("2026-11-05 08:00")
    )
    report = make_red_flag(patient=patient, now=a_moment("2026-11-06 08:00"))
    services.clear_red_flag(report=report, note="A bruise", by=physiotherapist, now=a_moment("2026-11-07 08:00"))
    services.set_rules(
        patient=patient,
        values=RuleValues(PainLimits(amber_max=4)),
        by=physiotherapist,
        now=a_moment("2026-11-08 08:00"),
    )
    exercise_services.end_prescription(
        prescription=made, reason="mastered", on=NOW.date(), by=physiotherapist, now=a_moment("2026-11-09 08:00")
    )
    make_prescription(patient=other_patient, now=NOW, by=physiotherapist, note="Otto only")

    response = page_of(physio_client, patient)

    assert decisions(response) == [
        ["Stage 1: Seated squeeze is marked as mastered. It is no longer due.", "Petra Physio", "–"],
        ["Limits and criteria set: own values", "Petra Physio", "–"],
        ["Warning sign cleared", "Petra Physio", "A bruise"],
        ["Alert resolved: over the limit in two of three sessions", "Petra Physio", "Talked on the phone"],
        ["Request for Stage 2: Lying lift: not yet", "Petra Physio", "One more week"],
        [f"Stage 1: Seated squeeze from 1 November: {DOSE % 10}", "Petra Physio", "Gently"],
        ["Confirmed what has to hold before the first stage (version 1)", "Petra Physio", "–"],
    ]
    assert "Otto only" not in response.content.decode()


def test_a_new_dose_is_one_decision(physio_client: Client, patient: Patient):
    for days in (9, 2):
        make_prescription(patient=patient, now=later(NOW, days=-days), reps_target=10 + days)

    assert [row[0] for row in decisions(page_of(physio_client, patient))] == [
        f"Stage 1: Seated squeeze changes from 23 November: {DOSE % 12}",
        f"Stage 1: Seated squeeze from 16 November: {DOSE % 19}",
        "Confirmed what has to hold before the first stage (version 1)",
    ]
