"""Pain of a month, knee by knee: what a chart draws, and the same as a table. Corrected numbers count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from kneecoach.accounts.models import Patient, Side
from progress.charts import Reading
from progress.models import ExerciseSession, PainRating, Slot
from progress.ratings import Rating
from progress.rules.months import Month
from progress.rules.weekly import DAYS_OF_WEEK

Moment = PainRating.Moment
WEEKLY = (Moment.WEEK_WORST, Moment.WEEK_USUAL)
SLOTS = (Slot.MORNING, Slot.EVENING, Slot.EXTRA)


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
    """One line of a table: a session with its slot, a morning or a whole week. A cell is None where nothing was asked."""

    day: date
    slot: str
    cells: tuple[PainCell | None, ...]


@dataclass(frozen=True)
class PainTable:
    """One kind of question as a table, the newest first, under the moments that occur."""

    kind: str
    moments: tuple[Moment, ...]
    rows: tuple[PainRow, ...]


SESSIONS, MORNINGS, WEEKS = "sessions", "mornings", "weeks"
KINDS = {
    SESSIONS: (Moment.BEFORE, Moment.WORST, Moment.AFTER, Moment.HOUR_LATER),
    MORNINGS: (Moment.MORNING,),
    WEEKS: WEEKLY,
}


@dataclass(frozen=True)
class KneePain:
    """Everything that one knee said: readings for the chart, and the same as tables."""

    side: str
    readings: tuple[Reading, ...]
    tables: tuple[PainTable, ...]

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Return the moments that occur, in their order."""
        return tuple(moment for table in self.tables for moment in table.moments)


def ratings_of(month: Month, ratings: Iterable[Rating]) -> list[Rating]:
    """Return those of a month, weeks that reach into it included."""
    reaching_in = month.first - timedelta(days=DAYS_OF_WEEK - 1)
    return [
        row
        for row in ratings
        if month.first <= row.local_date <= month.last or (row.moment in WEEKLY and row.local_date >= reaching_in)
    ]


def knees(
    patient: Patient, ratings: Sequence[Rating], sessions: Mapping[UUID, ExerciseSession]
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


def _knee(side: Side, ratings: Sequence[Rating], sessions: Mapping[UUID, ExerciseSession]) -> KneePain:
    tables = (_table(kind, ratings, sessions) for kind in KINDS)
    return KneePain(
        side=side.value,
        readings=tuple(
            Reading(
                row.local_date,
                row.moment,
                row.counted,
                is_evening=_slot_of(row, sessions) in (Slot.EVENING, Slot.EXTRA),
            )
            for row in ratings
        ),
        tables=tuple(table for table in tables if table.rows),
    )


def _table(kind: str, ratings: Iterable[Rating], sessions: Mapping[UUID, ExerciseSession]) -> PainTable:
    own = [row for row in ratings if row.moment in KINDS[kind]]
    moments = tuple(moment for moment in KINDS[kind] if any(row.moment == moment for row in own))
    lines: dict[tuple[date, str, UUID | None], dict[str, PainCell]] = {}
    for row in own:
        key = (row.local_date, _slot_of(row, sessions), row.exercise_session_id)
        lines.setdefault(key, {})[row.moment] = PainCell(row.counted, row.value)
    order = ["", *SLOTS]
    keys = sorted(lines, key=lambda key: (key[0], order.index(key[1])), reverse=True)
    rows = (PainRow(key[0], key[1], tuple(lines[key].get(moment) for moment in moments)) for key in keys)
    return PainTable(kind, moments, tuple(rows))


def _slot_of(rating: Rating, sessions: Mapping[UUID, ExerciseSession]) -> str:
    """Return the slot of the rating's session, nothing for a morning or a week."""
    return sessions[rating.exercise_session_id].slot if rating.exercise_session_id else ""
