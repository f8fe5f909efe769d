"""Deciding about a prescription at the desk: shown first, then written, then told."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from exercises.models import Decision, Prescription
from kneecoach.accounts.models import AccessLog, Patient
from tests.factories import a_moment, make_prescription, master_stage, stage
from tests.kneecoach.desk.prescribing_page import add_url, decide_url, decision, values
from tests.pages import HTMX, faults, field_errors, soup, text_at, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
EARLIER = a_moment("2026-11-20 08:00")
TODAY = date(2026, 11, 25)
ABOUT_ONE = ("end/mastered", "end/stopped", "pause", "resume")
ALL = (*ABOUT_ONE, "move-on", "step-back")


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def running(patient: Patient) -> Prescription:
    """Return stage 2, which runs alone after stage 1 was mastered."""
    master_stage(patient=patient, stage_number=1, now=EARLIER)
    return make_prescription(patient=patient, stage_number=2, now=EARLIER)


def typed_for(what: str, **changes: object) -> dict[str, str]:
    """Return what is typed and saved on the page of a decision."""
    if what == "move-on":
        return values(3, depth=0, why="Ready", **changes)
    if what == "step-back":
        return values(1, why="Too much pain", **changes)
    days = {"from_on": "2026-11-26", "to_on": "2026-11-30"} if what == "pause" else {}
    return decision(**(days | changes))


def state_of(row: Prescription) -> tuple[str, date | None]:
    """Return why and on which day a prescription ended."""
    row.refresh_from_db()
    return row.end_reason, row.ended_on


def made() -> Decision:
    """Return the decision of now."""
    return Decision.objects.get(decided_at=NOW)


def pause_it(row: Prescription, client: Client, **changes: object) -> Any:
    """Pause a prescription through its page."""
    return client.post(decide_url(row, "pause"), typed_for("pause", **changes))


# --- shown first ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", ALL)
def test_decision_is_shown_before_it_is_made(physio_client: Client, running: Prescription, what: str):
    if what == "resume":
        pause_it(running, physio_client, from_on="2026-11-25")
    typed = typed_for(what)
    del typed["save"]
    before = all_rows(without=(AccessLog,))

    asked = physio_client.get(decide_url(running, what))
    shown = physio_client.post(decide_url(running, what), typed | {"preview": "1"})

    assert [(page.status_code, faults(page)) for page in (asked, shown)] == [(200, []), (200, [])]
    assert soup(asked).select("[name=save]") == []
    assert len(soup(shown).select("[name=save]")) == 1
    assert texts_at(asked, ".desk-changes") == []
    assert len(texts_at(shown, ".desk-changes li")) >= 2
    assert all_rows(without=(AccessLog,)) == before


def test_what_is_shown_is_what_the_patient_reads(physio_client: Client, running: Prescription):
    typed = typed_for("move-on")
    del typed["save"]

    shown = physio_client.post(decide_url(running, "move-on"), typed)

    assert texts_at(shown, ".desk-changes li") == [
        "Stage 2: Lying lift ends on 25 November as mastered, and counts for the stages that require it.",
        "Stage 3: Wall squat from 25 November: 10 repetitions, hold 3 s, twice a day, right knee, knees just bent.",
        "Stage 2: Lying lift is marked as mastered. From 25 November: Stage 3: Wall squat, 10 repetitions, hold 3 s, "
        "twice a day, right knee, knees just bent.",
    ]


def test_dose_that_changes_is_shown_value_by_value(physio_client: Client, patient: Patient):
    make_prescription(patient=patient, now=EARLIER)
    make_prescription(patient=patient, stage_number=2, now=EARLIER)
    typed = values(reps_target=15)
    del typed["save"]

    shown = physio_client.post(add_url(patient), typed)

    assert texts_at(shown, ".desk-changes li")[:4] == [
        f"{stage(1)} from 25 November: 15 repetitions, hold {stage(1).hold_target_seconds} s, twice a day, right knee.",
        "Repetitions: 10 → 15",
        "From: 20 November → 25 November",
        f"{stage(2)} goes on as it is.",
    ]


# --- written -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("what", "kind"), [("end/mastered", "mastered"), ("end/stopped", "stopped")])
def test_end_ends_it_with_who_when_and_why(physio_client: Client, physiotherapist, running, what: str, kind: str):
    response = physio_client.post(decide_url(running, what), decision(note=" Well done "))

    row = made()
    assert (response.status_code, response["Location"]) == (
        302,
        f"/admin/accounts/patient/{running.patient_id}/change/",
    )
    assert state_of(running) == (kind, TODAY)
    assert (row.kind, row.prescription, row.from_on, row.decided_by) == (kind, running, TODAY, physiotherapist)
    assert (row.why, row.note, row.put_away_at) == ("As agreed on the phone", "Well done", None)


def test_pause_writes_days_and_the_decision(physio_client: Client, running: Prescription):
    pause_it(running, physio_client)

    row = made()
    assert list(running.pauses.values_list("from_on", "to_on")) == [(date(2026, 11, 26), date(2026, 11, 30))]
    assert (row.kind, row.from_on, row.to_on) == ("paused", date(2026, 11, 26), date(2026, 11, 30))


def test_pause_may_be_open_and_take_others_along(physio_client: Client, patient: Patient):
    first = make_prescription(patient=patient, now=EARLIER)
    second = make_prescription(patient=patient, stage_number=2, now=EARLIER)

    pause_it(first, physio_client, to_on="", also=second.pk)

    assert [list(row.pauses.values_list("from_on", "to_on")) for row in (first, second)] == [
        [(date(2026, 11, 26), None)],
        [(date(2026, 11, 26), None)],
    ]
    assert Decision.objects.filter(kind="paused").count() == 2


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"from_on": "2026-11-24"}, {"from_on": ["This day is over. Choose today or a later day."]}),
        ({"to_on": "2026-11-25"}, {"to_on": ["The last day is not before the first."]}),
        ({"why": "  "}, {"why": ["Say in a few words why."]}),
        ({"from_on": ""}, {"from_on": ["Choose the first day."]}),
        ({"also": "999999"}, None),
    ],
)
def test_pause_that_cannot_be_is_refused(physio_client: Client, running: Prescription, changes, errors):
    make_prescription(patient=running.patient, now=EARLIER)
    before = all_rows(without=(AccessLog,))

    response = pause_it(running, physio_client, **changes)

    assert response.status_code == 422
    assert field_errors(response) == errors if errors else list(field_errors(response)) == ["also"]
    assert all_rows(without=(AccessLog,)) == before


def test_days_are_paused_once(physio_client: Client, running: Prescription):
    pause_it(running, physio_client)

    response = pause_it(running, physio_client, from_on="2026-11-30", to_on="")

    assert field_errors(response) == {"from_on": ["Some of these days are paused already. End that pause first."]}
    assert running.pauses.count() == 1


@pytest.mark.parametrize(
    ("from_on", "left"),
    [("2026-11-25", []), ("2026-11-28", []), ("2026-11-20", [(date(2026, 11, 20), date(2026, 11, 24))])],
)
def test_resume_ends_the_pause_yesterday_or_takes_it_back(
    physio_client: Client, running: Prescription, from_on: str, left: list[Any]
):
    running.pauses.create(from_on=from_on, to_on=None)

    physio_client.post(decide_url(running, "resume"), decision(why=""))

    assert list(running.pauses.values_list("from_on", "to_on")) == left
    assert (made().kind, made().from_on) == ("resumed", TODAY)


def test_resume_without_a_pause_changes_nothing(physio_client: Client, running: Prescription):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(decide_url(running, "resume"), decision())

    assert response.status_code == 302
    assert all_rows(without=(AccessLog,)) == before


def test_move_on_masters_one_and_gives_the_next(physio_client: Client, running: Prescription):
    physio_client.post(decide_url(running, "move-on"), typed_for("move-on"))

    row = made()
    assert state_of(running) == ("mastered", TODAY)
    assert (row.kind, row.ended, row.prescription.stage, row.prescription.is_active) == (
        "moved_on",
        running,
        stage(3),
        True,
    )


def test_move_on_to_a_closed_stage_changes_nothing(physio_client: Client, patient: Patient):
    running = make_prescription(patient=patient, stage_number=2, now=EARLIER)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(decide_url(running, "move-on"), typed_for("move-on"))

    assert field_errors(response) == {"stage": ["Stage 3 opens when stage 1 is marked as mastered for Anna Knee."]}
    assert all_rows(without=(AccessLog,)) == before


def test_step_back_stops_one_and_gives_an_earlier_one(physio_client: Client, running: Prescription):
    physio_client.post(decide_url(running, "step-back"), typed_for("step-back"))

    row = made()
    assert state_of(running) == ("stopped", TODAY)
    assert (row.kind, row.ended, row.prescription.stage, row.why) == (
        "stepped_back",
        running,
        stage(1),
        "Too much pain",
    )


def test_step_back_needs_a_why(physio_client: Client, running: Prescription):
    response = physio_client.post(decide_url(running, "step-back"), values(1))

    assert (response.status_code, field_errors(response)) == (422, {"why": ["Say in a few words why."]})
    assert state_of(running) == ("", None)


def test_no_stage_is_below_the_first(physio_client: Client, patient: Patient):
    first = make_prescription(patient=patient, now=EARLIER)

    response = physio_client.get(decide_url(first, "step-back"))

    assert "There is no stage below this one." in text_at(response, "#content")
    assert soup(response).select("#content form") == []


# --- twice, and too late -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", ALL)
def test_decision_sent_twice_is_made_once(physio_client: Client, running: Prescription, what: str):
    if what == "resume":
        running.pauses.create(from_on=TODAY)
    typed = typed_for(what)
    physio_client.post(decide_url(running, what), typed)
    before = all_rows(without=(AccessLog,))

    physio_client.post(decide_url(running, what), typed)

    assert all_rows(without=(AccessLog,)) == before


def test_prescribing_sent_twice_is_done_once(physio_client: Client, running: Prescription):
    typed = values(2, reps_target=15)
    physio_client.post(add_url(running.patient), typed)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(add_url(running.patient), typed)

    assert response.status_code == 302
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("what", ALL)
def test_nothing_is_decided_about_what_has_ended(physio_client: Client, running: Prescription, what: str):
    physio_client.post(decide_url(running, "end/mastered"), decision())
    before = all_rows(without=(AccessLog,))

    shown = physio_client.get(decide_url(running, what))
    physio_client.post(decide_url(running, what), typed_for(what))

    assert "ended on 25 November 2026 already" in text_at(shown, "#content")
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("what", ALL)
def test_decision_under_an_id_of_somebody_else_is_not_found(
    physio_client: Client, running: Prescription, other_patient: Patient, what: str
):
    if what == "resume":
        running.pauses.create(from_on=TODAY)
    foreign = make_prescription(patient=other_patient, now=EARLIER).decisions.get()
    taken = {"decision_id": foreign.pk}
    before = all_rows(without=(AccessLog,))

    # Each of several pauses has an id of its own, made from that of the form.
    if what != "pause":
        response = physio_client.post(decide_url(running, what), typed_for(what, **taken))

        assert response.status_code == 404
        assert all_rows(without=(AccessLog,)) == before


# --- who may -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize("method", ["get", "post"])
def test_decision_needs_the_right_to_change(
    physio_client: Client, physiotherapist, running: Prescription, what: str, method: str
):
    group = physiotherapist.groups.get()
    group.permissions.remove(group.permissions.get(codename="change_prescription"))
    before = all_rows()

    response = getattr(physio_client, method)(decide_url(running, what), typed_for(what))

    assert response.status_code == 403
    assert all_rows() == before


@pytest.mark.parametrize("what", [*ALL, "end/superseded", "end/x"])
def test_decision_keeps_patients_out(patient_client: Client, running: Prescription, what: str):
    before = all_rows()

    response = patient_client.post(decide_url(running, what), typed_for(what), follow=True)

    assert response.status_code == 403
    assert all_rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_there_is_not_found(physio_client: Client, running: Prescription, method: str):
    foreign = [f"/admin/exercises/prescription/999999/{what}/" for what in ALL]
    unknown = [decide_url(running, f"end/{reason}") for reason in ("superseded", "x", "MASTERED")]

    assert {getattr(physio_client, method)(url).status_code for url in (*foreign, *unknown)} == {404}


@pytest.mark.parametrize("what", ALL)
def test_decision_page_is_a_look_at_the_patient(physio_client: Client, running: Prescription, what: str):
    physio_client.get(decide_url(running, what))

    assert list(AccessLog.objects.values_list("patient_id", "view")) == [(running.patient_id, "prescription")]


# --- within the patient's page -------------------------------------------------------------------------------------
def test_decision_made_on_the_patients_page_leads_back_into_it(physio_client: Client, running: Prescription):
    response = physio_client.post(decide_url(running, "end/mastered"), decision(), headers=HTMX)

    assert (response.status_code, response.content) == (200, b"")
    assert '"target": "#story"' in response["HX-Location"]
    assert state_of(running) == ("mastered", TODAY)
