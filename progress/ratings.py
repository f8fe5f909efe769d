"""Ratings of pain as plain values: a busy month has hundreds of them, and they are a third of the work of instances."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from kneecoach.accounts.models import Patient
from progress.models import PainRating

Moment = PainRating.Moment
Numbers = dict[str, int | None]
RATING_COLUMNS = ("local_date", "moment", "side", "value", "counted", "exercise_session_id", "rated_at")


class Rating(Protocol):
    """One rating as `load_ratings` returns it; `counted` is the number that counts, `value` the first one."""

    local_date: date
    moment: str
    side: str
    value: int | None
    counted: int | None
    exercise_session_id: UUID | None
    rated_at: datetime


def load_ratings(patient: Patient, first: date, last: date) -> list[Rating]:
    """Return all ratings of the days from `first` to `last`, in order of time. One query."""
    rows = PainRating.objects.of(patient).filter(local_date__range=(first, last)).counting()
    return list(rows.order_by("rated_at", "pk").values_list(*RATING_COLUMNS, named=True))


def by_session_and_morning(
    ratings: Iterable[Rating],
) -> tuple[Mapping[tuple[object, str], Numbers], Mapping[date, Numbers]]:
    """Return the numbers that count by session and moment, and those of the mornings by day; nothing where none is."""
    by_session: defaultdict[tuple[object, str], Numbers] = defaultdict(dict)
    mornings: defaultdict[date, Numbers] = defaultdict(dict)
    for row in ratings:
        if row.moment == Moment.MORNING:
            mornings[row.local_date][row.side] = row.counted
        elif row.exercise_session_id:
            by_session[(row.exercise_session_id, row.moment)][row.side] = row.counted
    return by_session, mornings
