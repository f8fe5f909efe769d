"""What a physiotherapist should look at, and why. Opened by these rules, closed by a person only."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from progress.rules.advice import Evidence
from progress.rules.limits import PainLimits
from progress.rules.pain import PainHistory


class AlertKind(StrEnum):
    """Why somebody should look. One open alert of a kind for each patient."""

    RED_FLAG = "red_flag"
    PAIN_BEFORE_RED = "pain_before_red"
    PAIN_KEEPS_RED = "pain_keeps_red"
    NOT_SETTLED_TWICE = "not_settled_twice"
    PAIN_RED = "pain_red"
    NOT_SETTLED = "not_settled"
    PAIN_RISING = "pain_rising"


class AlertLevel(StrEnum):
    """How soon: `high` before anything else, `review` at the next look, `info` for the record."""

    INFO = "info"
    REVIEW = "review"
    HIGH = "high"


@dataclass(frozen=True)
class AlertCall:
    """One alert that the facts call for."""

    kind: AlertKind
    level: AlertLevel
    evidence: tuple[Evidence, ...]


LEVEL_OF: dict[AlertKind, AlertLevel] = {
    AlertKind.RED_FLAG: AlertLevel.HIGH,
    AlertKind.PAIN_BEFORE_RED: AlertLevel.HIGH,
    AlertKind.PAIN_KEEPS_RED: AlertLevel.HIGH,
    AlertKind.NOT_SETTLED_TWICE: AlertLevel.HIGH,
    AlertKind.PAIN_RED: AlertLevel.REVIEW,
    AlertKind.NOT_SETTLED: AlertLevel.REVIEW,
    AlertKind.PAIN_RISING: AlertLevel.REVIEW,
}


def alerts_called_for(today: date, history: PainHistory, limits: PainLimits) -> tuple[AlertCall, ...]:
    """Return the alerts about pain that today's facts call for (a warning sign opens its own when it is reported).

    Only of today and yesterday: what was seen and resolved is not opened again by old numbers.
    """
    raise NotImplementedError
