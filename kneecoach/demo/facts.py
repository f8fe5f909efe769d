"""What happened to one patient of a made-up clinic, as plain facts in the order of time.

A fact says what somebody did, told or decided, and when. What follows from it (alerts, criteria, the end of a session)
is not said here: the replay leaves it to the services. Pain is 0 to 10, None was skipped; durations are in milliseconds.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from exercises.rules import Dose, SquatDepth, TimedPhase
from progress.rules.days import Slot
from progress.rules.limits import RuleValues
from progress.rules.reps import Outcome


@dataclass(frozen=True)
class StagePlan:
    """A stage of the programme, as far as a patient's days depend on it."""

    number: int
    key: str
    dose: Dose
    is_one_legged: bool
    is_squat: bool
    phases: tuple[TimedPhase, ...]


@dataclass(frozen=True)
class Account:
    """Who it is. The account is opened with the first visit."""

    id: UUID
    name: str
    email: str
    birth_date: date
    side: str
    time_zone: str
    # When they usually exercise, where they have said so.
    morning: time | None
    evening: time | None
    created_at: datetime


# --- what the physiotherapist decides ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Prescribed:
    """A stage was prescribed; the one that ran on the same stage makes way."""

    at: datetime
    stage_number: int
    dose: Dose
    side: str
    starts_on: date
    note: str = ""
    depth: SquatDepth | None = None


@dataclass(frozen=True)
class Mastered:
    """The stage that runs is mastered."""

    at: datetime
    stage_number: int
    on: date


@dataclass(frozen=True)
class LimitsSet:
    """Limits and criteria of one's own."""

    at: datetime
    values: RuleValues


@dataclass(frozen=True)
class AlertsClosed:
    """Whatever the pain had called for was looked at and closed."""

    at: datetime
    words: str


@dataclass(frozen=True)
class Declined:
    """It is not time for the next stage yet."""

    at: datetime
    request_id: UUID
    note: str


# --- what the patient does -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class MuscleFound:
    """The muscle was felt for the first time."""

    at: datetime


@dataclass(frozen=True)
class Rated:
    """One knee at one moment of a session."""

    at: datetime
    moment: str
    side: str
    value: int | None


@dataclass(frozen=True)
class RepDone:
    """One attempt at one repetition."""

    at: datetime
    id: UUID
    number: int
    held_ms: int | None
    outcome: Outcome


@dataclass(frozen=True)
class SetDone:
    """One block of repetitions. `prescription` counts the prescriptions of the patient from 0, in the order of time."""

    begun_at: datetime
    prescription: int
    side: str
    reps: tuple[RepDone, ...]
    felt: str = ""
    felt_at: datetime | None = None
    # Of a squat only.
    depth: int | None = None


@dataclass(frozen=True)
class Stopped:
    """A session was stopped before its end."""

    at: datetime
    reason: str
    note: str = ""


@dataclass(frozen=True)
class SatDown:
    """One sitting, led by the page. `planned` are prescription and knee of each set, also where none was begun."""

    at: datetime
    id: UUID
    day: date
    slot: Slot
    planned: tuple[tuple[int, str], ...]
    safety_at: datetime
    is_safe: bool
    method: str
    before: tuple[Rated, ...] = ()
    overridden_at: datetime | None = None
    sets: tuple[SetDone, ...] = ()
    stopped: Stopped | None = None
    worst: tuple[Rated, ...] = ()
    effort: int | None = None
    effort_at: datetime | None = None

    @property
    def ended_at(self) -> datetime | None:
        """Return when nothing more was asked; None for one that was left open."""
        if not self.is_safe:
            return self.safety_at
        return max((row.felt_at for row in self.sets if row.felt_at), default=None)


@dataclass(frozen=True)
class OnPaper:
    """A sitting ticked on paper and entered later. `sets` are prescription, knee and how many were held."""

    at: datetime
    id: UUID
    day: date
    slot: Slot
    sets: tuple[tuple[int, str, int], ...]
    pain: tuple[tuple[str, str, int | None], ...]
    note: str


@dataclass(frozen=True)
class Corrected:
    """How many repetitions of a set were held after all; `order` counts the sets of the session from 1."""

    at: datetime
    session_id: UUID
    order: int
    value: int
    reason: str


# --- what the patient says -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class MorningTold:
    """The knees on a morning, in the order of the questions."""

    at: datetime
    day: date
    pain: tuple[tuple[str, int | None], ...]
    swelling: str


@dataclass(frozen=True)
class HourLaterTold:
    """One knee about an hour after a session."""

    at: datetime
    session_id: UUID
    day: date
    side: str
    value: int | None


@dataclass(frozen=True)
class WeekTold:
    """A week, by moment and knee, and the change since the start from -3 to 3."""

    at: datetime
    monday: date
    pain: tuple[tuple[str, str, int | None], ...]
    change: int | None


@dataclass(frozen=True)
class Wrote:
    """A message, or the physiotherapist's answer, who has then read what waited."""

    at: datetime
    id: UUID
    text: str
    is_from_patient: bool


@dataclass(frozen=True)
class AskedForStage:
    """The patient asks for the next stage."""

    at: datetime
    id: UUID
    stage_key: str
    message: str


Fact = (
    Prescribed
    | Mastered
    | LimitsSet
    | AlertsClosed
    | Declined
    | MuscleFound
    | SatDown
    | OnPaper
    | Corrected
    | MorningTold
    | HourLaterTold
    | WeekTold
    | Wrote
    | AskedForStage
)


@dataclass(frozen=True)
class Life:
    """One patient, and everything that happened in the order of time."""

    account: Account
    facts: tuple[Fact, ...]
