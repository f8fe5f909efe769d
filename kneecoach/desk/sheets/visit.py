"""The visit sheet: some weeks of a patient on one page, loaded in a number of queries that no history changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from exercises.models import Depth, Prescription
from kneecoach.accounts.models import Patient, Side
from kneecoach.desk.sheets.days import Days
from kneecoach.desk.sheets.said import Said, load_said
from progress.charts import PainLine, pain_line
from progress.facts import Span, load_span, moment_of
from progress.history import came_late
from progress.models import ExerciseSession, ExerciseSet, PainRating
from progress.months.done import held_sets
from progress.months.marks import STATES
from progress.months.marks import marks_of as calendar_marks
from progress.ratings import Rating, load_ratings
from progress.rules.adherence import adherence
from progress.rules.days import LocalMoment
from progress.rules.slots import DayView, SessionFact, SlotView, day_view
from progress.stages import load_prescriptions

Moment = PainRating.Moment
AROUND = (Moment.BEFORE, Moment.WORST, Moment.AFTER, Moment.HOUR_LATER)
# Has a column even where nobody was asked; "after" comes from nowhere but older records.
ALWAYS = (Moment.BEFORE, Moment.WORST, Moment.HOUR_LATER)
NOT_ANSWERED, NOT_ASKED, CORRECTED = "?", "–", "*"


@dataclass(frozen=True)
class HalfDay:
    """One morning, evening or extra session. `state` is one of the calendar's.

    `pain` has one text for each moment of the sheet, with the knees side by side; it is empty where there was no session.
    """

    state: str
    is_late: bool = False
    is_paper: bool = False
    reps_done: int | None = None
    reps_asked: int | None = None
    pain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Day:
    """One day. A day still to come has nothing but its date."""

    day: date
    halves: tuple[HalfDay, ...] = ()
    extras: tuple[HalfDay, ...] = ()
    pain_in_the_morning: str = ""


@dataclass(frozen=True)
class Week:
    """One week: its days, and what was done of what was due in it."""

    days: tuple[Day, ...]
    done: int
    due: int
    reps_done: int
    reps_asked: int
    holds_kept: int
    holds_timed: int
    holds_untimed: int
    felt_yes: int
    felt_answered: int
    worst: int | None
    worst_answered: int
    worst_asked: int
    depths: tuple[str, ...]


@dataclass(frozen=True)
class VisitSheet:
    """Everything that the page and the PDF show."""

    days: Days
    today: date
    weeks: tuple[Week, ...]
    sides: tuple[str, ...]
    moments: tuple[Moment, ...]
    prescriptions: tuple[Prescription, ...]
    worst: PainLine
    said: Said

    @property
    def has_squats(self) -> bool:
        """Tell whether a depth belongs to anything that was done."""
        return any(week.depths for week in self.weeks)


def load_visit(patient: Patient, days: Days, now: datetime) -> VisitSheet:
    """Load the days that have begun. Nine queries, four more where something was corrected."""
    moment = moment_of(patient, now)
    prescriptions = load_prescriptions(patient)
    rows = ExerciseSession.objects.with_each_hold()
    span = load_span(patient, days.first, days.last, now, rows=rows, known=prescriptions)
    ratings = load_ratings(patient, days.first, days.last)
    moments = tuple(one for one in AROUND if one in ALWAYS or any(row.moment == one for row in ratings))
    grid = _Grid(patient, span, ratings, moments, moment)
    worst: dict[date, int] = {}
    for row in ratings:
        if row.moment == Moment.WORST and row.counted is not None:
            worst[row.local_date] = max(row.counted, worst.get(row.local_date, row.counted))
    return VisitSheet(
        days=days,
        today=moment.local_date,
        weeks=tuple(grid.week(row) for row in days.weeks),
        sides=grid.sides,
        moments=moments,
        prescriptions=tuple(reversed(prescriptions)),
        worst=pain_line(worst, days.all),
        said=load_said(patient, days, span.sessions),
    )


class _Grid:
    """The rows of some days, by what asks for them."""

    def __init__(
        self,
        patient: Patient,
        span: Span,
        ratings: Sequence[Rating],
        moments: Sequence[Moment],
        moment: LocalMoment,
    ) -> None:
        self.span, self.moments, self.moment = span, moments, moment
        self.sides = _sides(patient, ratings)
        self.sessions = {row.pk: row for row in span.sessions}
        self.late = frozenset(row.pk for row in span.sessions if came_late(row))
        self.by_session: defaultdict[UUID, dict[tuple[str, str], Rating]] = defaultdict(dict)
        self.mornings: defaultdict[date, dict[str, Rating]] = defaultdict(dict)
        for row in ratings:
            if row.exercise_session_id:
                self.by_session[row.exercise_session_id][row.moment, row.side] = row
            elif row.moment == Moment.MORNING:
                self.mornings[row.local_date][row.side] = row
        self.facts: defaultdict[date, list[SessionFact]] = defaultdict(list)
        for fact in span.session_facts:
            self.facts[fact.local_date].append(fact)

    def week(self, days: Sequence[date]) -> Week:
        """Return the days of a week, and what was done in it."""
        today, given = self.moment.local_date, self.span.prescription_facts
        views = {day: day_view(day, self.moment, given, self.facts[day]) for day in days if day <= today}
        first, last = days[0], days[-1]
        sessions = [row for row in self.span.sessions if first <= row.local_date <= last]
        sets: list[Any] = [part for row in sessions for part in row.sets.all() if part.reps_recorded]  # type: ignore[attr-defined]
        counts = adherence(list(views.values()), held_sets(self.span, first, last), today=today).sessions
        worst = [rated for row in sessions for rated in self._rated(row.pk, Moment.WORST)]
        answered = [row.counted for row in worst if row.counted is not None]
        felt = [part.felt_muscle for part in sets if part.felt_muscle]
        return Week(
            days=tuple(self._day(views[day]) if day in views else Day(day) for day in days),
            done=counts.done,
            due=counts.of,
            reps_done=sum(part.reps_done for part in sets),
            reps_asked=sum(part.reps_target for part in sets),
            holds_kept=sum(part.holds_kept for part in sets),
            holds_timed=sum(part.holds_timed for part in sets),
            holds_untimed=sum(part.holds_untimed for part in sets),
            felt_yes=felt.count(ExerciseSet.Felt.YES),
            felt_answered=len(felt),
            worst=max(answered, default=None),
            worst_answered=len(answered),
            worst_asked=len(worst),
            depths=_depths(sets),
        )

    def _day(self, view: DayView) -> Day:
        marks = calendar_marks(view, self.span.prescription_facts, late=self.late, travel=())
        rated = self.mornings[view.day]
        return Day(
            view.day,
            halves=tuple(self._half(half, mark.state) for half, mark in zip(view.slots, marks.marks, strict=False)),
            extras=tuple(self._half(extra, STATES[extra.state]) for extra in view.extras),
            pain_in_the_morning=self._side_by_side(rated) if rated else "",
        )

    def _half(self, view: SlotView, state: str) -> HalfDay:
        if view.session is None:
            return HalfDay(state)
        pk = view.session.id
        sets: list[Any] = list(self.sessions[pk].sets.all())
        own = self.by_session[pk]
        return HalfDay(
            state,
            is_late=pk in self.late,
            is_paper=self.sessions[pk].entry == ExerciseSession.Entry.PAPER,
            reps_done=sum(part.reps_done for part in sets),
            reps_asked=sum(part.reps_target for part in sets),
            pain=tuple(
                self._side_by_side({side: row for (what, side), row in own.items() if what == moment})
                for moment in self.moments
            ),
        )

    def _side_by_side(self, rated: Mapping[str, Rating]) -> str:
        return " / ".join(_number(rated.get(side)) for side in self.sides)

    def _rated(self, session_id: UUID, moment: str) -> Iterable[Rating]:
        return (row for (what, _side), row in self.by_session[session_id].items() if what == moment)


def _sides(patient: Patient, ratings: Collection[Rating]) -> tuple[str, ...]:
    """Return the knees to show, left before right: those that were rated, else the patient's."""
    own = {Side.LEFT, Side.RIGHT} if patient.side == Side.BOTH else {patient.side}
    shown = {row.side for row in ratings} or own
    return tuple(side.value for side in (Side.LEFT, Side.RIGHT) if side in shown)


def _number(rating: Rating | None) -> str:
    """Return an answer as the sheet writes it: asked and not answered is not the same as not asked, and neither is zero."""
    if rating is None:
        return NOT_ASKED
    text = NOT_ANSWERED if rating.counted is None else str(rating.counted)
    return text if rating.counted == rating.value else f"{text}{CORRECTED}"


def _depths(sets: Iterable[Any]) -> tuple[str, ...]:
    """Return how deep the squats of a week were, each rung with how often; those that nobody said as well."""
    counts: defaultdict[int | None, int] = defaultdict(int)
    for part in sets:
        if part.depth_target is not None:
            counts[part.depth] += 1
    names: Mapping[int | None, str] = {rung.value: str(rung.label) for rung in Depth} | {None: _("not said")}
    return tuple(
        f"{names[depth]} ×{count}" for depth, count in sorted(counts.items(), key=lambda row: (row[0] is None, row[0]))
    )
