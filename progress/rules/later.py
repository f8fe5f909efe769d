"""Which sessions can still be entered afterwards: from memory, or from a sheet of paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from progress.rules.days import PLANNED_SLOTS, LocalMoment, Slot
from progress.rules.slots import PrescriptionFact, SessionFact, due_in

# Further back, memory says more about today than about that day (docs/rules.md, Days and slots).
DAYS_BACK = 7
# What stands on paper was written on its day: two sheets of two weeks.
PAPER_DAYS_BACK = 28
# What arrives later than that was written down from memory, or nobody can tell.
LATE_AFTER = timedelta(hours=48)
# A morning has a day and no hour: told on the day after the next at the latest.
MORNING_LATE_AFTER_DAYS = 2
# Nobody knows when it really was: an hour in the middle of the slot stands for it, and is never shown.
HOUR_OF = {Slot.MORNING: time(9), Slot.EVENING: time(19)}


@dataclass(frozen=True)
class EnterableSlot:
    """A slot that nothing is recorded for, and the prescriptions that were due in it."""

    day: date
    slot: Slot
    prescription_ids: tuple[int, ...]


def enterable_slots(
    now: LocalMoment,
    prescriptions: Sequence[PrescriptionFact],
    sessions: Iterable[SessionFact],
    *,
    days_back: int = DAYS_BACK,
) -> tuple[EnterableSlot, ...]:
    """Return the free slots of the last days and today that have begun and asked for something, newest first."""
    known = tuple(sessions)
    found = []
    for day in (now.local_date - timedelta(days=count) for count in range(days_back + 1)):
        for slot in reversed(PLANNED_SLOTS):
            has_begun = day < now.local_date or slot is Slot.MORNING or not now.is_morning
            is_free = not any(row.local_date == day and row.slot is slot for row in known)
            due = due_in(slot, day, prescriptions, known)
            if has_begun and is_free and due:
                found.append(EnterableSlot(day, slot, due))
    return tuple(found)


def is_late(*, done_at: datetime, received_at: datetime, is_entered_later: bool, is_corrected: bool) -> bool:
    """Tell whether a session is shown but no reason for the next stage (docs/rules.md, Days and slots).

    Received more than 48 hours after it was done, entered later by hand, or corrected.
    """
    return is_entered_later or is_corrected or received_at - done_at > LATE_AFTER


def is_morning_late(day: date, told_on: date) -> bool:
    """Tell whether pain in the morning was told too late to be a reason for the next stage, such as from paper."""
    return (told_on - day).days > MORNING_LATE_AFTER_DAYS
