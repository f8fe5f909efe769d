"""The marks of a month's days, as a calendar shows them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from progress.rules.slots import DayView, PrescriptionFact, SlotState, SlotView

STATES = {
    SlotState.DONE: "done",
    SlotState.PARTLY: "partly",
    SlotState.OPEN: "partly",
    SlotState.MISSED: "missed",
    SlotState.DUE: "due",
    SlotState.LATER: "due",
    SlotState.EXTRA: "extra",
    SlotState.NOTHING_DUE: "none",
}


@dataclass(frozen=True)
class Mark:
    """One half-day. `state` is one of components/_halfday.html; late means entered later, or received late."""

    slot: str
    state: str
    is_late: bool


@dataclass(frozen=True)
class DayMarks:
    """One day of the calendar; in the future there are no marks."""

    day: date
    marks: tuple[Mark, ...] = ()
    is_travel: bool = False


def marks_of(
    view: DayView, prescriptions: Sequence[PrescriptionFact], *, late: Collection[UUID], travel: Collection[date]
) -> DayMarks:
    """Return the marks of a day that has come: its two slots, then whatever was done besides.

    `late` are the ids of sessions that were entered later or received late.
    """
    is_paused = _is_paused(view.day, prescriptions)

    def mark(part: SlotView) -> Mark:
        state = "paused" if is_paused and part.state is SlotState.NOTHING_DUE else STATES[part.state]
        return Mark(part.slot.value, state, part.session is not None and part.session.id in late)

    return DayMarks(view.day, tuple(mark(part) for part in (*view.slots, *view.extras)), view.day in travel)


def weeks(days: Sequence[DayMarks]) -> list[list[DayMarks | None]]:
    """Return the days of a month in rows from Monday to Sunday, with None where the month has not begun or is over."""
    cells: list[DayMarks | None] = [*[None] * days[0].day.weekday(), *days]
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _is_paused(day: date, prescriptions: Sequence[PrescriptionFact]) -> bool:
    """Tell whether a pause is why nothing was due."""
    running = [fact for fact in prescriptions if replace(fact, pauses=()).covers(day)]
    return bool(running) and not any(fact.covers(day) for fact in running)
