"""What the order of the worklist is made from: a few plain values of every patient, in a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case as SqlCase
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Concat

from exercises.models import Prescription, PrescriptionPause, Stage
from kneecoach.accounts.models import Patient, PatientQuerySet, User
from kneecoach.desk.rules import (
    ONE_DAY,
    QUIET_AFTER,
    Case,
    Counted,
    Given,
    Need,
    OnStage,
    OpenAlert,
    quiet_for,
    stages_running,
)
from progress.models import (
    Alert,
    ExerciseSession,
    Message,
    ReadinessCriterion,
    ReadinessEvaluation,
    RedFlagReport,
    StageRequest,
)
from progress.rules.days import local_moment
from progress.rules.slots import PrescriptionFact
from progress.switches import alerts_are_on, readiness_is_on

Kind = Alert.Kind
# What an alert calls for where it is not of the first order. A warning sign stands in the list as what was reported.
NEED_OF_KIND = {
    Kind.PAIN_RED: Need.PAIN,
    Kind.NOT_SETTLED: Need.UNSETTLED,
    Kind.PAIN_RISING: Need.UNSETTLED,
}
# A pause that ended longer ago makes nobody quiet or not.
LOOKED_BACK = timedelta(days=4)


def need_of(kind: str, level: str) -> Need:
    """Return why somebody should look because of an alert."""
    return Need.URGENT if level == Alert.Level.HIGH else NEED_OF_KIND.get(Kind(kind), Need.UNSETTLED)


def load_cases(patients: PatientQuerySet, user: User, now: datetime) -> list[Case]:
    """Load what is known of some patients before any is shown. Twelve queries at most, however many they are.

    Plain values all the way, and of most patients not even their prescriptions: two thousand of anything take longer
    than the page.
    """
    inside: dict[str, Any] = {"patient__in": patients.order_by().values("pk")}
    people = list(patients.order_by().values_list("pk", "name", "lead_physiotherapist_id", "time_zone", "travel_zone"))
    signs = Counter(RedFlagReport.objects.open().filter(**inside).values_list("patient_id", flat=True))
    asking = set(StageRequest.objects.open().filter(**inside).values_list("patient_id", flat=True))
    notes = Message.objects.from_patients().unread().filter(**inside).order_by()
    unread = dict(notes.values("patient_id").annotate(count=Count("pk")).values_list("patient_id", "count"))
    alerts, on_stage = _alerts(inside), _on_stage(inside)
    # Most patients were heard of lately: then their days need no look.
    silent = on_stage.keys() - _heard_since(now - QUIET_AFTER)
    again = {pk for pk, stages in on_stage.items() if any(stage.is_again for stage in stages)}
    heard, given, pauses = _heard_last(silent), _given(silent | again), _pauses(silent, now)
    last_numbers = _last_numbers()

    @cache
    def today_in(zone: str) -> date:
        return local_moment(now, zone).local_date

    def days_on_stage(pk: UUID, today: date) -> int | None:
        runs = on_stage.get(pk)
        if runs is None:
            return None
        if pk in again:
            return _days_on_stage(given[pk], today, last_numbers)
        # A run begins with the number of its stage.
        number, version_id, since, _is_again = runs[0] if len(runs) == 1 else max(runs)
        return None if number >= last_numbers[version_id] else max((today - since).days, 0)

    def quiet(pk: UUID, zone: str, today: date) -> timedelta | None:
        rows = given[pk]
        due, prescribed_at = _due(rows, zone, pauses), rows[0].prescribed_at
        return quiet_for(now, today, heard_at=heard.get(pk), prescribed_at=prescribed_at, due=due)

    counts_days = readiness_is_on()
    counted = _counted(inside) if counts_days else {}
    cases = []
    for pk, name, lead, zone, travel in people:
        today = today_in(travel or zone)
        cases.append(
            Case(
                pk,
                name,
                is_mine=lead == user.pk,
                signs=signs.get(pk, 0),
                alerts=alerts.get(pk, ()),
                is_asking=pk in asking,
                quiet=quiet(pk, zone, today) if pk in silent else None,
                heard_at=heard.get(pk),
                unread=unread.get(pk, 0),
                days_on_stage=days_on_stage(pk, today) if counts_days else None,
                criteria=counted.get(pk),
            )
        )
    return cases


def _heard_since(since: datetime) -> set[UUID]:
    """Return the patients of whom a session started later than that."""
    # No session starts on a day more than one before that of any zone; by its day it is found at once.
    first = since.date() - ONE_DAY
    lately = ExerciseSession.objects.filter(local_date__gte=first, started_at__gt=since).order_by()
    return set(lately.values_list("patient_id", flat=True).distinct())


def _heard_last(patient_ids: set[UUID]) -> dict[UUID, datetime]:
    """Return when the last session of some patients started; nothing of those who have none."""
    newest = ExerciseSession.objects.filter(patient=OuterRef("pk")).order_by("-local_date", "-started_at")
    found = (
        Patient.objects.filter(pk__in=patient_ids)
        .order_by()
        .values_list("pk", Subquery(newest.values("started_at")[:1]))
    )
    return {pk: heard for pk, heard in found if heard}


class StageRun(NamedTuple):
    """A stage that runs for a patient, and its first day; `is_again` where it had ended before, so that day may be older."""

    number: int
    version_id: int
    since: date
    is_again: bool


def _on_stage(inside: dict[str, Any]) -> defaultdict[UUID, list[StageRun]]:
    """Return the stages that run, by patient."""
    found: defaultdict[UUID, list[StageRun]] = defaultdict(list)
    active, superseded = Q(ended_on=None), Q(end_reason=Prescription.EndReason.SUPERSEDED)
    rows = (
        Prescription.objects.filter(**inside)
        .order_by()
        .values("patient_id", "programme_id", "stage_key")
        .annotate(
            running=Count("pk", filter=active),
            number=Max("stage__number", filter=active),
            version=Max("stage__version_id", filter=active),
            since=Min("starts_on", filter=active | superseded),
            ended=Count("pk", filter=~active & ~superseded),
        )
        .filter(running__gt=0)
    )
    for patient_id, number, version, since, ended in rows.values_list(
        "patient_id", "number", "version", "since", "ended"
    ):
        found[patient_id].append(StageRun(number, version, since, ended > 0))
    return found


def _alerts(inside: dict[str, Any]) -> dict[UUID, tuple[OpenAlert, ...]]:
    """Return the open alerts, by patient. Of each patient as one text, as many have the same."""
    if not alerts_are_on():
        return {}
    is_seen = SqlCase(When(seen_at=None, then=Value("")), default=Value("seen"))
    about = Concat("kind", Value(" "), "level", Value(" "), is_seen)
    rows = Alert.objects.open().filter(**inside).exclude(kind=Kind.RED_FLAG).order_by()
    told = rows.values("patient_id").annotate(told=StringAgg(about, ",", order_by="kind"))
    return {patient_id: _open_alerts(told) for patient_id, told in told.values_list("patient_id", "told")}


@lru_cache(maxsize=1000)
def _open_alerts(told: str) -> tuple[OpenAlert, ...]:
    parts = (alert.split(" ") for alert in told.split(","))
    return tuple(OpenAlert(need_of(kind, level), seen == "seen") for kind, level, seen in parts)


def _given(patient_ids: set[UUID]) -> defaultdict[UUID, list[Any]]:
    """Return all prescriptions of some patients, in the order they were made."""
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    columns = (
        *("pk", "patient_id", "programme_id", "stage_key", "stage__number", "stage__version_id", "sessions_per_day"),
        *("starts_on", "ended_on", "end_reason", "prescribed_at"),
    )
    rows = Prescription.objects.filter(patient__in=patient_ids).order_by("prescribed_at", "pk")
    for row in rows.values_list(*columns, named=True):
        found[row.patient_id].append(row)
    return found


def _counted(inside: dict[str, Any]) -> dict[UUID, Counted]:
    """Return the criteria as they were counted last, of a prescription that still runs, by patient."""
    met = Count("pk", filter=Q(verdict=ReadinessCriterion.Outcome.MET))
    of_one = ReadinessCriterion.objects.filter(evaluation=OuterRef("pk")).order_by().values("evaluation")
    counts = of_one.annotate(told=_text(met, Value(" "), Count("pk"))).values("told")
    told = _text("local_date", Value(" "), Subquery(counts))
    # For each dose the newest alone, by its index: those who stay long on a stage are counted on every day.
    newest = ReadinessEvaluation.objects.filter(prescription=OuterRef("pk")).order_by("-made_at").values(told=told)[:1]
    running = Prescription.objects.filter(**inside, ended_on=None).order_by()
    # Where two stages run, the later day comes last, and stands.
    rows = sorted(row[::-1] for row in running.values_list("patient_id", Subquery(newest)) if row[1])
    return {patient_id: _counted_of(told) for told, patient_id in rows}


def _text(*parts: Any) -> Concat:
    return Concat(*(Cast(part, TextField()) for part in parts), output_field=TextField())


@lru_cache(maxsize=1000)
def _counted_of(told: str) -> Counted:
    day, met, total = told.split(" ")
    return Counted(date.fromisoformat(day), int(met), int(total))


def _pauses(patient_ids: set[UUID], now: datetime) -> defaultdict[int, list[tuple[date, date | None]]]:
    """Return the pauses that may touch these days, by prescription."""
    found: defaultdict[int, list[tuple[date, date | None]]] = defaultdict(list)
    rows = PrescriptionPause.objects.filter(
        Q(to_on=None) | Q(to_on__gte=(now - LOOKED_BACK).date()), prescription__patient__in=patient_ids
    )
    for prescription_id, from_on, to_on in rows.order_by().values_list("prescription_id", "from_on", "to_on"):
        found[prescription_id].append((from_on, to_on))
    return found


def _last_numbers() -> dict[int, int]:
    """Return the number of the last stage of each version of the programme."""
    rows = Stage.objects.order_by().values("version_id").annotate(last=Max("number"))
    return dict(rows.values_list("version_id", "last"))


def _due(rows: list[Any], zone: str, pauses: defaultdict[int, list[Any]]) -> list[PrescriptionFact]:
    return [
        PrescriptionFact(
            id=row.pk,
            sessions_per_day=row.sessions_per_day,
            starts_on=row.starts_on,
            ended_on=row.ended_on,
            prescribed=local_moment(row.prescribed_at, zone),
            pauses=tuple(pauses[row.pk]),
        )
        for row in rows
    ]


def _days_on_stage(rows: list[Any], today: date, last_numbers: dict[int, int]) -> int | None:
    running = stages_running(given_of(row) for row in rows)
    if not running:
        return None
    key, stage = max(running.items(), key=lambda item: item[1].stage_number)
    newest = next(row for row in reversed(rows) if (row.programme_id, row.stage_key) == key)
    return stage.days(today) if stage.stage_number < last_numbers[newest.stage__version_id] else None


def given_of(row: Any) -> Given:
    """Return a prescription, or a row of its columns, as the rules need it."""
    return Given(
        key=(row.programme_id, row.stage_key),
        stage_number=row.stage.number if isinstance(row, Prescription) else row.stage__number,
        starts_on=row.starts_on,
        is_active=row.ended_on is None,
        is_superseded=row.end_reason == Prescription.EndReason.SUPERSEDED,
    )


def running(prescriptions: Iterable[Prescription]) -> list[tuple[Prescription, OnStage]]:
    """Return what runs with since when, the highest stage first."""
    rows = sorted(prescriptions, key=lambda row: (row.prescribed_at, row.pk))
    since = stages_running(given_of(row) for row in rows)
    found = [(row, since[row.programme_id, row.stage_key]) for row in rows if row.is_active]
    return sorted(found, key=lambda pair: pair[1].stage_number, reverse=True)
