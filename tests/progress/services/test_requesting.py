"""Asking for the next stage, taking it back, answering: what is written, once, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from exercises.models import Prescription
from kneecoach.accounts.models import Patient, User
from progress import services
from progress.models import ReadinessEvaluation, RuleSet, StageRequest
from progress.rules.limits import RULES_VERSION
from tests.factories import a_moment, later, make_prescription, make_request, master_stage, stage
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
START = a_moment("2026-11-20 08:00")


@pytest.fixture
def prescription(patient: Patient) -> Prescription:
    """Return stage 1, five days old."""
    return make_prescription(patient=patient, now=START)


def ask(patient: Patient, **changes: Any) -> StageRequest:
    """Ask for stage 2, or as told."""
    values = {"request_id": uuid4(), "stage_key": stage(2).key, "message": "", "now": NOW} | changes
    return services.ask_for_stage(patient=patient, **values)


# --- asking --------------------------------------------------------------------------------------------------------
def test_ask_keeps_the_wish_and_the_criteria_as_they_are_counted(
    patient: Patient, prescription: Prescription, settings
):
    settings.READINESS = True
    asked = ask(patient, message=" It feels easy ")

    row = StageRequest.objects.get()
    assert (row, row.status, row.stage, row.message, row.requested_at) == (
        asked,
        "requested",
        stage(2),
        "It feels easy",
        NOW,
    )
    kept = row.evaluation
    assert kept is not None
    assert (kept.patient, kept.prescription, str(kept.local_date), kept.made_at) == (
        patient,
        prescription,
        "2026-11-25",
        NOW,
    )
    assert (kept.rule_set, kept.rules_version) == (RuleSet.objects.get(), RULES_VERSION)
    found = {part.key: (part.verdict, str(part.value), str(part.limit)) for part in kept.criteria.all()}
    assert len(found) == 8
    assert found["days_on_stage"] == ("not_met", "5.0", "7.0")
    assert found["holds"] == ("unknown", "None", "90.0")


def test_ask_again_with_the_same_id_changes_nothing(patient: Patient, prescription: Prescription):
    asked = ask(patient, message="first")
    before = all_rows()

    again = ask(patient, request_id=asked.pk, message="second", now=later(NOW, hours=1))

    assert (again.pk, again.message) == (asked.pk, "first")
    assert all_rows() == before


def test_ask_with_the_id_of_somebody_else_is_not_there(
    patient: Patient, prescription: Prescription, other_patient: Patient
):
    foreign = make_request(patient=other_patient, now=NOW)
    before = all_rows()

    with pytest.raises(StageRequest.DoesNotExist):
        ask(patient, request_id=foreign.pk)

    assert all_rows() == before


def test_ask_while_another_is_open_is_refused(patient: Patient, prescription: Prescription):
    ask(patient)
    before = all_rows()

    with pytest.raises(ValidationError, match="asked already"):
        ask(patient)

    assert all_rows() == before


def test_ask_while_somebody_else_has_asked(patient: Patient, prescription: Prescription, other_patient: Patient):
    make_prescription(patient=other_patient, now=START)
    ask(other_patient)

    assert ask(patient).status == "requested"


@pytest.mark.parametrize("key", ["vmo-1", "vmo-3", "x", ""])
def test_ask_for_another_stage_than_the_next_is_refused(patient: Patient, prescription: Prescription, key: str):
    before = all_rows()

    with pytest.raises(ValidationError, match="have changed"):
        ask(patient, stage_key=key)

    assert all_rows() == before


def test_ask_without_a_prescription_or_on_the_last_stage_is_refused(patient: Patient):
    with pytest.raises(ValidationError):
        ask(patient)
    make_prescription(patient=patient, stage_number=3, now=NOW)
    with pytest.raises(ValidationError):
        ask(patient, stage_key=stage(3).key)

    assert not StageRequest.objects.exists()


def test_ask_without_readiness_keeps_only_the_wish(patient: Patient, prescription: Prescription, settings: Any):
    settings.READINESS = False

    assert ask(patient).evaluation is None
    assert not ReadinessEvaluation.objects.exists()


# --- taking back ---------------------------------------------------------------------------------------------------
def test_withdraw_twice_is_once_and_frees_the_way(patient: Patient, prescription: Prescription):
    asked = ask(patient)
    services.withdraw_request(request=asked, now=later(NOW, hours=1))
    before = all_rows()

    row = services.withdraw_request(request=asked, now=later(NOW, hours=2))

    assert (row.status, row.decided_at, row.decided_by) == ("withdrawn", later(NOW, hours=1), None)
    assert all_rows() == before
    assert ask(patient).is_open


def test_withdraw_after_the_answer_is_refused(patient: Patient, prescription: Prescription, physiotherapist: User):
    asked = ask(patient)
    services.answer_request(request=asked, status="approved", note="", by=physiotherapist, now=NOW)
    before = all_rows()

    with pytest.raises(ValidationError, match="answered already"):
        services.withdraw_request(request=asked, now=NOW)

    assert all_rows() == before


# --- answering -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["approved", "declined"])
def test_answer_says_who_and_when_counts_anew_and_prescribes_nothing(
    patient: Patient, prescription: Prescription, physiotherapist: User, status: str, settings: Any
):
    settings.READINESS = True
    asked = ask(patient)
    prescriptions = list(Prescription.objects.values_list())
    at = a_moment("2026-11-28 08:00")

    services.answer_request(request=asked, status=status, note=" Well done ", by=physiotherapist, now=at)

    row = StageRequest.objects.get()
    assert (row.status, row.decision_note, row.decided_by, row.decided_at) == (status, "Well done", physiotherapist, at)
    assert row.evaluation_id != row.decision_evaluation_id
    days = [kept.criteria.get(key="days_on_stage").value for kept in (row.evaluation, row.decision_evaluation) if kept]
    assert days == [5, 8]
    assert list(Prescription.objects.values_list()) == prescriptions


def test_answer_twice_is_once_and_another_answer_is_refused(
    patient: Patient, prescription: Prescription, physiotherapist: User
):
    asked = ask(patient)
    answer = {"request": asked, "by": physiotherapist, "now": NOW}
    services.answer_request(status="declined", note="Two more weeks", **answer)
    before = all_rows()

    services.answer_request(status="declined", note="Two more weeks", **answer)
    with pytest.raises(ValidationError, match="not open"):
        services.answer_request(status="approved", note="", **answer)
    with pytest.raises(ValidationError, match="not open"):
        services.answer_request(status="declined", note="Something else", **answer)

    assert all_rows() == before


@pytest.mark.parametrize(
    ("status", "note", "field"),
    [("requested", "x", "status"), ("withdrawn", "x", "status"), ("", "x", "status"), ("declined", " ", "note")],
)
def test_answer_that_cannot_be_is_refused(
    patient: Patient, prescription: Prescription, physiotherapist: User, status: str, note: str, field: str
):
    asked = ask(patient)
    before = all_rows()

    with pytest.raises(ValidationError) as refused:
        services.answer_request(request=asked, status=status, note=note, by=physiotherapist, now=NOW)

    assert list(refused.value.message_dict) == [field]
    assert all_rows() == before


def test_answer_when_nothing_runs_any_more_is_kept_without_criteria(patient: Patient, physiotherapist: User):
    asked = make_request(patient=patient, now=NOW)
    master_stage(patient=patient, stage_number=1, now=NOW)

    row = services.answer_request(request=asked, status="approved", note="", by=physiotherapist, now=NOW)

    assert (row.status, row.decision_evaluation) == ("approved", None)


# --- putting away --------------------------------------------------------------------------------------------------
def test_put_away_only_an_answer_and_once(patient: Patient, prescription: Prescription, physiotherapist: User):
    asked = ask(patient)
    before = all_rows()
    services.put_answer_away(request=asked, now=NOW)
    assert all_rows() == before
    services.answer_request(request=asked, status="approved", note="", by=physiotherapist, now=NOW)

    for hours in (1, 2):
        services.put_answer_away(request=asked, now=later(NOW, hours=hours))

    assert StageRequest.objects.get().dismissed_at == later(NOW, hours=1)
