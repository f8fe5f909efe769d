"""A day, opened: sessions, sets, repetitions, pain, the morning, notes, corrections; and no day that is none."""

from datetime import date
from uuid import uuid4

import pytest
from django.test import Client

from exercises.models import Depth
from kneecoach.accounts.models import Patient
from progress import services
from progress.models import MorningCheck, PainRating, RedFlagReport, Rep, WeeklyCheck
from tests.factories import (
    a_claim,
    a_moment,
    do_reps,
    later,
    make_finished_session,
    make_patient,
    make_prescription,
    make_ready_session,
    make_session,
    rate_each_side,
    sets_of,
)
from tests.fixtures import client_of
from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of, words
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

TUESDAY = "/progress/2026-11-24/"
MORNING = a_moment("2026-11-24 08:00")


@pytest.fixture(autouse=True)
def entered(patient: Patient) -> None:
    """Say that the patient was entered on Sunday 22 November, and not just now."""
    Patient.objects.filter(pk=patient.pk).update(created_at=a_moment("2026-11-22 09:00"))


def facts(response) -> dict[str, str]:
    """Return every fact of the page by its name."""
    return {words(row.dt): words(row.dd) for row in soup(response).select("dl.facts > div")}


def rep_rows(response) -> list[list[str]]:
    """Return the lines of the first table of repetitions."""
    (table, *_others) = soup(response).select("details table")
    return [[words(cell) for cell in row.select("th, td")] for row in table.select("tbody tr")]


def test_day_opens_to_its_sessions_sets_and_repetitions(patient_client: Client, patient, prescription):
    session = make_ready_session(patient=patient, now=MORNING, pain_before=0)
    (row,) = sets_of(session)
    do_reps(exercise_set=row, now=later(MORNING, minutes=1), numbers=[1], held_ms=3120)
    do_reps(exercise_set=row, now=later(MORNING, minutes=1), numbers=[2], held_ms=1400, outcome="short")
    for number, outcome, method in ((3, "skipped", "guided"), (4, "ok", "manual")):
        claim = a_claim(number=number, held_ms=None, outcome=outcome, method=method)
        services.record_rep(exercise_set=row, claim=claim, now=later(MORNING, minutes=2))
    services.stop_session(session=session, reason="tired", now=later(MORNING, minutes=3))
    rate_each_side(session=session, moment="worst", value=2, now=later(MORNING, minutes=3))
    services.answer_felt(exercise_set=row, felt="no", now=later(MORNING, minutes=4))
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"), felt="unsure")

    response = patient_client.get(TUESDAY)

    assert (response.status_code, title_of(response), faults(response)) == (200, "Tuesday 24 November", [])
    assert texts_at(response, "section h2") == ["Morning, 08:00", "Evening, 18:00"]
    assert texts_at(response, "section h3") == ["Stage 1: Seated squeeze"] * 2
    assert texts_at(response, ".tag") == ["partly done", "done"]
    assert "2 of 10 repetitions held · 1 of 2 timed kept" in text_at(response, "section")
    assert rep_rows(response) == [
        ["1", "3.1 s", "held", "led by the clock"],
        ["2", "1.4 s", "held too short", "led by the clock"],
        ["3", "–", "skipped", "led by the clock"],
        ["4", "not timed", "held", "ticked by hand"],
    ]
    drawn = {kind: len(soup(response).select(f"figure .h-{kind}")) for kind in ("short", "skipped", "untimed")}
    assert drawn == {"short": 1, "skipped": 1, "untimed": 1}
    assert facts(response)["Felt the muscle"] == "not sure"


def test_day_tells_pain_at_every_moment(patient_client: Client, patient, prescription):
    """Named traps: a zero is a number, a skipped answer is skipped, and what was not asked is not there."""
    session = make_finished_session(patient=patient, now=MORNING, pain_before=0, pain_worst=None)
    common = {"patient": patient, "side": "right", "rated_at": NOW, "local_date": date(2026, 11, 24)}
    PainRating.objects.create(moment="hour_later", status="answered", value=6, exercise_session=session, **common)
    PainRating.objects.create(moment="morning", status="answered", value=0, **common)
    MorningCheck.objects.create(patient=patient, local_date=date(2026, 11, 24), swelling="some", answered_at=NOW)

    response = patient_client.get(TUESDAY)

    assert facts(response) == {
        "Pain in the morning, right": "0",
        "Swelling in the morning": "some",
        "Felt the muscle": "yes",
        "Pain, before": "right: 0",
        "Pain, worst during": "right: skipped",
        "Pain, an hour later": "right: 6",
    }


