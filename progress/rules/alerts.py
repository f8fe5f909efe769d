"""What a physiotherapist should look at, and why. Opened by these rules, closed by a person only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from progress.rules.advice import (
    Evidence,
    keeps_red,
    not_settled,
    not_settled_twice,
    red_before,
    red_worst,
    rising,
)
from progress.rules.limits import PainLimits
from progress.rules.pain import ONE_DAY, PainHistory


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


# The heavier alert tells what the lighter one would.
COVERED_BY = {
    AlertKind.PAIN_RED: AlertKind.PAIN_KEEPS_RED,
    AlertKind.NOT_SETTLED: AlertKind.NOT_SETTLED_TWICE,
}


def alerts_called_for(today: date, history: PainHistory, limits: PainLimits) -> tuple[AlertCall, ...]:
    """Return the alerts about pain that today's facts call for (a warning sign opens its own when it is reported).

    Only of today and yesterday: old numbers open nothing. Whether somebody has seen the evidence of a closed alert
    already is asked with `advice.is_news`.
    """
    evidence = _evidence(today, history, limits)
    called = [kind for kind in AlertKind if evidence.get(kind)]
    return tuple(
        AlertCall(kind, LEVEL_OF[kind], evidence[kind]) for kind in called if COVERED_BY.get(kind) not in called
    )


def _evidence(today: date, history: PainHistory, limits: PainLimits) -> Mapping[AlertKind, tuple[Evidence, ...]]:
    days = (today - ONE_DAY, today)
    sessions = [session for day in days for session in history.on(day)]
    keeps = keeps_red(today, history, limits)
    return {
        AlertKind.PAIN_BEFORE_RED: tuple(row for session in sessions for row in red_before(session, limits)),
        AlertKind.PAIN_KEEPS_RED: keeps if any(row.local_date in days for row in keeps) else (),
        AlertKind.NOT_SETTLED_TWICE: _on_either(days, history, limits),
        AlertKind.PAIN_RED: tuple(row for session in sessions for row in red_worst(session, limits)),
        AlertKind.NOT_SETTLED: tuple(row for day in days for row in not_settled(day, history, limits)),
        AlertKind.PAIN_RISING: rising(today, history),
    }


def _on_either(days: tuple[date, date], history: PainHistory, limits: PainLimits) -> tuple[Evidence, ...]:
    """Return two mornings running that end on one of two days, each number once."""
    found = (row for day in days for row in not_settled_twice(day, history, limits))
    return tuple(dict.fromkeys(found))
