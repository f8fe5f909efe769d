"""What a row of the worklist tells: why somebody is needed, pain, sessions, stage; in words and numbers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from exercises.models import PrescriptionPause
from kneecoach.accounts.models import User
from progress import services
from progress.rules.limits import PainLimits, RuleValues
from tests.factories import (
    later,
    make_alert,
    make_finished_session,
    make_message,
    make_patient,
    make_prescription,
    make_red_flag,
    make_request,
    master_stage,
)
from tests.kneecoach.desk.worklist_page import (
    INDEX,
    NOW,
    a_patient,
    counts,
    line_of,
    links,
    names,
    numbers,
    why,
)
from tests.pages import faults, text_at, title_of
from tests.rows import make_history, make_mornings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine: Any, settings: Any) -> Any:
    """Stop the clock at NOW, with everything switched on."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return time_machine


def test_worklist_sorts_by_need_and_says_why(physio_client: Client, physiotherapist: User):
    a_patient("Nina Nothing", physiotherapist, sessions=2)
    services.keep_long_stay(patient=a_patient("Lars Long", physiotherapist, days=31, sessions=2), now=NOW)
    unread = a_patient("Uma Unread", physiotherapist, sessions=2)
    make_message(patient=unread, body="It clicks on the stairs", now=NOW)
    a_patient("Quentin Quiet", physiotherapist, days=3)
    asks = a_patient("Ada Asks", physiotherapist, sessions=2)
    asked = make_request(patient=asks, now=later(NOW, days=-1), message="It feels easy")
    unsettled = a_patient("Selma Settled", physiotherapist, sessions=2)
    make_alert(patient=unsettled, kind="not_settled", now=NOW, value=5)
    pain = a_patient("Pia Pain", physiotherapist, sessions=2)
    alert = make_alert(patient=pain, kind="pain_red", now=NOW, value=6)
    high = a_patient("Hans High", physiotherapist, sessions=2)
    make_alert(patient=high, kind="pain_keeps_red", now=NOW, value=8)
    report = make_red_flag(patient=a_patient("Rosa Red", physiotherapist), now=NOW)

    response = physio_client.get(INDEX)

    assert (response.status_code, title_of(response), faults(response)) == (200, "Worklist", [])
    assert names(response) == [
        *("Hans High", "Rosa Red", "Pia Pain", "Selma Settled", "Ada Asks", "Quentin Quiet"),
        *("Uma Unread", "Lars Long", "Nina Nothing"),
    ]
    assert why(response, "Rosa Red") == [
        "warning sign Answered yes on 25 Nov, 08:00 Look at it (Rosa Red, warning sign)"
    ]
    assert why(response, "Hans High")[0].startswith(
        "first of all Over the limit in two of three sessions: worst pain during 8 on 25 Nov, limit 5"
    )
    assert why(response, "Pia Pain")[0].startswith("to look at Over the limit: worst pain during 6 on 25 Nov, limit 5")
    assert why(response, "Ada Asks")[0].startswith(
        "asks for a stage Stage 2: Lying lift, since 24 Nov, 08:00: “It feels easy”"
    )
    assert why(response, "Quentin Quiet") == [
        "quiet No session for 3 days; prescribed on 22 Nov, 08:00, none begun yet"
    ]
    assert why(response, "Uma Unread")[0].startswith("note 1 unread note: “It clicks on the stairs”")
    assert why(response, "Lars Long")[0].startswith(
        "stuck 31 days on Stage 1: Seated squeeze; 5 of 8 criteria met on 25 Nov"
    )
    assert why(response, "Nina Nothing") == ["Nothing waits."]
    assert links(response, "Rosa Red") == [f"/admin/progress/redflagreport/{report.pk}/change/"]
    assert links(response, "Pia Pain") == [f"/admin/progress/alert/{alert.pk}/change/"]
    assert links(response, "Ada Asks") == [f"/admin/progress/stagerequest/{asked.pk}/change/"]
    assert links(response, "Uma Unread") == [f"/admin/accounts/patient/{unread.pk}/messages/"]
    assert counts(response) == {
        **{"urgent": 2, "pain": 1, "unsettled": 1, "asks": 1, "quiet": 1, "unread": 1, "stuck": 1}
    }
    assert text_at(response, ".desk-head p") == "8 of 9 need you"


def test_row_tells_pain_sessions_and_stage(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist, days=20, sessions=6)
    make_mornings(patient=patient, until=NOW, days=1, pain=0)
    make_finished_session(patient=patient, now=NOW, pain_before=1, pain_worst=7)

    response = physio_client.get(INDEX)

    assert numbers(response, "Anna Knee") == [
        "Worst of the day 7 25 Nov, over the limit",
        "Sessions, 7 days 7 of 13 due",
        "Stage Stage 1: Seated squeeze 20 days, since 5 Nov",
    ]
    assert line_of(response, "Anna Knee") == (
        "Worst pain of each day in the last 14 days: 2 on 22 Nov, 7 on 25 Nov, at most 7."
    )


