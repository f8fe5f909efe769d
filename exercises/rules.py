"""Plain rules of the programme: dose bounds and the stage gate. No Django here."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal, TypeVar

Key = TypeVar("Key", bound=Hashable)

REPS_LOWEST, REPS_HIGHEST = 1, 30
HOLD_SHORTEST_SECONDS, HOLD_LONGEST_SECONDS = 1, 30
SESSIONS_PER_DAY_LOWEST, SESSIONS_PER_DAY_HIGHEST = 1, 2
PHASE_SHORTEST_SECONDS, PHASE_LONGEST_SECONDS = 0.5, 60
# A squat whose worst pain is above its limit is too deep. The usual limit is the top of the amber zone (clinical 1.4).
PAIN_LIMIT_LOWEST, PAIN_LIMIT_HIGHEST, PAIN_LIMIT_USUAL = 0, 10, 5

DoseField = Literal[
    "reps_min",
    "reps_max",
    "reps_target",
    "hold_min_seconds",
    "hold_max_seconds",
    "hold_target_seconds",
    "sessions_per_day",
]


@dataclass(frozen=True)
class Dose:
    """How much of a stage: repetitions, seconds of hold, sessions a day. Bounds: docs/rules.md, Dose."""

    reps_min: int
    reps_max: int
    reps_target: int
    hold_min_seconds: int
    hold_max_seconds: int
    hold_target_seconds: int
    sessions_per_day: int


@dataclass(frozen=True)
class DoseFault:
    """One value of a dose that cannot be, and the bounds it has to keep."""

    field: DoseField
    lowest: int
    highest: int


def dose_faults(dose: Dose) -> tuple[DoseFault, ...]:
    """Return every value outside its bounds, in the order of the form; empty for a dose that can be prescribed."""
    bounds: tuple[tuple[DoseField, int, int], ...] = (
        ("reps_min", REPS_LOWEST, REPS_HIGHEST),
        ("reps_max", max(dose.reps_min, REPS_LOWEST), REPS_HIGHEST),
        ("reps_target", dose.reps_min, dose.reps_max),
        ("hold_min_seconds", HOLD_SHORTEST_SECONDS, HOLD_LONGEST_SECONDS),
        ("hold_max_seconds", max(dose.hold_min_seconds, HOLD_SHORTEST_SECONDS), HOLD_LONGEST_SECONDS),
        ("hold_target_seconds", dose.hold_min_seconds, dose.hold_max_seconds),
        ("sessions_per_day", SESSIONS_PER_DAY_LOWEST, SESSIONS_PER_DAY_HIGHEST),
    )
    return tuple(
        DoseFault(field, lowest, highest)
        for field, lowest, highest in bounds
        if not lowest <= getattr(dose, field) <= highest
    )


@dataclass(frozen=True)
class StageGate:
    """Whether a stage may be prescribed, and which stages have to be mastered before."""

    missing: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.missing


def stage_gate(required: Sequence[str], mastered: Iterable[str]) -> StageGate:
    """Compare the keys of the stages that are required with those the physiotherapist marked as mastered.

    Keys, not row ids: a stage mastered in an earlier version of the programme counts.
    """
    have = frozenset(mastered)
    return StageGate(tuple(key for key in required if key not in have))


@dataclass(frozen=True)
class SquatDepth:
    """How deep a squat may be: a rung of exercises.models.Depth, and the pain from 0 to 10 above which it is too deep."""

    rung: int
    pain_limit: int


def deepest_next(last: int) -> int:
    """Return the deepest rung of the squat that may be prescribed after another: one further down."""
    return last + 1


@dataclass(frozen=True)
class TimedPhase:
    """One part of a rep as the clock needs it."""

    kind: str
    seconds: float
    counts_as_hold: bool


def rep_seconds(phases: Iterable[TimedPhase], hold_seconds: float) -> float:
    """Return how long one rep takes. Parts that count as hold last as long as was prescribed."""
    return sum(hold_seconds if phase.counts_as_hold else phase.seconds for phase in phases)


def has_circle(requires: Mapping[Key, Sequence[Key]]) -> bool:
    """Tell whether stages require each other in a circle. Keys of stages, each with the keys that it requires."""
    try:
        TopologicalSorter(requires).prepare()
    except CycleError:
        return True
    return False


def fits(dose: Dose, bounds: Dose) -> bool:
    """Tell whether a dose that was prescribed lies within the bounds of a stage, so that it may stay as it is."""
    return (
        bounds.reps_min <= dose.reps_min
        and dose.reps_max <= bounds.reps_max
        and bounds.hold_min_seconds <= dose.hold_min_seconds
        and dose.hold_max_seconds <= bounds.hold_max_seconds
    )
