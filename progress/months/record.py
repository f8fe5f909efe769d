"""The record of a month, loaded in a constant number of queries, however much was done in it or before."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.charts import DayHolds, DepthReading
from progress.facts import Span, load_span, moment_of
from progress.history import KnownDays, came_late
from progress.models import Correction, ExerciseSession, Slot
from progress.months.done import LAST_DAYS, Window, window_of_month, windows
from progress.months.marks import DayMarks, marks_of
from progress.months.pain import KneePain, knees, ratings_of
from progress.ratings import load_ratings
from progress.rules.months import Month
from progress.rules.slots import DayView, SessionFact, day_view
from progress.rules.travel import ZonedSession, travel_days
from progress.rules.weekly import monday_of


@dataclass(frozen=True)
class DayWork:
    """What was done on a day with a session: repetitions of those asked for, and the holds."""

    day: date
    reps_done: int
    reps_asked: int
    holds: DayHolds


@dataclass(frozen=True)
class MonthRecord:
    """One month: its days with their marks, and in order of time what was done and said on them.

    `loaded` is all that was loaded for it: of the current month the last 28 days as well.
    """

    month: Month
    today: date
    days: tuple[DayMarks, ...]
    windows: tuple[Window, ...]
    loaded: KnownDays
    knees: tuple[KneePain, ...]
    work: tuple[DayWork, ...]
    depths: tuple[DepthReading, ...]

    @property
    def is_current(self) -> bool:
        """Tell whether it is the month of today."""
        return self.month == Month.of(self.today)


def load_month(patient: Patient, month: Month, now: datetime, prescriptions: Iterable[Prescription]) -> MonthRecord:
    """Load a month that has begun. Four queries, one more where there was a squat.

    `prescriptions` are all of the patient. Of the current month the last 28 days belong to it as well, and the one before
    them, so that what was done of them can be counted.
    """
    moment = moment_of(patient, now)
    today = moment.local_date
    is_current = month == Month.of(today)
    first = min(month.first, today - timedelta(days=max(LAST_DAYS))) if is_current else month.first
    rows = ExerciseSession.objects.with_each_hold()
    span = load_span(patient, first, month.last, now, rows=rows, known=prescriptions)
    by_day: defaultdict[date, list[SessionFact]] = defaultdict(list)
    for fact in span.session_facts:
        by_day[fact.local_date].append(fact)
    # A week that reaches into the month has its ratings on the Monday before.
    ratings = load_ratings(patient, min(first, monday_of(month.first)), month.last)
    until = min(today, month.last)
    views = [
        day_view(day, moment, span.prescription_facts, by_day[day])
        for day in (first + timedelta(days=count) for count in range((until - first).days + 1))
    ]
    own = tuple(row for row in span.sessions if row.local_date >= month.first)
    late = frozenset(row.pk for row in own if came_late(row))
    return MonthRecord(
        month=month,
        today=today,
        days=_days(month, views, span, late, _travel(patient, span, first)),
        windows=windows(views, span, today) if is_current else (window_of_month(views, span),),
        loaded=KnownDays(span.sessions, ratings),
        knees=knees(patient, ratings_of(month, ratings), {row.pk: row for row in own}),
        work=tuple(_work(own)),
        depths=tuple(_depths(own)),
    )


def _days(
    month: Month, views: list[DayView], span: Span, late: Collection[UUID], travel: Collection[date]
) -> tuple[DayMarks, ...]:
    known = {view.day: view for view in views}
    return tuple(
        marks_of(known[day], span.prescription_facts, late=late, travel=travel) if day in known else DayMarks(day)
        for day in month.days
    )


def _travel(patient: Patient, span: Span, first: date) -> frozenset[date]:
    """Return the days of travel; the first session is compared with the last one before these days."""
    live = ExerciseSession.objects.of(patient).filter(entry=ExerciseSession.Entry.LIVE)
    before = live.filter(local_date__lt=first).order_by("-local_date", "-started_at")[:1]
    # Where somebody was when they entered a session later is not known.
    rows = [*before, *(row for row in span.sessions if not row.is_entered_later)]
    return travel_days(ZonedSession(row.local_date, row.time_zone, row.started_at) for row in rows)


def _work(sessions: tuple[ExerciseSession, ...]) -> list[DayWork]:
    by_day: defaultdict[date, list[Any]] = defaultdict(list)
    for session in sessions:
        by_day[session.local_date] += session.sets.all()
    return [
        DayWork(
            day,
            reps_done=sum(row.reps_done for row in rows),
            reps_asked=sum(row.reps_target for row in rows),
            holds=DayHolds(
                day,
                timed=sum(row.holds_timed for row in rows),
                kept=sum(row.holds_kept for row in rows),
                untimed=sum(row.holds_untimed for row in rows),
            ),
        )
        for day, rows in by_day.items()
    ]


def _depths(sessions: tuple[ExerciseSession, ...]) -> list[DepthReading]:
    """Return the squats in which a repetition was recorded, with the depth that counts. No query without a squat."""
    squats = [
        (session, row)
        for session in sessions
        for row in session.sets.all()
        if row.depth_target is not None and row.reps_recorded  # type: ignore[attr-defined]
    ]
    if not squats:
        return []
    made = Correction.objects.filter(what=Correction.What.DEPTH, exercise_set__in=[row.pk for _session, row in squats])
    corrected = dict(made.order_by("corrected_at", "pk").values_list("exercise_set_id", "value"))
    return [
        DepthReading(
            session.local_date,
            row.depth_target or 0,
            corrected.get(row.pk, row.depth),
            is_evening=session.slot != Slot.MORNING,
        )
        for session, row in squats
    ]
