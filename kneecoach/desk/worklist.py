"""The rows of one page of the worklist: everything that is shown of a few patients, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case as SqlCase
from django.db.models import Prefetch, Q, When

from exercises.access import in_readers_language
from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from kneecoach.desk.cases import running
from kneecoach.desk.rules import Case, Need, OnStage
from progress.charts import PainLine, pain_line
from progress.facts import moment_of, prescription_fact, session_fact
from progress.history import PAIN_DAYS, RATING_COLUMNS, KnownDays, Rating, load_stage_history
from progress.models import (
    Alert,
    AlertEvidence,
    ExerciseSession,
    Message,
    MorningCheck,
    PainRating,
    RedFlagReport,
    RuleSet,
    StageRequest,
)
from progress.rules.adherence import Share, adherence
from progress.rules.limits import Preset
from progress.rules.readiness import Readiness, readiness, worse
from progress.rules.slots import day_view
from progress.switches import alerts_are_on, pain_advice_is_on, readiness_is_on

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
    # Only where the days on the stage are a reason to look.
    readiness: Readiness | None

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
    sessions: dict[UUID, list[ExerciseSession]]
    ratings: dict[UUID, list[Rating]]
    swollen: dict[UUID, list[date]]
    rule_sets: dict[UUID | None, RuleSet]


def load_rows(cases: Sequence[Case], now: datetime) -> list[Row]:
    """Load what a page shows of some patients, in their order.

    Fourteen queries, however many they are; some more in another language than the programme is written in.
    """
    keys = [case.patient_id for case in cases]
    patients = Patient.objects.select_related("lead_physiotherapist").in_bulk(keys)
    stuck = [case.patient_id for case in cases if is_stuck(case)]
    loaded = _load(keys, stuck, now)
    return [_row(case, patients[case.patient_id], loaded, now) for case in cases if case.patient_id in patients]


def is_stuck(case: Case) -> bool:
    """Tell whether the days on the stage are a reason to look: then the criteria are counted."""
    return readiness_is_on() and Need.LONG in case.needs


def _load(keys: list[UUID], stuck: list[UUID], now: datetime) -> _Loaded:
    own = {"patient__in": keys}
    rule_sets = _rule_sets(keys)
    windows = [row.window_days for row in rule_sets.values()]
    # A day more than is looked at: today is another day in another zone.
    first = now.date() - timedelta(days=max([PAIN_DAYS, *windows] if stuck else [LINE_DAYS]) + 1)
    # Where no criteria are counted, only the last days are: each session means reading its repetitions.
    week = Q(local_date__gte=now.date() - timedelta(days=SESSION_DAYS + 1)) | Q(patient__in=stuck)
    alerts = Alert.objects.open().filter(**own).exclude(kind=Alert.Kind.RED_FLAG).select_related("seen_by")
    requests = list(StageRequest.objects.open().filter(**own).select_related("stage"))
    prescriptions = list(
        Prescription.objects.filter(**own)
        .select_related("stage")
        .prefetch_related("pauses")
        .order_by("prescribed_at", "pk")
    )
    in_readers_language([*(row.stage for row in requests), *(row.stage for row in prescriptions)])
    sessions = ExerciseSession.objects.with_holds().filter(week, **own, local_date__gte=first)
    ratings = PainRating.objects.filter(**own, local_date__gte=first).counting().order_by("rated_at", "pk")
    swollen = MorningCheck.objects.filter(**own, local_date__gte=first, swelling=MorningCheck.Swelling.MARKED)
    return _Loaded(
        signs=_by_patient(RedFlagReport.objects.filter(**own).open().prefetch_related("signs")),
        alerts=_by_patient(
            alerts.prefetch_related(newest_number()).order_by(PRESSING, "-opened_at") if alerts_are_on() else ()
        ),
        requests=_by_patient(requests),
        notes=_by_patient(Message.objects.filter(**own).from_patients().unread().order_by("sent_at")),
        prescriptions=_by_patient(prescriptions),
        sessions=_by_patient(sessions.order_by("started_at", "pk")),
        ratings=_by_patient(ratings.values_list("patient_id", *RATING_COLUMNS, named=True)),
        swollen=_days_by_patient(swollen.values_list("patient_id", "local_date")),
        rule_sets=rule_sets,
    )


def newest_number() -> "Prefetch[Any]":
    """Load the newest number of each alert, as its only evidence: one that stands for weeks has hundreds."""
    rows = AlertEvidence.objects.filter(value__isnull=False).order_by("alert_id", "-local_date", "-pk")
    return Prefetch("evidence", rows.distinct("alert_id"))


def _rule_sets(keys: list[UUID]) -> dict[UUID | None, RuleSet]:
    """Return the newest limits and criteria by patient, unless they were handed back; the clinic's under None."""
    rows = RuleSet.objects.filter(Q(patient__in=keys) | Q(patient=None)).order_by("patient_id", "-version")
    newest = rows.distinct("patient_id")
    return {row.patient_id: row for row in newest if row.patient_id is None or row.preset != Preset.CLINIC}


def _by_patient(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _days_by_patient(rows: Iterable[tuple[UUID, date]]) -> dict[UUID, list[date]]:
    found: defaultdict[UUID, list[date]] = defaultdict(list)
    for patient_id, day in rows:
        found[patient_id].append(day)
    return found


def _row(case: Case, patient: Patient, loaded: _Loaded, now: datetime) -> Row:
    key, today = patient.pk, moment_of(patient, now).local_date
    rule_set = loaded.rule_sets.get(key) or loaded.rule_sets[None]
    limit = rule_set.amber_max if pain_advice_is_on() else None
    worst = _worst_by_day(loaded.ratings[key])
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
        readiness=_readiness(patient, loaded, rule_set, today) if is_stuck(case) else None,
    )


def _worst_by_day(ratings: Iterable[Rating]) -> dict[date, int]:
    worst: dict[date, int] = {}
    for row in ratings:
        if row.moment in OF_A_DAY and row.counted is not None:
            worst[row.local_date] = max(row.counted, worst.get(row.local_date, 0))
    return worst


def _sessions_done(patient: Patient, loaded: _Loaded, now: datetime) -> Share:
    moment = moment_of(patient, now)
    first = moment.local_date - timedelta(days=SESSION_DAYS - 1)
    facts = [prescription_fact(row, patient.time_zone) for row in loaded.prescriptions[patient.pk]]
    sessions = [session_fact(row, now) for row in loaded.sessions[patient.pk] if row.local_date >= first]
    views = [day_view(first + timedelta(days=count), moment, facts, sessions) for count in range(SESSION_DAYS)]
    return adherence(views, (), today=moment.local_date).sessions


def _readiness(patient: Patient, loaded: _Loaded, rule_set: RuleSet, today: date) -> Readiness:
    key, values = patient.pk, rule_set.values
    known = KnownDays(
        loaded.sessions[key],
        loaded.ratings[key],
        swollen=frozenset(loaded.swollen[key]),
        has_open_flag=bool(loaded.signs[key]) or any(row.level == Alert.Level.HIGH for row in loaded.alerts[key]),
    )
    histories = (
        load_stage_history(patient, row, today=today, criteria=values.criteria, days=known)
        for row in loaded.prescriptions[key]
        if row.is_active
    )
    return worse([readiness(today, history, values) for history in histories])
