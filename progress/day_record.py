"""What is on record of one day: its sessions down to each repetition, pain at every moment, the morning, what was told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Min, Q

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.facts import load_span, moment_of
from progress.history import came_late
from progress.models import (
    Correction,
    ExerciseSession,
    ExerciseSet,
    Message,
    MorningCheck,
    PainRating,
    RedFlagReport,
    Rep,
    WeeklyCheck,
)
from progress.records import Item, load_records
from progress.rules.days import local_moment
from progress.rules.slots import DayView, SlotView, day_view

What = Correction.What
Moment = PainRating.Moment


@dataclass(frozen=True)
class SetRecord:
    """One set: its row, loaded `with_each_hold`, every attempt at a repetition, and what was said of it."""

    row: ExerciseSet
    reps: tuple[Rep, ...]
    items: dict[str, Item]

    @property
    def standing(self) -> tuple[Rep, ...]:
        """Return the repetitions that count, by number."""
        return tuple(rep for rep in self.reps if rep.voided_at is None)

    @property
    def taken_back(self) -> int:
        """Return how many were taken back."""
        return len(self.reps) - len(self.standing)


@dataclass(frozen=True)
class SessionRecord:
    """One session. `pain` are its ratings moment by moment, `received_at` is when the last of it arrived if that was late."""

    row: ExerciseSession
    view: SlotView
    sets: tuple[SetRecord, ...]
    pain: tuple[tuple[str, tuple[Item, ...]], ...]
    items: tuple[Item, ...]
    notes: tuple[Message, ...]
    is_late: bool
    received_at: datetime | None

    @property
    def corrected(self) -> tuple[Item, ...]:
        """Return what was said anew."""
        return tuple(item for item in self.items if item.corrections)

    @property
    def effort(self) -> Item:
        """Return how hard it was."""
        return next(item for item in self.items if item.what == What.EFFORT)


@dataclass(frozen=True)
class DayRecord:
    """One day of a patient. `pain` are the ratings of the morning, and of the week that begins on it."""

    day: date
    today: date
    view: DayView
    sessions: tuple[SessionRecord, ...]
    morning_pain: tuple[PainRating, ...]
    morning: MorningCheck | None
    week_pain: tuple[PainRating, ...]
    week: WeeklyCheck | None
    signs: tuple[RedFlagReport, ...]
    notes: tuple[Message, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing at all is on record."""
        told = (self.sessions, self.morning_pain, self.morning, self.week_pain, self.week, self.signs, self.notes)
        return not any(told)


def first_day_of(patient: Patient, now: datetime, prescriptions: Iterable[Prescription] | None = None) -> date:
    """Return the first day that anything can be on record of: when the patient was entered, or had something to do.

    One query; none where all `prescriptions` are known.
    """
    if prescriptions is None:
        due = Prescription.objects.of(patient).aggregate(first=Min("starts_on"))["first"]
    else:
        due = min((row.starts_on for row in prescriptions), default=None)
    entered = local_moment(min(patient.created_at, now), patient.zone_now).local_date
    return min(due, entered) if due else entered


def load_day(patient: Patient, day: date, now: datetime) -> DayRecord:
    """Load everything of one day. Fifteen queries, however much was done on it or before."""
    moment = moment_of(patient, now)
    rows = ExerciseSession.objects.with_each_hold().prefetch_related("sets__stage")
    span = load_span(patient, day, day, now, rows=rows)
    view = day_view(day, moment, span.prescription_facts, span.session_facts)
    views = {part.session.id: part for part in (*view.slots, *view.extras) if part.session}
    reps = _reps(span.sessions)
    received = _received(reps)
    records = load_records(span.sessions)
    notes = _notes(patient, day, span.sessions)
    ratings = list(PainRating.objects.of(patient).filter(exercise_session=None, local_date=day).order_by("side"))
    weekly = (Moment.WEEK_WORST, Moment.WEEK_USUAL)
    return DayRecord(
        day=day,
        today=moment.local_date,
        view=view,
        sessions=tuple(
            _session(row, views[row.pk], reps, records[row.pk], notes, received.get(row.pk)) for row in span.sessions
        ),
        morning_pain=tuple(row for row in ratings if row.moment not in weekly),
        morning=MorningCheck.objects.filter(patient=patient, local_date=day).first(),
        week_pain=tuple(row for row in ratings if row.moment in weekly),
        week=WeeklyCheck.objects.filter(patient=patient, week_starts_on=day).first(),
        signs=tuple(RedFlagReport.objects.filter(patient=patient, local_date=day).select_related("cleared_by")),
        notes=tuple(notes[None]),
    )


def _session(
    row: ExerciseSession,
    view: SlotView,
    reps: dict[object, list[Rep]],
    items: tuple[Item, ...],
    notes: dict[object, list[Message]],
    received_at: datetime | None,
) -> SessionRecord:
    ratings = [item for item in items if item.pain_rating]
    is_late = came_late(row)
    return SessionRecord(
        row=row,
        view=view,
        sets=tuple(
            SetRecord(
                part,
                tuple(reps[part.pk]),
                {item.what.value: item for item in items if item.exercise_set and item.exercise_set.pk == part.pk},
            )
            for part in row.sets.all()
        ),
        pain=tuple((moment, tuple(found)) for moment, found in groupby(ratings, key=_moment_of)),
        items=items,
        notes=tuple(notes[row.pk]),
        is_late=is_late,
        received_at=received_at if is_late and not row.is_entered_later else None,
    )


def _moment_of(item: Item) -> str:
    return item.pain_rating.get_moment_display() if item.pain_rating else ""


def _reps(sessions: Sequence[ExerciseSession]) -> defaultdict[object, list[Rep]]:
    """Return every repetition by set, with what another device said about it. Two queries."""
    rows = Rep.objects.filter(exercise_set__exercise_session__in=sessions).select_related("exercise_set")
    found: defaultdict[object, list[Rep]] = defaultdict(list)
    for rep in rows.prefetch_related("conflicts").order_by("number", "received_at"):
        found[rep.exercise_set_id].append(rep)
    return found


def _received(reps: dict[object, list[Rep]]) -> dict[object, datetime]:
    """Return when the last repetition of each session arrived."""
    found: dict[object, datetime] = {}
    for rep in (rep for rows in reps.values() for rep in rows):
        key = rep.exercise_set.exercise_session_id
        found[key] = max(found.get(key, rep.received_at), rep.received_at)
    return found


def _notes(patient: Patient, day: date, sessions: Iterable[ExerciseSession]) -> defaultdict[object, list[Message]]:
    """Return the messages of a day: those of its sessions, whenever they were written, and the others. One query."""
    ids = {row.pk for row in sessions}
    near = Q(exercise_session=None, sent_at__date__range=(day, day + timedelta(days=1)))
    rows = Message.objects.of(patient).filter(near | Q(exercise_session__in=ids)).select_related("author", "read_by")
    found: defaultdict[object, list[Message]] = defaultdict(list)
    for row in rows.order_by("sent_at", "pk"):
        if row.exercise_session_id or local_moment(row.sent_at, patient.zone_now).local_date == day:
            found[row.exercise_session_id].append(row)
    return found
