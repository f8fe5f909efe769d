"""Histories of pain and of days, as short as they can be said."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from progress.rules.days import LocalMoment
from progress.rules.limits import PainLimits
from progress.rules.pain import PainHistory, SessionPain
from progress.rules.readiness import Criterion, CriterionKey, Readiness, StageDay, StageHistory
from progress.rules.slots import PrescriptionFact

TODAY = date(2026, 11, 25)
STANDARD = PainLimits()


def back(days: int, today: date = TODAY) -> date:
    """Return the day so many days ago."""
    return today - timedelta(days=days)


def at(wall: str, day: date = TODAY) -> LocalMoment:
    """Return a wall time within a programme day; hours before 04:00 belong to the end of it."""
    time = datetime.strptime(wall, "%H:%M").time()  # noqa: DTZ007 -- a wall clock
    return LocalMoment(day, datetime.combine(day + timedelta(days=time.hour < 4), time), 60)


def prescription(**values) -> PrescriptionFact:
    """Return one that has run for weeks, twice a day."""
    long_ago = date(2026, 10, 1)
    defaults = {
        "id": 1,
        "sessions_per_day": 2,
        "starts_on": long_ago,
        "ended_on": None,
        "prescribed": at("09:00", long_ago),
    }
    return PrescriptionFact(**defaults | values)


def knees(numbers: Any, side: str = "right") -> dict[str, int | None]:
    """Return a number of one knee, or a mapping as it is; an ellipsis stands for: not asked."""
    if isinstance(numbers, Mapping):
        return dict(numbers)
    return {} if numbers is ... else {side: numbers}


def pain(order: int, day: date, *, before: object = ..., worst: object = ..., **values) -> SessionPain:
    """Return the pain around a session: of the right knee, or of `{"left": 1, "right": None}`."""
    hour_later = knees(values.pop("hour_later", ...))
    return SessionPain(UUID(int=order), day, order, knees(before), knees(worst), hour_later, **values)


def history(*sessions: SessionPain, mornings: Mapping[date, object] | None = None, **values) -> PainHistory:
    """Return sessions and mornings."""
    return PainHistory(sessions, {day: knees(number) for day, number in (mornings or {}).items()}, **values)


def of_numbers(*worst: int | None, first: date, before: int = 0) -> tuple[SessionPain, ...]:
    """Return one session a day from the first day on, with these worst pains."""
    return tuple(
        pain(number + 1, first + timedelta(days=number), before=before, worst=value)
        for number, value in enumerate(worst)
    )


def stage_day(day: date, **values) -> StageDay:
    """Return a day on which everything was done as it should be."""
    defaults = {
        "is_counted": True,
        "slots_due": 2,
        "slots_done": 2,
        "holds_timed": 20,
        "holds_kept": 20,
        "sets_felt_yes": 2,
        "sets_felt_asked": 2,
        "worst": (1, 1),
    }
    return StageDay(day=day, **defaults | values)


def good_pain(today: date = TODAY) -> PainHistory:
    """Return two weeks of pain that stays at one, and settles."""
    sessions = [pain(number, back(15 - number, today), before=1, worst=1) for number in range(15)]
    return history(*sessions, mornings={back(number, today): 1 for number in range(15)})


def good_stage(**values) -> StageHistory:
    """Return a stage of two weeks on which every criterion is met, with changes."""
    defaults = {
        "on_stage_since": back(14),
        "days": tuple(stage_day(back(number)) for number in range(14, 0, -1)),
        "pain": good_pain(),
        "has_open_flag": False,
    }
    return StageHistory(**defaults | values)


def criterion(result: Readiness, key: CriterionKey) -> Criterion:
    """Return one criterion."""
    return next(row for row in result.criteria if row.key is key)
