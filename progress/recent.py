"""The ratings of the last two weeks, and the pain history that the advice is made of: one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Protocol
from uuid import UUID

from django.db.models import QuerySet

from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared
from progress.history import PAIN_DAYS
from progress.models import ExerciseSession, PainRating
from progress.ratings import RATING_COLUMNS, Moment, Rating, by_session_and_morning
from progress.rules.pain import PainHistory, SessionPain

OF_SESSION = ("exercise_session__local_date", "exercise_session__started_at", "exercise_session__stop_reason")


class RecentRating(Rating, Protocol):
    """A rating, and what the advice asks of its session; None where it has none."""

    exercise_session__local_date: date | None
    exercise_session__started_at: datetime
    exercise_session__stop_reason: str


@dataclass(frozen=True)
class RecentPain:
    """All ratings of some days, in no order."""

    first: date
    last: date
    ratings: tuple[RecentRating, ...]

    @cached_property
    def history(self) -> PainHistory:
        """Return the pain as the rules of advice take it.

        A session without any rating says nothing there and is left out; nor is it asked what came late, or which
        mornings were swollen.
        """
        by_session, mornings = by_session_and_morning(self.ratings)
        return PainHistory(
            tuple(
                SessionPain(
                    session_id=key,
                    local_date=day,
                    order=order,
                    before=by_session[(key, Moment.BEFORE)],
                    worst=by_session[(key, Moment.WORST)],
                    hour_later=by_session[(key, Moment.HOUR_LATER)],
                    is_stopped_for_pain=stop_reason == ExerciseSession.StopReason.PAIN,
                )
                for order, (_started_at, key, day, stop_reason) in enumerate(self._sessions())
            ),
            mornings,
        )

    def _sessions(self) -> Iterable[tuple[datetime, UUID, date, str]]:
        """Return when each of the sessions began, its id, its day and why it was stopped; in order of time."""
        found = set()
        for row in self.ratings:
            day = row.exercise_session__local_date
            if row.exercise_session_id and day and self.first <= day <= self.last:
                began, why = row.exercise_session__started_at, row.exercise_session__stop_reason
                found.add((began, row.exercise_session_id, day, why))
        return sorted(found)

    def covers(self, session: ExerciseSession) -> bool:
        """Tell whether a session lies in these days."""
        return self.first <= session.local_date <= self.last

    def of(self, session: ExerciseSession) -> SessionPain | None:
        """Return the pain around one of the sessions; None where nothing was rated."""
        return next((row for row in self.history.sessions if row.session_id == session.pk), None)

    def mornings_on(self, day: date) -> dict[str, int | None]:
        """Return what was first said on a morning, by knee."""
        return {row.side: row.value for row in self.ratings if row.moment == Moment.MORNING and row.local_date == day}


def load_recent_pain(patient: Patient, today: date) -> RecentPain:
    """Return the ratings of two weeks until today. One query."""
    first = today - timedelta(days=PAIN_DAYS)
    return RecentPain(first, today, tuple(RATINGS(patient.pk, first, today)))


def _rows(patient: UUID, first: date, last: date) -> "QuerySet[PainRating, RecentRating]":
    rows = PainRating.objects.filter(patient=patient, local_date__range=(first, last)).counting().order_by()
    return rows.values_list(*RATING_COLUMNS, *OF_SESSION, named=True)


RATINGS = Prepared(_rows, UUID(int=0), date(2000, 1, 1), date(2000, 1, 15))
