"""What a session asks for next, from its facts alone.

The server decides, so a reload, another device or a phone call all land on the same repetition.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class StepKind(StrEnum):
    """The screens of a session, in their order."""

    SAFETY = "safety"
    PAIN_BEFORE = "pain_before"
    OVER_LIMIT = "over_limit"
    GET_READY = "get_ready"
    REPS = "reps"
    PAIN_WORST = "pain_worst"
    FELT_MUSCLE = "felt_muscle"
    DEPTH = "depth"
    DONE = "done"
    RED_FLAG = "red_flag"
    LEFT_OPEN = "left_open"


@dataclass(frozen=True)
class SetFacts:
    """A set as the steps need it."""

    id: UUID
    is_started: bool
    is_finished: bool
    reps_target: int
    numbers: tuple[int, ...]
    is_felt_answered: bool
    # Only a squat has a depth to ask for.
    is_depth_answered: bool = True
    reps_min: int = 0
    # How many were held, and how many were skipped or let go early.
    held: int = 0
    missed: int = 0
    # The number prescribed, where the target may be the fewest instead.
    reps_prescribed: int = 0

    @property
    def next_number(self) -> int:
        """Return the first number from 1 that no repetition has taken."""
        taken = frozenset(self.numbers)
        return next(number for number in range(1, len(taken) + 2) if number not in taken)

    @property
    def is_short(self) -> bool:
        """Tell whether there are fewer repetitions than prescribed."""
        return self.next_number <= self.reps_target

    @property
    def lacks_what_was_missed(self) -> bool:
        """Tell whether every number is used up, and what was missed is wanting for the fewest that were prescribed."""
        return not self.is_short and self.missed > 0 and self.held < self.reps_min

    @property
    def has_reps_left(self) -> bool:
        """Tell whether the set goes on: neither finished by hand nor at its target."""
        return not self.is_finished and self.is_short


@dataclass(frozen=True)
class SessionFacts:
    """A session as the steps need it. `sides` are the knees that pain is asked for."""

    is_left_open: bool
    is_safe: bool | None
    is_stopped: bool
    sides: tuple[str, ...]
    rated_before: frozenset[str]
    rated_worst: frozenset[str]
    sets: tuple[SetFacts, ...]
    is_ended: bool = False
    # The most pain with which the exercises start; None where nobody holds anybody back. The knees that are over it.
    pain_limit: int | None = None
    over_limit: frozenset[str] = frozenset()
    # The physiotherapist had told the patient to go on all the same.
    is_overridden: bool = False

    @property
    def is_held_back(self) -> bool:
        """Tell whether the pain before is over the limit, nothing has begun, and nobody has said to go on."""
        has_begun = any(row.is_started or row.is_finished or row.numbers for row in self.sets)
        return bool(self.over_limit) and not self.is_overridden and not has_begun

    @property
    def missed_sets(self) -> tuple[UUID, ...]:
        """Return the sets whose missed repetitions may be done now: once the others are done, and nothing was stopped."""
        if self.is_stopped or any(row.is_short for row in self.sets):
            return ()
        return tuple(row.id for row in self.sets if row.lacks_what_was_missed)


@dataclass(frozen=True)
class Step:
    """The next screen: which knee or which set it is about, and the number of the repetition."""

    kind: StepKind
    side: str = ""
    set_id: UUID | None = None
    number: int = 0


def next_step(facts: SessionFacts) -> Step:
    """Return the next step of a session."""
    return (
        _closed_step(facts) or _step_before(facts) or _step_of_sets(facts) or _step_after(facts) or Step(StepKind.DONE)
    )


def _closed_step(facts: SessionFacts) -> Step | None:
    if facts.is_safe is False:
        return Step(StepKind.RED_FLAG)
    if facts.is_left_open:
        return Step(StepKind.LEFT_OPEN)
    # A repetition may still arrive late; a session that has ended asks nothing more because of it.
    return Step(StepKind.DONE) if facts.is_ended else None


def _step_before(facts: SessionFacts) -> Step | None:
    if facts.is_stopped:
        return None
    if facts.is_safe is None:
        return Step(StepKind.SAFETY)
    held_back = Step(StepKind.OVER_LIMIT) if facts.is_held_back else None
    return _first_unrated(StepKind.PAIN_BEFORE, facts.sides, facts.rated_before) or held_back


def _step_of_sets(facts: SessionFacts) -> Step | None:
    if facts.is_stopped:
        return None
    for row in facts.sets:
        if row.has_reps_left:
            if not row.is_started:
                return Step(StepKind.GET_READY, set_id=row.id, number=row.next_number)
            return Step(StepKind.REPS, set_id=row.id, number=row.next_number)
    return None


def _step_after(facts: SessionFacts) -> Step | None:
    # Nothing was done, so there is no pain during it and no muscle to feel.
    done = [row for row in facts.sets if row.numbers]
    if not done:
        return None
    unrated = _first_unrated(StepKind.PAIN_WORST, facts.sides, facts.rated_worst)
    if unrated:
        return unrated
    for row in done:
        if not row.is_felt_answered:
            return Step(StepKind.FELT_MUSCLE, set_id=row.id)
        if not row.is_depth_answered:
            return Step(StepKind.DEPTH, set_id=row.id)
    return None


def _first_unrated(kind: StepKind, sides: tuple[str, ...], rated: frozenset[str]) -> Step | None:
    side = next((side for side in sides if side not in rated), None)
    return Step(kind, side=side) if side else None
