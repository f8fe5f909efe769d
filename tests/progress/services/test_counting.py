"""The criteria of somebody who is long on a stage: kept once a day, and again when something has changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from kneecoach.accounts.models import Patient, User
from progress import services
from progress.models import ReadinessEvaluation
from progress.rules.limits import PainLimits, RuleValues
from tests.factories import a_moment, later, make_alert, make_prescription, make_red_flag, master_stage

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    """Count the criteria, and open alerts."""
    settings.READINESS = settings.ALERTS = True


def kept() -> list[str]:
    """Return the days for which criteria are kept."""
    return [str(row.local_date) for row in ReadinessEvaluation.objects.order_by("made_at")]


def begin(patient: Patient, now: datetime) -> None:
    """Begin a session."""
    services.start_session(patient=patient, session_id=uuid4(), now=now)


@pytest.mark.parametrize(("days", "count"), [(28, 0), (29, 1)])
def test_four_weeks_on_a_stage_are_not_long_yet(patient: Patient, days: int, count: int):
    made = make_prescription(patient=patient, now=later(NOW, days=-days))

    begin(patient, NOW)

    assert len(kept()) == count
    assert [row.prescription for row in ReadinessEvaluation.objects.all()] == [made] * count


def test_a_session_keeps_them_once_a_day(patient: Patient):
    make_prescription(patient=patient, now=later(NOW, days=-40))

    for hours in (0, 11, 24):
        begin(patient, later(NOW, hours=hours))

    assert kept() == ["2026-11-25", "2026-11-26"]


def test_a_new_dose_goes_on_and_another_stage_begins_anew(patient: Patient, physiotherapist: User):
    make_prescription(patient=patient, now=later(NOW, days=-40), by=physiotherapist)
    new = make_prescription(patient=patient, now=later(NOW, days=-3), by=physiotherapist, reps_target=12)
    services.keep_long_stay(patient=patient, now=NOW)
    assert [row.prescription for row in ReadinessEvaluation.objects.all()] == [new]

    master_stage(patient=patient, stage_number=1, now=NOW, by=physiotherapist)
    make_prescription(patient=patient, stage_number=2, now=NOW, by=physiotherapist)
    services.keep_long_stay(patient=patient, now=later(NOW, days=1))

    assert kept() == ["2026-11-25"]


def test_a_long_stay_of_somebody_else_is_theirs(patient: Patient, other_patient: Patient):
    make_prescription(patient=patient, now=later(NOW, days=-3))
    theirs = make_prescription(patient=other_patient, now=later(NOW, days=-40))
    begin(patient, NOW)
    begin(other_patient, NOW)

    assert [row.prescription for row in ReadinessEvaluation.objects.all()] == [theirs]


def test_what_is_kept_of_somebody_else_today_stands_for_them_alone(patient: Patient, other_patient: Patient):
    for who in (patient, other_patient):
        make_prescription(patient=who, now=later(NOW, days=-40))
        begin(who, NOW)

    assert set(ReadinessEvaluation.objects.values_list("patient", flat=True)) == {patient.pk, other_patient.pk}


def test_nobody_is_counted_on_the_last_stage_or_where_nothing_counts(patient: Patient, settings: Any):
    make_prescription(patient=patient, stage_number=3, now=later(NOW, days=-40))
    services.keep_long_stay(patient=patient, now=NOW)
    make_prescription(patient=patient, now=later(NOW, days=-39))
    settings.READINESS = False

    services.keep_long_stay(patient=patient, now=NOW)

    assert kept() == []


@pytest.mark.parametrize("what", ["alert", "sign", "limits"])
def test_what_a_physiotherapist_changes_is_counted_again(patient: Patient, physiotherapist: User, what: str):
    make_prescription(patient=patient, now=later(NOW, days=-40))
    alert, report = make_alert(patient=patient, now=NOW), make_red_flag(patient=patient, now=NOW)
    services.keep_long_stay(patient=patient, now=NOW)
    values = RuleValues(PainLimits(amber_max=7))
    change: dict[str, Callable[..., object]] = {
        "alert": lambda **who: services.resolve_alert(alert=alert, resolution="Called.", **who),
        "sign": lambda **who: services.clear_red_flag(report=report, note="Looked at it.", **who),
        "limits": lambda **who: services.set_rules(patient=patient, values=values, **who),
    }

    change[what](by=physiotherapist, now=later(NOW, hours=1))
    change[what](by=physiotherapist, now=later(NOW, hours=2))

    assert kept() == ["2026-11-25"] * 2


def test_everybody_else_costs_one_query(patient: Patient, django_assert_num_queries: Any):
    make_prescription(patient=patient, now=later(NOW, days=-9))

    with django_assert_num_queries(1):
        services.keep_long_stay(patient=patient, now=NOW)