def test_day_tells_that_the_morning_was_skipped(patient_client: Client, patient):
    PainRating.objects.create(
        patient=patient,
        local_date=date(2026, 11, 24),
        moment="morning",
        side="left",
        status="skipped",
        value=None,
        rated_at=NOW,
    )
    MorningCheck.objects.create(patient=patient, local_date=date(2026, 11, 24), answered_at=NOW)

    assert facts(patient_client.get(TUESDAY)) == {
        "Pain in the morning, left": "skipped",
        "Swelling in the morning": "skipped",
    }


@pytest.mark.parametrize(("change", "shown"), [(2, "+2"), (0, "0"), (-3, "-3"), (None, "skipped")])
def test_day_on_which_a_week_began_tells_how_that_week_was(patient_client: Client, patient, change, shown):
    monday = date(2026, 11, 23)
    WeeklyCheck.objects.create(patient=patient, week_starts_on=monday, change=change, answered_at=NOW)
    for moment, value in (("week_worst", 5), ("week_usual", None)):
        PainRating.objects.create(
            patient=patient,
            local_date=monday,
            moment=moment,
            side="right",
            status="answered" if value else "skipped",
            value=value,
            rated_at=NOW,
        )

    assert facts(patient_client.get("/progress/2026-11-23/")) == {
        "Worst pain of this week, Monday to Sunday, right": "5",
        "Usual pain of this week, Monday to Sunday, right": "skipped",
        "Compared with the start, from −3 to +3": shown,
    }


def test_day_of_both_knees_has_both_numbers():
    patient = make_patient(side="both")
    make_prescription(patient=patient, now=a_moment("2026-11-24 07:00"), stage_number=2)
    make_finished_session(patient=patient, now=MORNING, pain_before=3)

    response = client_of(patient.user).get(TUESDAY)

    assert texts_at(response, "section h3") == ["Stage 2: Lying lift, left", "Stage 2: Lying lift, right"]
    assert facts(response)["Pain, before"] == "left: 3 right: 3"
    assert faults(response) == []


def test_day_says_how_deep_a_squat_was_and_how_deep_it_was_prescribed(patient_client: Client, patient):
    make_prescription(patient=patient, stage_number=3, now=a_moment("2026-11-24 07:00"))
    make_finished_session(patient=patient, now=MORNING)

    response = patient_client.get(TUESDAY)

    bent = str(Depth.UNLOCKED.label)
    assert facts(response)["Depth"] == f"{bent} prescribed, at most: {bent}"


def test_day_shows_what_another_device_said_and_what_was_taken_back(patient_client: Client, patient, prescription):
    session = make_ready_session(patient=patient, now=MORNING)
    (row,) = sets_of(session)
    first, second = do_reps(exercise_set=row, now=later(MORNING, minutes=1), numbers=[1, 2])
    services.record_rep(
        exercise_set=row,
        claim=a_claim(number=1, held_ms=None, outcome="skipped", method="manual"),
        now=later(MORNING, minutes=2),
    )
    services.take_back_rep(exercise_set=row, rep_id=second.pk, claim=None, now=later(MORNING, minutes=2))

    response = patient_client.get(TUESDAY)

    assert rep_rows(response) == [["1", "3.0 s", "held another device said: skipped, –", "led by the clock"]]
    assert "1 repetition was taken back and counts nowhere." in text_at(response, "details")
    assert Rep.objects.get(pk=first.pk).voided_at is None


def test_day_shows_what_was_corrected_and_what_stood_there(patient_client: Client, patient, prescription):
    session = make_finished_session(patient=patient, now=MORNING, pain_worst=None)
    (row,) = sets_of(session)
    (worst,) = session.pain_ratings.filter(moment="worst")
    for reps, minutes in ((8, 5), (7, 9)):
        services.correct(
            session=session,
            changes=[services.Change(f"reps-{row.pk}", value=reps), services.Change(f"pain-{worst.pk}", value=0)],
            reason="Let go early",
            by=patient.user,
            now=later(NOW, minutes=minutes),
        )

    response = patient_client.get(TUESDAY)

    assert "7 of 10 repetitions held (first: 10) · 10 of 10 timed kept" in text_at(response, "section")
    assert facts(response)["Pain, worst during"] == "right: 0 (first: skipped)"
    assert texts_at(response, "section > div:has(> h3) .notes li") == [
        "Repetitions held · Stage 1: Seated squeeze recorded first: 10"
        " corrected to 8 on 25 November, 08:05 by Anna Knee: “Let go early”"
        " corrected to 7 on 25 November, 08:09 by Anna Knee: “Let go early”",
        "Pain, worst during, right recorded first: not answered"
        " corrected to 0 on 25 November, 08:05 by Anna Knee: “Let go early”",
    ]
    assert texts_at(response, ".tag") == ["partly done", "corrected"]
    assert soup(response).select_one(f"a[href='/sessions/{session.pk}/correct/']")


