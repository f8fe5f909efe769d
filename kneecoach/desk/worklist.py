"""The rows of one page of the worklist: everything that is shown of a few patients, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case as SqlCase
from django.db.models import Max, Prefetch, When

from exercises.access import in_readers_language
from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from kneecoach.desk.cases import running
from kneecoach.desk.rules import Case, OnStage
from progress.charts import PainLine, pain_line
from progress.facts import moment_of, prescription_fact
from progress.many import load_rule_sets, load_session_facts
from progress.models import (
    Alert,
    AlertEvidence,
    Message,
    PainRating,
    RedFlagReport,
    RuleSet,
    StageRequest,
)
from progress.rules.adherence import Share, adherence
from progress.rules.slots import SessionFact, day_view
from progress.switches import alerts_are_on, pain_advice_is_on

SESSION_DAYS, LINE_DAYS = 7, 14
Moment = PainRating.Moment
# A whole week has a number of its own, which is of no single day.
OF_A_DAY = frozenset(Moment) - {Moment.WEEK_WORST, Moment.WEEK_USUAL}
PRESSING = SqlCase(When(level=Alert.Level.HIGH, then=0), When(level=Alert.Level.REVIEW, then=1), default=2)


@dataclass(frozen=True)
class DayPain:
    """The worst pain of one day, at whatever moment. `is_over` tells whether it is over the limit; None without limits."""

    day: date
    value: int
    is_over: bool | None


@dataclass(frozen=True)
class Row:
    """One patient on the worklist."""

    case: Case
    patient: Patient
    today: date
    signs: tuple[RedFlagReport, ...]
    alerts: tuple[Alert, ...]
    request: StageRequest | None
    note: Message | None
    stages: tuple[tuple[Prescription, OnStage, int], ...]
    # Sessions done of those due in the last seven days.
    sessions: Share
    # The last day that has a number, and the days before today as a line.
    pain: DayPain | None
    line: PainLine
    worst: dict[date, int]

    @property
    def unseen(self) -> tuple[Alert, ...]:
        """Return the alerts that nobody has seen."""
        return tuple(alert for alert in self.alerts if alert.seen_at is None)


@dataclass(frozen=True)
class _Loaded:
    """What belongs to the patients of a page, by patient."""

    signs: dict[UUID, list[RedFlagReport]]
    alerts: dict[UUID, list[Alert]]
    requests: dict[UUID, list[StageRequest]]
    notes: dict[UUID, list[Message]]
    prescriptions: dict[UUID, list[Prescription]]
    sessions: dict[UUID, list[SessionFact]]
    worst: dict[UUID, dict[date, int]]
    rule_sets: dict[UUID | None, RuleSet]


def load_rows(cases: Sequence[Case], now: datetime) -> list[Row]:
    """Load what a page shows of some patients, in their order.

    Fourteen queries, however many they are; some more in another language than the programme is written in.
    """
    keys = [case.patient_id for case in cases]
    patients = Patient.objects.select_related("lead_physiotherapist").in_bulk(keys)
    loaded = _load(keys, now)
    return [_row(case, patients[case.patient_id], loaded, now) for case in cases if case.patient_id in patients]


def _load(keys: list[UUID], now: datetime) -> _Loaded:
    own = {"patient__in": keys}
    alerts = Alert.objects.open().filter(**own).exclude(kind=Alert.Kind.RED_FLAG).select_related("seen_by")
    requests = list(StageRequest.objects.open().filter(**own).select_related("stage"))
    prescriptions = list(
        Prescription.objects.filter(**own)
        .select_related("stage")
        .prefetch_related("pauses")
        .order_by("prescribed_at", "pk")
    )
    in_readers_language([*(row.stage for row in requests), *(row.stage for row in prescriptions)])
    return _Loaded(
        signs=_by_patient(RedFlagReport.objects.filter(**own).open().prefetch_related("signs")),
        alerts=_by_patient(
            alerts.prefetch_related(newest_number()).order_by(PRESSING, "-opened_at") if alerts_are_on() else ()
        ),
        requests=_by_patient(requests),
        notes=_by_patient(Message.objects.filter(**own).from_patients().unread().order_by("sent_at")),
        prescriptions=_by_patient(prescriptions),
        sessions=load_session_facts(keys, _days_before(now, SESSION_DAYS), now),
        worst=_worst_by_day(keys, now),
        rule_sets=load_rule_sets(keys),
    )


def _worst_by_day(keys: list[UUID], now: datetime) -> dict[UUID, dict[date, int]]:
    """Return the worst pain of each of the last days that has a number, at whatever moment."""
    rows = (
        PainRating.objects.filter(patient__in=keys, local_date__gte=_days_before(now, LINE_DAYS), moment__in=OF_A_DAY)
        .counting()
        .order_by()
        .values("patient_id", "local_date")
        .annotate(worst=Max("counted"))
        .exclude(worst=None)
    )
    found: defaultdict[UUID, dict[date, int]] = defaultdict(dict)
    for patient_id, day, worst in rows.values_list("patient_id", "local_date", "worst"):
        found[patient_id][day] = worst
    return found


def _days_before(now: datetime, days: int) -> date:
    """Return the first day that may be among the last so many: one more, as today is another day in another zone."""
    return now.date() - timedelta(days=days + 1)


def newest_number() -> "Prefetch[Any]":
    """Load the newest number of each alert, as its only evidence: one that stands for weeks has hundreds."""
    rows = AlertEvidence.objects.filter(value__isnull=False).order_by("alert_id", "-local_date", "-pk")
    return Prefetch("evidence", rows.distinct("alert_id"))


def _by_patient(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _row(case: Case, patient: Patient, loaded: _Loaded, now: datetime) -> Row:
    key, today = patient.pk, moment_of(patient, now).local_date
    rule_set = loaded.rule_sets.get(key) or loaded.rule_sets[None]
    limit = rule_set.amber_max if pain_advice_is_on() else None
    worst = loaded.worst[key]
    days = [today - timedelta(days=back) for back in reversed(range(LINE_DAYS))]
    told = max((day for day in worst if day >= days[0]), default=None)
    return Row(
        case=case,
        patient=patient,
        today=today,
        signs=tuple(loaded.signs[key]),
        alerts=tuple(loaded.alerts[key]),
        request=next(iter(loaded.requests[key]), None),
        note=next(reversed(loaded.notes[key]), None),
        stages=tuple((row, on, on.days(today)) for row, on in running(loaded.prescriptions[key])),
        sessions=_sessions_done(patient, loaded, now),
        pain=None if told is None else DayPain(told, worst[told], None if limit is None else worst[told] > limit),
        line=pain_line(worst, days, limit),
        worst={day: worst[day] for day in days if day in worst},
    )


def _sessions_done(patient: Patient, loaded: _Loaded, now: datetime) -> Share:
    moment = moment_of(patient, now)
    first = moment.local_date - timedelta(days=SESSION_DAYS - 1)
    facts = [prescription_fact(row, patient.time_zone) for row in loaded.prescriptions[patient.pk]]
    sessions = [row for row in loaded.sessions[patient.pk] if row.local_date >= first]
    views = [day_view(first + timedelta(days=count), moment, facts, sessions) for count in range(SESSION_DAYS)]
    return adherence(views, (), today=moment.local_date).sessions
