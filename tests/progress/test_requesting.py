"""Which stage comes next, and whether pain comes first."""

from datetime import timedelta
from typing import Any

import pytest

from exercises.models import Prescription, ProgrammeVersion
from exercises.services import Prescribing, prescribe
from kneecoach.accounts.models import Patient, User
from progress import services
from progress.history import has_open_flag
from progress.models import Alert, AlertEvidence, PainRating
from progress.requesting import answer_of, is_resting, load_outlook, stage_ahead
from progress.rules.readiness import Verdict
from progress.rules.requesting import StageState
from tests.factories import a_moment, later, make_prescription, make_request, master_stage
from tests.rows import make_history, make_mornings

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
LONG_AGO = a_moment("2026-11-01 08:00")
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    """Switch everything on, whatever the run is about."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True


def ahead_of(patient: Patient) -> tuple[list[int], int | None]:
    """Return the numbers of the stages that run, and of the next."""
    ahead = stage_ahead(patient)
    assert ahead is not None
    return [row.stage.number for row in ahead.prescriptions], ahead.stage.number if ahead.stage else None


# --- which stage ---------------------------------------------------------------------------------------------------
def test_nothing_prescribed_has_nothing_ahead(patient: Patient, other_patient: Patient):
    make_prescription(patient=other_patient, now=NOW)
    master_stage(patient=patient, stage_number=1, now=NOW)

    assert stage_ahead(patient) is None


@pytest.mark.parametrize(
    ("numbers", "expected"), [((1,), ([1], 2)), ((2,), ([2], 3)), ((2, 1), ([1, 2], 3)), ((3,), ([3], None))]
)
def test_next_stage_is_the_lowest_above_all_that_run(patient: Patient, numbers: tuple[int, ...], expected: Any):
    for number in numbers:
        make_prescription(patient=patient, stage_number=number, now=NOW)

    assert ahead_of(patient) == expected


def test_next_stage_is_one_of_the_newest_version_that_was_prescribed(patient: Patient, physiotherapist: User):
    old = make_prescription(patient=patient, now=LONG_AGO)
    version = ProgrammeVersion.objects.get(pk=old.stage.version_id)
    newer = ProgrammeVersion.objects.create(programme=version.programme, number=2)
    stages = {}
    for stage in list(version.stages.order_by("number")):
        stage.pk, stage.version = None, newer
        stage.save()
        stages[stage.number] = stage
    ProgrammeVersion.objects.filter(pk=newer.pk).update(status="published", published_at=NOW)
    newer.refresh_from_db()
    asked = Prescribing(patient=patient, stage=stages[2], dose=stages[2].dose, side="right", starts_on=old.starts_on)
    row = prescribe(asked, by=physiotherapist, now=NOW)

    ahead = stage_ahead(patient)

    assert ahead is not None
    assert ahead.stage == stages[3]
    assert [part.pk for part in ahead.prescriptions] == [old.pk, row.pk]
    assert ahead.highest == row


# --- how the criteria stand ----------------------------------------------------------------------------------------
def make_ready(patient: Patient, *, pain: int = 2) -> Prescription:
    """Give a patient everything that the standard criteria ask for, on stage 1."""
    prescription = make_prescription(patient=patient, now=LONG_AGO)
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=40, pain=pain)
    make_mornings(patient=patient, until=NOW, days=20, pain=pain)
    return prescription


def test_all_criteria_met_is_a_state_and_no_request(patient: Patient):
    make_ready(patient)

    outlook = load_outlook(patient, NOW)

    assert outlook.readiness is not None
    assert {row.key.value: row.verdict for row in outlook.readiness.criteria} == dict.fromkeys(
        (row.key.value for row in outlook.readiness.criteria), Verdict.MET
    )
    assert (outlook.readiness.met, outlook.state, outlook.may_ask) == (8, StageState.CRITERIA_MET, True)


def test_two_stages_show_the_worse_of_each_criterion(patient: Patient):
    make_ready(patient)
    make_prescription(patient=patient, stage_number=2, now=NOW)

    outlook = load_outlook(patient, NOW)

    assert outlook.readiness is not None
    assert {row.key.value for row in outlook.readiness.criteria if row.verdict is not Verdict.MET} >= {
        "days_on_stage",
        "full_days",
        "holds",
    }
    assert outlook.state == StageState.BUILDING


def test_last_stage_counts_nothing_and_asks_for_nothing(patient: Patient):
    make_prescription(patient=patient, stage_number=3, now=LONG_AGO)

    outlook = load_outlook(patient, NOW)

    assert (outlook.readiness, outlook.may_ask) == (None, False)


def test_without_readiness_asking_remains(patient: Patient, settings: Any):
    settings.READINESS = False
    make_ready(patient)

    outlook = load_outlook(patient, NOW)

    assert (outlook.readiness, outlook.is_resting, outlook.state, outlook.may_ask) == (
        None,
        False,
        StageState.BUILDING,
        True,
    )


# --- pain first ----------------------------------------------------------------------------------------------------
def make_rising(patient: Patient) -> None:
    """Let the median of the worst pain rise from 0 to 2 in a week, inside every limit."""
    prescription = make_prescription(patient=patient, now=LONG_AGO)
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=28, pain=0)
    make_mornings(patient=patient, until=NOW, days=20, pain=0)
    PainRating.objects.filter(moment="worst", local_date__gte=TODAY - timedelta(days=7)).update(value=2)


def test_rising_pain_hides_what_is_met(patient: Patient, settings: Any):
    settings.PAIN_ADVICE = True
    make_rising(patient)

    assert is_resting(patient, NOW)
    assert load_outlook(patient, NOW).is_resting


def resolve_rising(patient: Patient, by: User) -> None:
    """Let a physiotherapist have looked at it: the medians of yesterday and of the week before."""
    alert = Alert.objects.create(
        patient=patient, kind="pain_rising", level="review", rules_version=1, opened_at=NOW, resolved_at=NOW,
        resolved_by=by, resolution="Talked it over",
    )  # fmt: skip
    for back, value in ((1, 2), (8, 0)):
        AlertEvidence.objects.create(
            alert=alert, what="median", local_date=TODAY - timedelta(days=back), value=value, limit=2, added_at=NOW
        )


def test_rising_pain_that_was_resolved_hides_nothing(patient: Patient, physiotherapist: User, settings: Any):
    settings.PAIN_ADVICE = True
    make_rising(patient)
    resolve_rising(patient, physiotherapist)

    assert not is_resting(patient, NOW)


def test_rising_pain_that_was_resolved_of_somebody_else_is_theirs(
    patient: Patient, other_patient: Patient, physiotherapist: User, settings: Any
):
    settings.PAIN_ADVICE = True
    make_rising(patient)
    resolve_rising(other_patient, physiotherapist)

    assert is_resting(patient, NOW)


def test_pain_over_the_limit_twice_hides_what_is_met(patient: Patient, settings: Any):
    settings.PAIN_ADVICE = True
    make_ready(patient, pain=7)

    assert is_resting(patient, NOW)


def test_without_advice_nothing_rests(patient: Patient, settings: Any, django_assert_num_queries):
    settings.PAIN_ADVICE = False
    make_rising(patient)

    with django_assert_num_queries(0):
        assert not is_resting(patient, NOW)


@pytest.mark.parametrize("is_on", [True, False])
def test_open_alert_counts_only_where_alerts_are_on(patient: Patient, settings: Any, *, is_on: bool):
    settings.ALERTS = is_on
    Alert.objects.create(patient=patient, kind="pain_keeps_red", level="high", rules_version=1, opened_at=NOW)

    assert has_open_flag(patient) is is_on


# --- the answer ----------------------------------------------------------------------------------------------------
def answered(patient: Patient, by: User, status: str = "declined") -> Any:
    """Return a request that was answered at NOW."""
    asked = make_request(patient=patient, now=later(NOW, hours=-2))
    return services.answer_request(request=asked, status=status, note="Two more weeks", by=by, now=NOW)


@pytest.mark.parametrize("status", ["approved", "declined"])
def test_answer_is_shown_until_it_is_put_away(patient: Patient, physiotherapist: User, status: str):
    row = answered(patient, physiotherapist, status)
    assert answer_of(patient) == row
    assert load_outlook(patient, NOW).state == status

    services.put_answer_away(request=row, now=NOW)

    assert answer_of(patient) is None
    assert load_outlook(patient, NOW).state == StageState.BUILDING


def test_answer_goes_when_a_new_stage_is_prescribed_and_not_with_a_changed_dose(
    patient: Patient, physiotherapist: User
):
    row = answered(patient, physiotherapist)

    make_prescription(patient=patient, now=later(NOW, hours=1), reps_target=12)
    assert answer_of(patient) == row

    make_prescription(patient=patient, stage_number=2, now=later(NOW, hours=2))
    assert answer_of(patient) is None


def test_older_answer_does_not_come_back(patient: Patient, physiotherapist: User):
    answered(patient, physiotherapist)
    asked = make_request(patient=patient, now=later(NOW, hours=1))
    newer = services.answer_request(
        request=asked, status="approved", note="", by=physiotherapist, now=later(NOW, hours=2)
    )
    services.put_answer_away(request=newer, now=later(NOW, hours=3))

    assert answer_of(patient) is None


def test_answer_is_ones_own(patient: Patient, other_patient: Patient, physiotherapist: User):
    answered(other_patient, physiotherapist)

    assert answer_of(patient) is None


def test_stage_of_somebody_else_overtakes_no_answer(patient: Patient, other_patient: Patient, physiotherapist: User):
    row = answered(patient, physiotherapist)

    make_prescription(patient=other_patient, stage_number=2, now=later(NOW, hours=2))

    assert answer_of(patient) == row
