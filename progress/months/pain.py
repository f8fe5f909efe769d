"""Pain of a month, knee by knee: what a chart draws, and the same as a table. Corrected numbers count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from kneecoach.accounts.models import Patient, Side
from progress.charts import Reading
from progress.models import ExerciseSession, PainRating, Slot
from progress.rules.weekly import DAYS_OF_WEEK

Moment = PainRating.Moment
WEEKLY = (Moment.WEEK_WORST, Moment.WEEK_USUAL)
SLOTS = (Slot.MORNING, Slot.EVENING, Slot.EXTRA)
WHOLE_WEEK = "week"


@dataclass(frozen=True)
class PainCell:
    """One answer: `value` counts, None for skipped; `first` is what was recorded before a correction."""

    value: int | None
    first: int | None

    @property
    def is_corrected(self) -> bool:
        """Tell whether it was said anew."""
        return self.value != self.first


@dataclass(frozen=True)
class PainRow:
    """One line of the table: a session (its slot), the morning of a day (no slot) or a whole week.

    A cell is None where the question was not asked.
    """

    day: date
    slot: str
    cells: tuple[PainCell | None, ...]


@dataclass(frozen=True)
class KneePain:
    """Everything that one knee said: readings for the chart, and rows, newest first, under the moments that occur."""

    side: str
    readings: tuple[Reading, ...]
    moments: tuple[Moment, ...]
    rows: tuple[PainRow, ...]


def load_ratings(patient: Patient, first: date, last: date) -> list[PainRating]:
    """Return the ratings of some days with the number that counts, weeks that reach into them included. One query."""
    reaching_in = first - timedelta(days=DAYS_OF_WEEK - 1)
    rows = PainRating.objects.of(patient).filter(local_date__range=(reaching_in, last)).counting()
    return [row for row in rows.order_by("rated_at", "pk") if row.local_date >= first or row.moment in WEEKLY]


def knees(
    patient: Patient, ratings: Sequence[PainRating], sessions: Mapping[UUID, ExerciseSession]
) -> tuple[KneePain, ...]:
    """Return the knees to show, left before right: those that were rated, else the patient's.

    `sessions` are those of the same days, by id.
    """
    rated = {row.side for row in ratings} or ({Side.LEFT, Side.RIGHT} if patient.side == Side.BOTH else {patient.side})
    return tuple(
        _knee(side, [row for row in ratings if row.side == side], sessions)
        for side in (Side.LEFT, Side.RIGHT)
        if side in rated
    )


def _knee(side: Side, ratings: Sequence[PainRating], sessions: Mapping[UUID, ExerciseSession]) -> KneePain:
    occurring = {row.moment for row in ratings}
    moments = tuple(moment for moment in Moment if moment in occurring)
    return KneePain(
        side=side.value,
        readings=tuple(
            Reading(
                row.local_date,
                row.moment,
                row.counted,  # type: ignore[attr-defined]
                is_evening=_slot_of(row, sessions) in (Slot.EVENING, Slot.EXTRA),
            )
            for row in ratings
        ),
        moments=moments,
        rows=tuple(_rows(ratings, moments, sessions)),
    )


def _rows(
    ratings: Iterable[PainRating], moments: Sequence[Moment], sessions: Mapping[UUID, ExerciseSession]
) -> list[PainRow]:
    lines: dict[tuple[date, str, UUID | None], dict[str, PainCell]] = {}
    for row in ratings:
        key = (row.local_date, _slot_of(row, sessions), row.exercise_session_id)
        lines.setdefault(key, {})[row.moment] = PainCell(row.counted, row.value)  # type: ignore[attr-defined]
    # Within a day: the morning's question, the sessions in their order, the week.
    order = ["", *SLOTS, WHOLE_WEEK]
    keys = sorted(lines, key=lambda key: (key[0], order.index(key[1])), reverse=True)
    return [PainRow(key[0], key[1], tuple(lines[key].get(moment) for moment in moments)) for key in keys]


def _slot_of(rating: PainRating, sessions: Mapping[UUID, ExerciseSession]) -> str:
    """Return the slot of the rating's session, nothing for a morning, or that it is about a week."""
    if rating.moment in WEEKLY:
        return WHOLE_WEEK
    return sessions[rating.exercise_session_id].slot if rating.exercise_session_id else ""