def test_day_leads_a_session_that_runs_to_its_own_screens(patient_client: Client, ready_session):
    response = patient_client.get("/progress/2026-11-25/")

    assert texts_at(response, ".tag") == ["in progress"]
    assert soup(response).select_one(f"a[href='/sessions/{ready_session.pk}/']")
    assert soup(response).select("a[href$='/correct/']") == []


def test_day_says_how_late_it_came(patient_client: Client, patient, prescription):
    session = make_finished_session(patient=patient, now=MORNING)
    in_time = patient_client.get(TUESDAY)
    Rep.objects.filter(exercise_set__exercise_session=session).update(received_at=a_moment("2026-11-26 08:03"))
    late = patient_client.get(TUESDAY)
    type(session).objects.filter(pk=session.pk).update(entry="paper", entered_at=NOW)

    entered = patient_client.get(TUESDAY)

    assert texts_at(in_time, ".tag") == ["done"]
    assert texts_at(late, ".tag") == ["done", "received on 26 November, 08:03"]
    assert texts_at(entered, ".tag") == ["done", "entered later, from paper, 25 November, 08:00"]
    # Nobody knows the hour of one that was entered later.
    assert (text_at(late, "section h2"), text_at(entered, "section h2")) == ("Morning, 08:00", "Morning")


def test_day_names_the_zone_of_a_session_elsewhere(patient_client: Client, patient, prescription):
    session = make_finished_session(patient=patient, now=MORNING)
    type(session).objects.filter(pk=session.pk).update(time_zone="Europe/Berlin")

    response = patient_client.get(TUESDAY)

    assert (text_at(response, "section h2"), texts_at(response, ".tag")) == (
        "Morning, 09:00",
        ["done", "Europe/Berlin"],
    )


def test_day_shows_notes_and_who_has_seen_them(patient_client: Client, patient, prescription, physiotherapist):
    session = make_finished_session(patient=patient, now=MORNING)
    services.write_session_note(session=session, body="It clicks.", now=MORNING)
    services.mark_read(patient=patient, by=physiotherapist, is_by_patient=False, up_to=NOW, now=NOW)
    for at in ("2026-11-24 12:00", "2026-11-25 03:00", "2026-11-25 05:00"):
        services.send_message(
            patient=patient,
            message_id=uuid4(),
            body=f"At {at}",
            author=patient.user,
            is_from_patient=True,
            now=a_moment(at),
        )

    response = patient_client.get(TUESDAY)

    assert texts_at(response, ".notes li") == [
        "You , 24 November, 08:00 It clicks. Seen by Petra Physio on 25 November",
        "You , 24 November, 12:00 At 2026-11-24 12:00 Not seen yet",
        "You , 25 November, 03:00 At 2026-11-25 03:00 Not seen yet",
    ]


def test_day_shows_a_warning_sign_and_who_cleared_it(patient_client: Client, patient, prescription, physiotherapist):
    session = make_session(patient=patient, now=MORNING)
    services.answer_safety(session=session, is_safe=False, now=MORNING)
    told = patient_client.get(TUESDAY)
    RedFlagReport.objects.update(cleared_by=physiotherapist, cleared_at=NOW, clear_note="A bruise.")

    cleared = patient_client.get(TUESDAY)

    assert facts(told)["Warning sign"] == "told at 08:00"
    assert facts(cleared)["Warning sign"] == "told at 08:00 Cleared by Petra Physio on 25 November: A bruise."
    assert "Stopped: a warning sign" in text_at(told, "section:last-of-type")


