"""Advice from the limits that a physiotherapist set: every row of the table in clinical reference 1.5.

The advice names the limit. It changes no dose and no stage: it offers at most what was prescribed already.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from progress.rules.limits import PainLimits
from progress.rules.pain import PainHistory, SessionPain


class AdviceKind(StrEnum):
    """What the patient reads; heaviest first."""

    DO_NOT_START = "do_not_start"
    PAUSE_AND_CALL = "pause_and_call"
    STOP_THE_SET = "stop_the_set"
    DO_THE_MINIMUM = "do_the_minimum"
    RISING = "rising"
    STAY = "stay"
    CARRY_ON = "carry_on"


@dataclass(frozen=True)
class Evidence:
    """One number that a rule has seen: what it is ("worst", "before", "morning", "median"), when, how much, the limit."""

    what: str
    local_date: date
    value: float
    limit: float
    session_id: object = None
    side: str = ""


@dataclass(frozen=True)
class Advice:
    """One piece of advice with the numbers behind it."""

    kind: AdviceKind
    evidence: tuple[Evidence, ...] = ()

    @property
    def pauses_reminders(self) -> bool:
        """Tell whether reminders rest because of it."""
        raise NotImplementedError

    @property
    def offers_minimum(self) -> bool:
        """Tell whether the fewest repetitions that were prescribed, or a shallower squat, are offered."""
        raise NotImplementedError

    @property
    def hides_readiness(self) -> bool:
        """Tell whether nothing is shown as ready for the next stage meanwhile."""
        raise NotImplementedError


def before_session(session: SessionPain, limits: PainLimits) -> Advice | None:
    """Return the advice not to start where the pain before is red already, else None."""
    raise NotImplementedError


def advise(today: date, history: PainHistory, limits: PainLimits) -> tuple[Advice, ...]:
    """Return what the pain until today calls for, heaviest first; empty where nothing is known.

    From the last session with a number, the last mornings, the last three sessions and the last two weeks.
    """
    raise NotImplementedError
