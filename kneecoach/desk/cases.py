"""What the order of the worklist is made from: a few plain values of every patient, in a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, Subquery

from exercises.models import Prescription, PrescriptionPause, Stage
from kneecoach.accounts.models import PatientQuerySet, User
from kneecoach.desk.rules import QUIET_AFTER, Case, Given, Need, OnStage, OpenAlert, quiet_for, stages_running
from progress.models import Alert, ExerciseSession, Message, RedFlagReport, StageRequest
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
    """Load what is known of some patients before any is shown. Eight queries, however many they are.

    Plain values all the way: two thousand model instances would take longer than everything else.
    """
    inside: dict[str, Any] = {"patient__in": patients.order_by().values("pk")}
    heard = ExerciseSession.objects.filter(patient=OuterRef("pk")).order_by("-local_date", "-started_at")
    people = (
        patients.order_by()
        .annotate(heard_at=Subquery(heard.values("started_at")[:1]))
        .values_list("pk", "name", "lead_physiotherapist_id", "time_zone", "travel_zone", "heard_at")
    )
    signs = Counter(RedFlagReport.objects.open().filter(**inside).values_list("patient_id", flat=True))
    asking = set(StageRequest.objects.open().filter(**inside).values_list("patient_id", flat=True))
    notes = Message.objects.from_patients().unread().filter(**inside).order_by()
    unread = dict(notes.values("patient_id").annotate(count=Count("pk")).values_list("patient_id", "count"))
    alerts, given, pauses = _alerts(inside), _given(inside), _pauses(inside, now)
    last_numbers = _last_numbers()

    @cache
    def today_in(zone: str) -> date:
        return local_moment(now, zone).local_date

    def case(pk: UUID, name: str, lead: int | None, zone: str, travel: str, heard_at: datetime | None) -> Case:
        rows, today = given[pk], today_in(travel or zone)
        is_on = any(row.ended_on is None for row in rows)
        # Most patients were heard of lately: then their days need no look.
        may_be_quiet = is_on and (heard_at is None or now - heard_at >= QUIET_AFTER)
        return Case(
            patient_id=pk,
            name=name,
            is_mine=lead == user.pk,
            signs=signs[pk],
            alerts=tuple(alerts[pk]),
            is_asking=pk in asking,
            quiet=quiet_for(
                now,
                today,
                heard_at=heard_at,
                prescribed_at=rows[0].prescribed_at if is_on else None,
                due=_due(rows, zone, pauses) if may_be_quiet else (),
            ),
            heard_at=heard_at,
            unread=unread.get(pk, 0),
            days_on_stage=_days_on_stage(rows, today, last_numbers) if readiness_is_on() else None,
        )

    return [case(*row) for row in people]


def _alerts(inside: dict[str, Any]) -> defaultdict[UUID, list[OpenAlert]]:
    found: defaultdict[UUID, list[OpenAlert]] = defaultdict(list)
    if alerts_are_on():
        rows = Alert.objects.open().filter(**inside).exclude(kind=Kind.RED_FLAG).order_by()
        for patient_id, kind, level, seen_at in rows.values_list("patient_id", "kind", "level", "seen_at"):
            found[patient_id].append(OpenAlert(need_of(kind, level), seen_at is not None))
    return found


def _given(inside: dict[str, Any]) -> defaultdict[UUID, list[Any]]:
    """Return all prescriptions by patient, in the order they were made."""
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    columns = (
        *("pk", "patient_id", "programme_id", "stage_key", "stage__number", "stage__version_id", "sessions_per_day"),
        *("starts_on", "ended_on", "end_reason", "prescribed_at"),
    )
    rows = Prescription.objects.filter(**inside).order_by("prescribed_at", "pk")
    for row in rows.values_list(*columns, named=True):
        found[row.patient_id].append(row)
    return found


def _pauses(inside: dict[str, Any], now: datetime) -> defaultdict[int, list[tuple[date, date | None]]]:
    """Return the pauses that may touch these days, by prescription."""
    found: defaultdict[int, list[tuple[date, date | None]]] = defaultdict(list)
    rows = PrescriptionPause.objects.filter(
        Q(to_on=None) | Q(to_on__gte=(now - LOOKED_BACK).date()), prescription__patient__in=inside["patient__in"]
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