def test_day_with_nothing_says_what_can_be_done(patient_client: Client, patient, prescription):
    nothing_due = patient_client.get("/progress/2026-11-23/")
    missed = patient_client.get(TUESDAY)

    for response in (nothing_due, missed):
        assert (response.status_code, faults(response)) == (200, [])
        assert text_at(response, ".empty h2") == "Nothing is recorded of this day"
    assert soup(nothing_due).select(".empty a") == []
    assert [str(link["href"]) for link in soup(missed).select(".empty a")] == ["/sessions/later/"]


def test_day_offers_to_enter_what_is_missing_for_a_week(patient_client: Client, patient, clock):
    make_prescription(patient=patient, now=a_moment("2026-11-22 09:00"))
    clock.move_to(a_moment("2026-12-01 08:00"), tick=False)

    offered = [bool(soup(patient_client.get(f"/progress/2026-11-{day}/")).select(".empty a")) for day in (23, 24)]

    assert offered == [False, True]


def test_day_leads_to_the_days_around_it(patient_client: Client):
    links = {
        day: [str(link["href"]) for link in soup(patient_client.get(f"/progress/2026-11-{day}/")).select("main nav a")]
        for day in (22, 23, 25)
    }

    assert links == {
        22: ["/progress/2026-11-23/"],
        23: ["/progress/2026-11-22/", "/progress/2026-11-24/"],
        25: ["/progress/2026-11-24/"],
    }
    assert soup(patient_client.get(TUESDAY)).select_one(".eyebrow a")["href"] == "/progress/?month=2026-11"


@pytest.mark.parametrize(
    "day",
    ["2026-11-26", "2026-11-21", "0001-01-01", "9999-12-31", "2026-02-30", "20261124", "2026-W48-2", "today", "%00"],
)
def test_day_that_is_none_is_not_found(patient_client: Client, day: str):
    assert patient_client.get(f"/progress/{day}/").status_code == 404


def test_day_is_the_patients_own(clock):
    """Named trap, server midnight: at half past one in the morning the day in New York is still the one before."""
    patient = make_patient(time_zone="America/New_York")
    clock.move_to(a_moment("2026-11-25 03:59", "America/New_York"), tick=False)
    in_the_night = client_of(patient.user).get("/progress/2026-11-25/")
    clock.move_to(a_moment("2026-11-25 04:00", "America/New_York"), tick=False)

    in_the_morning = client_of(patient.user).get("/progress/2026-11-25/")

    assert (in_the_night.status_code, in_the_morning.status_code) == (404, 200)


def test_day_before_the_patient_was_entered_is_there_if_anything_was_due(patient_client: Client, patient):
    make_prescription(patient=patient, now=NOW, starts_on=date(2026, 11, 20))

    answers = [patient_client.get(f"/progress/2026-11-{day}/").status_code for day in (19, 20)]

    assert answers == [404, 200]


def test_day_holds_nothing_of_anybody_else(patient_client: Client, other_patient, prescription):
    make_prescription(patient=other_patient, now=a_moment("2026-11-23 09:00"))
    session = make_ready_session(patient=other_patient, now=MORNING)
    services.stop_session(session=session, reason="pain", note="Otto only", now=MORNING)
    services.write_session_note(session=session, body="Otto wrote", now=MORNING)
    MorningCheck.objects.create(patient=other_patient, local_date="2026-11-24", swelling="marked", answered_at=NOW)

    response = patient_client.get(TUESDAY)

    assert text_at(response, ".empty h2") == "Nothing is recorded of this day"
    assert (b"Otto" in response.content, str(session.pk).encode() in response.content) == (False, False)


@pytest.mark.parametrize("sessions", [1, 5])
def test_day_queries(patient_client: Client, patient, prescription, sessions: int, django_assert_num_queries):
    for hours in range(sessions):
        make_finished_session(patient=patient, now=a_moment(f"2026-11-24 {8 + 3 * hours:02}:00"))

    # session, user with patient; first day; prescriptions, pauses, sessions, sets, stages; repetitions, conflicts; corrections,
    # ratings of sessions; notes; other ratings; morning, week, warning signs
    with django_assert_num_queries(17):
        response = patient_client.get(TUESDAY)

    assert len(soup(response).select("section")) == sessions


def test_day_writes_nothing(patient_client: Client, exercise_session):
    before = all_rows()

    patient_client.get("/progress/2026-11-25/")

    assert all_rows() == before


def test_day_rejects_post(patient_client: Client):
    assert patient_client.post(TUESDAY).status_code == 405


def test_day_leads_anonymous_to_log_in(client: Client):
    plain, htmx = client.get(TUESDAY), client.get(TUESDAY, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={TUESDAY}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
