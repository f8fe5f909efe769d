"""The tick sheet that a patient without a device takes home, and its lines when it comes back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exercises.models import Depth, Prescription
from kneecoach.accounts.models import Patient, Side
from progress import services
from progress.facts import moment_of, sides_of
from progress.models import ExerciseSession, ExerciseSet, PainRating
from progress.rules.days import PLANNED_SLOTS, Slot
from progress.rules.later import PAPER_DAYS_BACK
from progress.stages import load_prescriptions

SHEET_DAYS = 14
# How deep a squat was, as it is written on paper: a number would look like a pain or a count.
DEPTHS = tuple(zip("abcde", Depth, strict=True))


@dataclass(frozen=True)
class TickSheet:
    """What is printed: the days, the sets of each session with their dose, and the knees that pain is asked for."""

    days: tuple[date, ...]
    sets: tuple[ExerciseSet, ...]
    sides: tuple[str, ...]

    @property
    def is_once_a_day(self) -> bool:
        """Tell whether one session a day is enough for all of it."""
        return all(row.prescription.sessions_per_day == 1 for row in self.sets)

    @property
    def depths(self) -> tuple[tuple[str, str], ...]:
        """Return the letters that a depth is written as, with what each stands for; none where no squat is asked for."""
        is_deep = any(row.depth_target is not None for row in self.sets)
        return tuple((letter, str(depth.label)) for letter, depth in DEPTHS) if is_deep else ()


@dataclass(frozen=True)
class Line:
    """A morning or evening of a sheet that came back: `rows` to be filled in, or what is recorded for it already.

    Neither: nothing was due, or it has not begun.
    """

    day: date
    slot: Slot
    rows: tuple[ExerciseSet, ...] = ()
    recorded: ExerciseSession | None = None


@dataclass(frozen=True)
class FilledSheet:
    """Two weeks of lines, and the mornings that have a number or a skip already, by day and knee."""

    first: date
    lines: tuple[Line, ...]
    mornings: dict[tuple[date, str], int | None]
    sides: tuple[str, ...]
    today: date

    @property
    def days(self) -> tuple[date, ...]:
        """Return its days that have come."""
        all_days = (self.first + timedelta(days=offset) for offset in range(SHEET_DAYS))
        return tuple(day for day in all_days if day <= self.today)


def load_tick_sheet(patient: Patient, first: date) -> TickSheet:
    """Return what two weeks from a day on ask for, by what runs now. Two queries."""
    running = sorted((row for row in load_prescriptions(patient) if row.is_active), key=_stage_number)
    sets = tuple(services.sets_for(ExerciseSession(patient=patient), running))
    days = tuple(first + timedelta(days=offset) for offset in range(SHEET_DAYS))
    return TickSheet(days, sets, sides_of(sets))


def load_filled_sheet(patient: Patient, first: date, now: datetime) -> FilledSheet:
    """Return the lines of two weeks to be typed in. Seven queries."""
    today = moment_of(patient, now).local_date
    span, slots = services.load_enterable(patient=patient, now=now, is_from_paper=True)
    free = {(row.day, row.slot): tuple(services.sets_to_enter(span, row, patient)) for row in slots}
    recorded = {(row.local_date, Slot(row.slot)): row for row in span.sessions}
    days = [first + timedelta(days=offset) for offset in range(SHEET_DAYS)]
    lines = tuple(
        Line(day, slot, free.get((day, slot), ()), recorded.get((day, slot))) for day in days for slot in PLANNED_SLOTS
    )
    mornings = PainRating.objects.of(patient).filter(
        moment=PainRating.Moment.MORNING, local_date__range=(days[0], days[-1]), exercise_session=None
    )
    return FilledSheet(
        first=first,
        lines=lines,
        mornings={(row.local_date, row.side): row.value for row in mornings},
        sides=sides_of(_sets(lines)) or knees_of(patient),
        today=today,
    )


def earliest_first(today: date) -> date:
    """Return the first day of the earliest sheet that can still be typed in."""
    return today - timedelta(days=PAPER_DAYS_BACK)


def usual_first(today: date) -> date:
    """Return the first day of a sheet that ends today."""
    return today - timedelta(days=SHEET_DAYS - 1)


def knees_of(patient: Patient) -> tuple[str, ...]:
    """Return the knees that a patient is treated for, left before right."""
    return (Side.LEFT.value, Side.RIGHT.value) if patient.side == Side.BOTH else (patient.side,)


def _sets(lines: Iterable[Line]) -> list[ExerciseSet]:
    return [row for line in lines for row in line.rows]


def _stage_number(row: Prescription) -> int:
    return row.stage.number
