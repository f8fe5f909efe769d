"""The next stage of a patient: which it is, how the criteria stand, what was asked and answered."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from exercises.models import Prescription, Stage
from kneecoach.accounts.models import Patient
from progress.advice import load_advice
from progress.facts import moment_of
from progress.history import load_stage_history, rule_set_of
from progress.models import RuleSet, StageRequest
from progress.rules.readiness import Readiness, readiness, worse
from progress.rules.requesting import StageState, stage_state
from progress.switches import readiness_is_on


@dataclass(frozen=True)
class StageAhead:
    """The stages that a patient is on, lowest first, and the one above them; None after the last of the programme."""

    prescriptions: tuple[Prescription, ...]
    stage: Stage | None

    @property
    def highest(self) -> Prescription:
        """Return the prescription that the next stage would follow."""
        return self.prescriptions[-1]


@dataclass(frozen=True)
class Outlook:
    """Everything that the page about the next stage shows."""

    ahead: StageAhead | None
    rule_set: RuleSet
    # None: switched off, or nothing is prescribed, or there is no stage above.
    readiness: Readiness | None
    is_resting: bool
    open_request: StageRequest | None
    answer: StageRequest | None

    @property
    def state(self) -> StageState:
        """Return where the patient stands."""
        standing = self.open_request or self.answer
        return stage_state(self.readiness, is_resting=self.is_resting, standing=standing.status if standing else "")

    @property
    def may_ask(self) -> bool:
        """Tell whether there is a stage to ask for, and no request waits. The criteria have no say in it."""
        return bool(self.ahead and self.ahead.stage) and self.open_request is None


def load_outlook(patient: Patient, now: datetime) -> Outlook:
    """Load where a patient stands. The number of queries depends on how many stages run, not on the history."""
    today = moment_of(patient, now).local_date
    ahead = stage_ahead(patient)
    rule_set = rule_set_of(patient)
    counted = count_readiness(patient, ahead, today, rule_set) if ahead and ahead.stage and readiness_is_on() else None
    return Outlook(
        ahead=ahead,
        rule_set=rule_set,
        readiness=counted,
        is_resting=counted is not None and is_resting(patient, now),
        open_request=open_request_of(patient),
        answer=answer_of(patient),
    )


def stage_ahead(patient: Patient) -> StageAhead | None:
    """Return the stages that run and the one above all of them, or None where nothing is prescribed. Three queries.

    The newest prescription says which version of the programme counts. A stage is known in it by its key, so one that
    was prescribed from an earlier version is found again.
    """
    active = Prescription.objects.of(patient).active().select_related("stage__version").prefetch_related("pauses")
    rows = sorted(active, key=lambda row: row.pk)
    if not rows:
        return None
    newest = rows[-1]
    numbers = {stage.key: stage for stage in newest.stage.version.stages.order_by("number")}
    running = sorted(
        (row for row in rows if row.programme_id == newest.programme_id and row.stage_key in numbers),
        key=lambda row: numbers[row.stage_key].number,
    )
    top = numbers[running[-1].stage_key].number
    return StageAhead(tuple(running), next((stage for stage in numbers.values() if stage.number > top), None))


def count_readiness(patient: Patient, ahead: StageAhead, today: date, rule_set: RuleSet) -> Readiness:
    """Return the criteria of the stages that run, the worse verdict of each. Five queries for each stage."""
    values = rule_set.values
    return worse(
        [
            readiness(today, load_stage_history(patient, row, today=today, criteria=values.criteria), values)
            for row in ahead.prescriptions
        ]
    )


def is_resting(patient: Patient, now: datetime) -> bool:
    """Tell whether the pain calls for something else before the next stage. Five queries; none where switched off."""
    told = load_advice(patient, now)
    return told is not None and any(row.hides_readiness for row in told.advice)


def open_request_of(patient: Patient) -> StageRequest | None:
    """Return the request that waits for an answer. One query."""
    return StageRequest.objects.of(patient).open().select_related("stage").first()


def answer_of(patient: Patient) -> StageRequest | None:
    """Return the newest answer that the patient has not put away and no new stage has overtaken. One query."""
    own = Prescription.objects.filter(patient=patient)
    known = own.filter(stage_key=OuterRef("stage_key"), prescribed_at__lte=OuterRef(OuterRef("decided_at")))
    new_stage = own.filter(~Exists(known), prescribed_at__gt=OuterRef("decided_at"))
    newest = StageRequest.objects.of(patient).answered().order_by("-decided_at")[:1]
    return (
        StageRequest.objects.filter(pk__in=newest.values("pk"), dismissed_at=None)
        .filter(~Exists(new_stage))
        .select_related("stage", "decided_by")
        .first()
    )
