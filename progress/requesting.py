"""The next stage of a patient: which it is, how the criteria stand, what was asked and answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from exercises.access import in_readers_language
from exercises.models import Prescription, Stage
from kneecoach.accounts.models import Patient
from progress.advice import load_advice
from progress.facts import moment_of
from progress.history import KnownDays, load_stage_history, rule_set_of
from progress.models import RuleSet, StageRequest
from progress.models.readiness import StageRequestQuerySet
from progress.rules.pain import PainHistory
from progress.rules.readiness import Readiness, StageHistory, readiness, worse
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


@dataclass(frozen=True)
class Known:
    """What a page has loaded already; None for what it has not.

    The rule set of the patient; all prescriptions with the version of their stage and their pauses; the sessions of the
    last 28 days at least, `with_each_hold`, and all ratings of these days.
    """

    rule_set: RuleSet | None = None
    prescriptions: Sequence[Prescription] | None = None
    days: KnownDays | None = None


def load_outlook(patient: Patient, now: datetime, known: Known | None = None) -> Outlook:
    """Load where a patient stands. The number of queries depends on how many stages run, not on the history."""
    known = known or Known()
    today = moment_of(patient, now).local_date
    ahead = stage_ahead(patient, known.prescriptions)
    rule_set = known.rule_set or rule_set_of(patient)
    is_counted = ahead is not None and ahead.stage is not None and readiness_is_on()
    histories = load_histories(patient, ahead, today, rule_set, known.days) if ahead and is_counted else []
    return Outlook(
        ahead=ahead,
        rule_set=rule_set,
        readiness=_count(histories, today, rule_set) if is_counted else None,
        # The days of every stage's history hold the last two weeks of pain.
        is_resting=bool(histories) and is_resting(patient, now, pain=histories[0].pain, rule_set=rule_set),
        open_request=open_request_of(patient),
        answer=answer_of(patient),
    )


def stage_ahead(patient: Patient, known: Sequence[Prescription] | None = None) -> StageAhead | None:
    """Return the stages that run and the one above all of them, or None where nothing is prescribed. Three queries.

    The newest prescription says which version of the programme counts. A stage is known in it by its key, so one that
    was prescribed from an earlier version is found again.
    """
    if known is None:
        own = Prescription.objects.of(patient).active()
        known = list(own.select_related("stage__version").prefetch_related("pauses"))
    rows = sorted((row for row in known if row.is_active), key=lambda row: row.pk)
    if not rows:
        return None
    newest = rows[-1]
    numbers = {stage.key: stage for stage in newest.stage.version.stages.order_by("number")}
    in_readers_language([*numbers.values(), *(row.stage for row in rows)])
    running = sorted(
        (row for row in rows if row.programme_id == newest.programme_id and row.stage_key in numbers),
        key=lambda row: numbers[row.stage_key].number,
    )
    top = numbers[running[-1].stage_key].number
    return StageAhead(tuple(running), next((stage for stage in numbers.values() if stage.number > top), None))


def count_readiness(patient: Patient, ahead: StageAhead, today: date, rule_set: RuleSet) -> Readiness:
    """Return the criteria of the stages that run, the worse verdict of each. Five queries for each stage."""
    return _count(load_histories(patient, ahead, today, rule_set), today, rule_set)


def load_histories(
    patient: Patient,
    ahead: StageAhead,
    today: date,
    rule_set: RuleSet,
    days: KnownDays | None = None,
) -> list[StageHistory]:
    """Return what the criteria of each stage that runs look at. Five queries for each; two with known days."""
    criteria = rule_set.values.criteria
    return [load_stage_history(patient, row, today=today, criteria=criteria, days=days) for row in ahead.prescriptions]


def _count(histories: Sequence[StageHistory], today: date, rule_set: RuleSet) -> Readiness:
    return worse([readiness(today, history, rule_set.values) for history in histories])


def is_resting(
    patient: Patient, now: datetime, *, pain: PainHistory | None = None, rule_set: RuleSet | None = None
) -> bool:
    """Tell whether the pain calls for something else before the next stage. Never where advice is switched off.

    Five queries, one where pain and limits are loaded already.
    """
    told = load_advice(patient, now, pain=pain, rule_set=rule_set)
    return told is not None and any(row.hides_readiness for row in told.advice)


def open_request_of(patient: Patient) -> StageRequest | None:
    """Return the request that waits for an answer. One query."""
    found = StageRequest.objects.of(patient).open().select_related("stage").first()
    in_readers_language([found.stage] if found else [])
    return found


def answers_to(patient: Patient) -> StageRequestQuerySet:
    """Return what was answered to the requests of a patient."""
    return StageRequest.objects.of(patient).answered()


def answer_of(patient: Patient) -> StageRequest | None:
    """Return the newest answer that the patient has not put away and no new stage has overtaken.

    One query; one more where there is an answer.
    """
    newest = standing_answer_of(patient)
    return None if newest is None or newest.dismissed_at else newest


def standing_answer_of(patient: Patient) -> StageRequest | None:
    """Return the newest answer that no new stage has overtaken, whether or not the patient has put it away.

    One query; one more where there is an answer.
    """
    answered = answers_to(patient).select_related("stage", "decided_by")
    newest = answered.order_by("-decided_at").first()
    if newest is None:
        return None
    in_readers_language([newest.stage])
    own = Prescription.objects.filter(patient=patient)
    known = own.filter(stage_key=OuterRef("stage_key"), prescribed_at__lte=newest.decided_at)
    is_overtaken = own.filter(~Exists(known), prescribed_at__gt=newest.decided_at).exists()
    return None if is_overtaken else newest
