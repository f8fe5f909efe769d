"""Keeping the criteria as they were counted on a day. They decide nothing: a physiotherapist reads them."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.facts import moment_of
from progress.history import rule_set_of
from progress.models import ReadinessCriterion, ReadinessEvaluation
from progress.requesting import StageAhead, count_readiness, stage_ahead
from progress.rules.limits import RULES_VERSION
from progress.rules.readiness import LONG_AFTER_DAYS
from progress.switches import readiness_is_on


def keep_readiness(patient: Patient, ahead: StageAhead | None, now: datetime) -> ReadinessEvaluation | None:
    """Keep what the criteria say now, with the limits and the version of the rules. None where nothing is counted.

    Of several stages that run, it stands at the highest; its criteria are the worse verdict of all.
    """
    if ahead is None or not readiness_is_on():
        return None
    today, rule_set = moment_of(patient, now).local_date, rule_set_of(patient)
    counted = count_readiness(patient, ahead, today, rule_set)
    evaluation = ReadinessEvaluation.objects.create(
        patient=patient,
        prescription=ahead.highest,
        local_date=today,
        rule_set=rule_set,
        rules_version=RULES_VERSION,
        made_at=now,
    )
    ReadinessCriterion.objects.bulk_create(
        ReadinessCriterion(
            evaluation=evaluation, key=row.key, verdict=row.verdict, value=row.value, limit=row.limit, of=row.of
        )
        for row in counted.criteria
    )
    return evaluation


def keep_long_stay(*, patient: Patient, now: datetime, again: bool = False) -> None:
    """Keep the criteria of somebody who has been on a stage for over four weeks: there the worklist reads them.

    Once a day is enough, as they look at the days until yesterday; `again` where what was kept today may not hold any
    more. One query for everybody else.
    """
    if not readiness_is_on():
        return
    today = moment_of(patient, now).local_date
    own = Prescription.objects.of(patient)
    still = own.active().filter(programme=OuterRef("programme"), stage_key=OuterRef("stage_key"))
    # A new dose of a stage does not begin it anew.
    on_it = Q(ended_on=None) | Q(end_reason=Prescription.EndReason.SUPERSEDED)
    long = own.filter(on_it, Exists(still), starts_on__lt=today - timedelta(days=LONG_AFTER_DAYS))
    if not again:
        long = long.exclude(Exists(ReadinessEvaluation.objects.filter(patient=patient, local_date=today)))
    if not long.exists():
        return
    ahead = stage_ahead(patient)
    if ahead and ahead.stage:
        keep_readiness(patient, ahead, now)
