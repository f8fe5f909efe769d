"""What is asked of a patient besides the questions of a session, and what they have said so far.

Rows turned into the values of progress.rules.asking and progress.rules.weekly, and into questions for a screen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q, Value

from exercises.models import Prescription
from kneecoach.accounts.models import Patient, Side
from kneecoach.prepared import Prepared
from progress.facts import moment_of, prescription_fact
from progress.history import load_pain
from progress.models import ExerciseSession, ExerciseSet, MorningCheck, PainRating, WeeklyCheck
from progress.models.sessions import ExerciseSessionQuerySet
from progress.recent import RecentPain
from progress.rules.asking import (
    HOUR_LATER_CLOSES,
    HOUR_LATER_OPENS,
    knees_to_ask_hour_later,
    morning_asks_about,
)
from progress.rules.pain import ONE_DAY, SessionPain
from progress.rules.weekly import DAYS_OF_WEEK, last_monday_of, monday_of, week_to_ask

Moment = PainRating.Moment
WEEK_MOMENTS = (Moment.WEEK_WORST, Moment.WEEK_USUAL)


class Asked(StrEnum):
    """What a question is about."""

    MORNING = "morning"
    SWELLING = "swelling"
    HOUR_LATER = "hour_later"


@dataclass(frozen=True)
class Question:
    """One question that one tap answers: about which knee, and after which session."""

    what: Asked
    side: str = ""
    session_id: UUID | None = None


@dataclass(frozen=True)
class Morning:
    """The morning check of a day: the knees it asks for and the answers so far.

    `numbers` has no entry for a knee that has not been answered, and None for one that was skipped. `swelling` is None
    before it is answered, and empty where it was skipped.
    """

    day: date
    sides: tuple[str, ...]
    numbers: Mapping[str, int | None]
    swelling: str | None

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return what is still to be answered, in order."""
        knees = tuple(Question(Asked.MORNING, side) for side in self.sides if side not in self.numbers)
        return (*knees, *(() if self.swelling is not None else (Question(Asked.SWELLING),)))

    @property
    def answers(self) -> tuple[tuple[str, int | None], ...]:
        """Return knee and number of what has been answered, left before right."""
        return tuple((side, self.numbers[side]) for side in self.sides if side in self.numbers)

    @property
    def swelling_label(self) -> str:
        """Return the swelling in words; empty where it was skipped or is not answered."""
        return str(MorningCheck.Swelling(self.swelling).label) if self.swelling else ""


@dataclass(frozen=True)
class Week:
    """The week that the weekly check asks about: its Monday, the knees, and the answers so far, if any were given."""

    monday: date
    sides: tuple[str, ...]
    numbers: Mapping[tuple[str, str], int | None]
    check: WeeklyCheck | None

    @property
    def sunday(self) -> date:
        """Return its last day."""
        return self.monday + timedelta(days=DAYS_OF_WEEK - 1)


@dataclass(frozen=True)
class Asking:
    """Everything that is open for a patient: questions in order, and the morning check of today if there is one."""

    questions: tuple[Question, ...]
    morning: Morning | None

    @property
    def question(self) -> Question | None:
        """Return the question that is asked now."""
        return next(iter(self.questions), None)


def load_asking(patient: Patient, now: datetime) -> Asking:
    """Return what Today asks for. The morning comes first: it is about an earlier day."""
    morning = load_morning(patient, now)
    return Asking((*(morning.questions if morning else ()), *load_hour_later(patient, now)), morning)


def load_morning(patient: Patient, now: datetime) -> Morning | None:
    """Return the morning check that can be answered now, answered or not. None outside its hours, or without a session.

    At most three queries.
    """
    moment = moment_of(patient, now)
    yesterday = moment.local_date - ONE_DAY
    if morning_asks_about(moment, (yesterday,)) is None:
        return None
    sets = ExerciseSet.objects.filter(exercise_session__patient=patient, exercise_session__local_date=yesterday)
    sides = knees_of(sets.order_by().values_list("side", flat=True).distinct())
    if not sides:
        return None
    ratings = PainRating.objects.of(patient).filter(local_date=moment.local_date, moment=Moment.MORNING)
    check = MorningCheck.objects.filter(patient=patient, local_date=moment.local_date).first()
    return Morning(
        moment.local_date, sides, dict(ratings.values_list("side", "value")), check.swelling if check else None
    )


def ended_about_an_hour_ago(patient: Patient, now: datetime) -> ExerciseSessionQuerySet:
    """Return the sessions that it is the time to ask about."""
    return ExerciseSession.objects.of(patient).filter(
        # Nobody knows when one that was entered later really ended.
        entry=ExerciseSession.Entry.LIVE,
        ended_at__range=(now - HOUR_LATER_CLOSES, now - HOUR_LATER_OPENS),
    )


def load_hour_later(patient: Patient, now: datetime, recent: RecentPain | None = None) -> tuple[Question, ...]:
    """Return the knees that are asked for about an hour after a session. One query where the recent pain is known.

    Else three more for each session that ended at that time.
    """
    return tuple(
        Question(Asked.HOUR_LATER, side, session.pk)
        for session in ENDED(patient.pk, now)
        if (pain := recent.of(session) if recent and recent.covers(session) else pain_around(patient, session))
        for side in knees_to_ask_hour_later(pain, ended_at=session.ended_at, now=now)  # type: ignore[arg-type]
    )


def _ended(patient: Any, now: Any) -> ExerciseSessionQuerySet:
    return ended_about_an_hour_ago(patient, Value(now)).order_by("ended_at")  # type: ignore[arg-type]


ENDED = Prepared(_ended, UUID(int=0), datetime(2000, 1, 5, tzinfo=UTC))


def pain_around(patient: Patient, session: ExerciseSession) -> SessionPain:
    """Return the pain around one session of a patient."""
    found = load_pain(patient, session.local_date, session.local_date)
    return next(row for row in found.sessions if row.session_id == session.pk)


def load_week(patient: Patient, now: datetime) -> Week | None:
    """Return the week that is asked about, answered or not; None where nothing was prescribed in it."""
    today = moment_of(patient, now).local_date
    last_monday = last_monday_of(today)
    rows = (
        Prescription.objects.of(patient)
        .filter(Q(ended_on=None) | Q(ended_on__gt=last_monday), starts_on__lt=monday_of(today))
        .prefetch_related("pauses")
    )
    facts = {row: prescription_fact(row, patient.time_zone) for row in rows}
    monday = week_to_ask(today, facts.values())
    if monday is None:
        return None
    ratings = PainRating.objects.of(patient).filter(local_date=monday, exercise_session=None, moment__in=WEEK_MOMENTS)
    return Week(
        monday,
        knees_of(row.side for row, fact in facts.items() if week_to_ask(today, [fact])),
        {(moment, side): value for moment, side, value in ratings.values_list("moment", "side", "value")},
        WeeklyCheck.objects.filter(patient=patient, week_starts_on=monday).first(),
    )


def knees_of(sides: Iterable[str]) -> tuple[str, ...]:
    """Return the knees that sides stand for, left before right."""
    named = set(sides)
    return tuple(side.value for side in (Side.LEFT, Side.RIGHT) if named & {side, Side.BOTH})