@pytest.mark.parametrize(("pain", "told"), [(0, "0 25 Nov"), (None, "– no number in 14 days")])
def test_no_pain_is_not_no_answer(physio_client: Client, physiotherapist: User, pain: int | None, told: str):
    patient = make_patient(name="Anna Knee", lead_physiotherapist=physiotherapist)
    make_finished_session(patient=patient, now=NOW, pain_before=pain, pain_worst=pain)

    assert numbers(physio_client.get(INDEX), "Anna Knee")[0] == f"Worst of the day {told}"


def test_a_new_dose_does_not_begin_the_stage_anew(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist, days=40)
    made = make_prescription(patient=patient, now=later(NOW, days=-2), by=physiotherapist, reps_target=12)
    make_history(patient=patient, prescription=made, until=NOW, sessions=2)

    response = physio_client.get(INDEX)

    assert numbers(response, "Anna Knee")[2] == "Stage Stage 1: Seated squeeze 40 days, since 16 Oct"
    assert "40 days on Stage 1" in why(response, "Anna Knee")[0]


def test_nobody_is_stuck_on_the_last_stage(physio_client: Client, physiotherapist: User):
    a_patient("Anna Knee", physiotherapist, days=60, stage_number=3)

    assert [text for text in why(physio_client.get(INDEX), "Anna Knee") if "days on" in text] == []


def test_pause_makes_nobody_quiet(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist, days=6)
    PrescriptionPause.objects.create(
        prescription=patient.prescriptions.get(), from_on=(NOW - timedelta(days=4)).date(), to_on=None
    )

    assert why(physio_client.get(INDEX), "Anna Knee") == ["Nothing waits."]


def test_nothing_prescribed_says_so(physio_client: Client, physiotherapist: User):
    patient = make_patient(name="Anna Knee", lead_physiotherapist=physiotherapist)
    master_stage(patient=patient, stage_number=1, now=later(NOW, days=-9), by=physiotherapist)

    response = physio_client.get(INDEX)

    assert why(response, "Anna Knee")[0].startswith("Nothing is prescribed. Prescribe a stage")
    assert links(response, "Anna Knee") == [f"/admin/exercises/prescription/add/?patient={patient.pk}"]
    assert numbers(response, "Anna Knee")[1:] == ["Sessions, 7 days – nothing was due", "Stage –"]


def test_two_stages_stand_side_by_side(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist, days=20)
    make_prescription(patient=patient, stage_number=2, by=physiotherapist, now=later(NOW, days=-5))

    assert numbers(physio_client.get(INDEX), "Anna Knee")[2] == (
        "Stage Stage 2: Lying lift 5 days, since 20 Nov Stage 1: Seated squeeze 20 days, since 5 Nov"
    )


def test_who_meets_all_criteria_is_not_stuck(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist, days=31, sessions=28)
    make_mornings(patient=patient, until=NOW, days=10)
    before = physio_client.get(INDEX)
    services.keep_long_stay(patient=patient, now=NOW)

    response = physio_client.get(INDEX)

    assert why(before, "Anna Knee") == ["stuck 31 days on Stage 1: Seated squeeze; the criteria are not counted yet"]
    assert (why(response, "Anna Knee"), counts(response)) == (["Nothing waits."], {})
    assert numbers(response, "Anna Knee")[2] == (
        "Stage Stage 1: Seated squeeze 31 days, since 25 Oct all 8 criteria met on 25 Nov"
    )


def test_criteria_of_a_dose_that_has_ended_are_not_told(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist, days=40, sessions=2)
    services.keep_long_stay(patient=patient, now=NOW)
    make_prescription(patient=patient, now=NOW, by=physiotherapist, reps_target=12)

    assert "the criteria are not counted yet" in why(physio_client.get(INDEX), "Anna Knee")[0]


def test_own_limits_count_before_the_clinics_until_they_are_handed_back(physio_client: Client, physiotherapist: User):
    patient = make_patient(name="Anna Knee", lead_physiotherapist=physiotherapist)
    make_finished_session(patient=patient, now=NOW, pain_worst=7)
    own = RuleValues(PainLimits(amber_max=7))
    told = [numbers(physio_client.get(INDEX), "Anna Knee")[0]]

    services.set_rules(patient=patient, values=own, by=physiotherapist, now=NOW)
    told.append(numbers(physio_client.get(INDEX), "Anna Knee")[0])
    services.hand_back_rules(patient=patient, by=physiotherapist, now=NOW)
    told.append(numbers(physio_client.get(INDEX), "Anna Knee")[0])

    over = "Worst of the day 7 25 Nov, over the limit"
    assert told == [over, "Worst of the day 7 25 Nov", over]
