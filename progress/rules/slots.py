"""The state of each slot of a day: due, done, missed and so on.

A slot is due if any prescription is due in it. It is done when every set of every due prescription has its fewest
repetitions, partly otherwise. Prescribed once a day, either slot satisfies it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from progress.rules.days import PLANNED_SLOTS, LocalMoment, Slot, is_slot_over


class SlotState(StrEnum):
    """What a person sees about a slot. Told apart by word and shape, never by colour alone."""

    DUE = "due"
    OPEN = "open"
    DONE = "done"
    PARTLY = "partly"
    MISSED = "missed"
    LATER = "later"
    NOTHING_DUE = "nothing_due"
    EXTRA = "extra"


@dataclass(frozen=True)
class PrescriptionFact:
    """A prescription as the day rules need it. The end is exclusive: nothing is due on `ended_on`."""

    id: int
    sessions_per_day: int
    starts_on: date
    ended_on: date | None
    prescribed: LocalMoment
    pauses: tuple[tuple[date, date | None], ...] = ()

    def covers(self, day: date) -> bool:
        """Tell whether it asks for something on a day: started, not ended, not paused."""
        if day < self.starts_on or (self.ended_on is not None and day >= self.ended_on):
            return False
        return not any(start <= day and (end is None or day <= end) for start, end in self.pauses)

    def is_due_in(self, slot: Slot, day: date) -> bool:
        """Tell whether it is due in a slot; on the day it was prescribed only slots still open then count."""
        return self.covers(day) and not is_slot_over(slot, day, self.prescribed)


@dataclass(frozen=True)
class SetFact:
    """A set as the day rules need it: what it was for and how many repetitions were really done."""

    prescription_id: int
    reps_min: int
    reps_done: int

    @property
    def is_done(self) -> bool:
        """Tell whether the fewest repetitions were reached."""
        return self.reps_done >= self.reps_min


@dataclass(frozen=True)
class SessionFact:
    """A session as the day rules need it."""

    id: UUID
    local_date: date
    slot: Slot
    started_wall: datetime
    is_open: bool
    sets: tuple[SetFact, ...]
    is_entered_later: bool = False

    def satisfies(self, prescription_id: int) -> bool:
        """Tell whether every set of a prescription was done; False where there was none."""
        own = [row for row in self.sets if row.prescription_id == prescription_id]
        return bool(own) and all(row.is_done for row in own)


@dataclass(frozen=True)
class SlotView:
    """One slot of one day, ready to be shown."""

    slot: Slot
    state: SlotState
    session: SessionFact | None = None


@dataclass(frozen=True)
class DayView:
    """One day: its two slots and whatever was done besides.

    `expected` are the slots that count in adherence: prescribed once a day, there is only one of them.
    """

    day: date
    morning: SlotView
    evening: SlotView
    extras: tuple[SlotView, ...] = ()
    expected: tuple[Slot, ...] = PLANNED_SLOTS

    @property
    def slots(self) -> tuple[SlotView, SlotView]:
        """Return both planned slots in order."""
        return self.morning, self.evening


def due_in(
    slot: Slot, day: date, prescriptions: Iterable[PrescriptionFact], sessions: Iterable[SessionFact]
) -> tuple[int, ...]:
    """Return the ids of what a slot still asks for, without what once a day was already done in the other slot."""
    elsewhere = [session for session in sessions if session.local_date == day and session.slot is not slot]
    return tuple(
        fact.id
        for fact in prescriptions
        if fact.is_due_in(slot, day)
        and not (fact.sessions_per_day == 1 and any(session.satisfies(fact.id) for session in elsewhere))
    )


def day_view(
    day: date, now: LocalMoment, prescriptions: Sequence[PrescriptionFact], sessions: Sequence[SessionFact]
) -> DayView:
    """Return a day with the state of each slot, as seen at `now`."""
    todays = [session for session in sessions if session.local_date == day]
    morning, evening = (_slot_view(slot, day, now, prescriptions, todays) for slot in PLANNED_SLOTS)
    extras = tuple(SlotView(Slot.EXTRA, SlotState.EXTRA, session) for session in todays if session.slot is Slot.EXTRA)
    return DayView(day, morning, evening, extras, _expected(day, prescriptions, (morning, evening)))


def _expected(day: date, prescriptions: Sequence[PrescriptionFact], views: Iterable[SlotView]) -> tuple[Slot, ...]:
    """Return the slots in which something twice a day is due; else, for once a day, the one that was done, or the last."""
    due = [(slot, fact) for slot in PLANNED_SLOTS for fact in prescriptions if fact.is_due_in(slot, day)]
    twice_a_day = {slot for slot, fact in due if fact.sessions_per_day > 1}
    if twice_a_day or not due:
        return tuple(slot for slot in PLANNED_SLOTS if slot in twice_a_day)
    done = (view.slot for view in views if view.state is SlotState.DONE)
    return (next(done, Slot.EVENING),)


def _slot_view(
    slot: Slot, day: date, now: LocalMoment, prescriptions: Sequence[PrescriptionFact], todays: Sequence[SessionFact]
) -> SlotView:
    due = due_in(slot, day, prescriptions, todays)
    session = next((row for row in todays if row.slot is slot), None)
    if session is not None:
        # What was prescribed after the session had started could not be part of it.
        own = {row.prescription_id for row in session.sets}
        return SlotView(slot, _state_of(session, [key for key in due if key in own]), session)
    if not due:
        return SlotView(slot, SlotState.NOTHING_DUE)
    if not is_slot_over(slot, day, now):
        is_later = day > now.local_date or (slot is Slot.EVENING and now.is_morning)
        return SlotView(slot, SlotState.LATER if is_later else SlotState.DUE)
    # Once a day may still be done, or was missed, in the evening: the morning alone cannot be missed.
    can_wait = all(fact.sessions_per_day == 1 for fact in prescriptions if fact.id in due)
    if slot is Slot.MORNING and can_wait:
        return SlotView(slot, SlotState.NOTHING_DUE)
    return SlotView(slot, SlotState.MISSED)


def _state_of(session: SessionFact, due: Sequence[int]) -> SlotState:
    if session.is_open:
        return SlotState.OPEN
    if due:
        is_done = all(session.satisfies(prescription_id) for prescription_id in due)
    else:
        # Nothing is due any more, such as on the day a stage ended: the session is judged by its own sets.
        is_done = bool(session.sets) and all(row.is_done for row in session.sets)
    return SlotState.DONE if is_done else SlotState.PARTLY
