"""Who needs somebody first. No Django here; `now` and `today` are arguments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol
from uuid import UUID

from progress.rules.readiness import LONG_AFTER_DAYS

# Without a word for two whole days (issue of the desk, domain reference 3a).
QUIET_AFTER = timedelta(hours=48)
ONE_DAY = timedelta(days=1)


class Need(StrEnum):
    """Why somebody should look at a patient, the most pressing first."""

    URGENT = "urgent"
    PAIN = "pain"
    UNSETTLED = "unsettled"
    ASKS = "asks"
    QUIET = "quiet"
    UNREAD = "unread"
    STUCK = "stuck"


PLACES = {need: place for place, need in enumerate(Need)}


class OpenAlert(NamedTuple):
    """An alert that nobody has resolved: what it calls for, and whether somebody has seen it."""

    need: Need
    is_seen: bool


class Counted(NamedTuple):
    """How many of the criteria were met when they were counted last, and on which day of the patient that was."""

    day: date
    met: int
    total: int

    @property
    def is_ready(self) -> bool:
        """Tell whether all of them were met."""
        return self.met == self.total


class Case(NamedTuple):
    """What is known of one patient before anything of them is shown.

    `quiet` is how long nothing was heard although something was due, `heard_at` when the last session of somebody quiet
    started;
    `days_on_stage` counts the highest stage that runs, None where none runs or no stage is above it; `criteria` are as they were
    counted last for the dose that runs, None where nobody has counted them yet.
    """

    patient_id: UUID
    name: str
    is_mine: bool
    signs: int = 0
    alerts: tuple[OpenAlert, ...] = ()
    is_asking: bool = False
    quiet: timedelta | None = None
    heard_at: datetime | None = None
    unread: int = 0
    days_on_stage: int | None = None
    criteria: Counted | None = None

    @property
    def is_long(self) -> bool:
        """Tell whether they have been on a stage for over four weeks."""
        return self.days_on_stage is not None and self.days_on_stage > LONG_AFTER_DAYS

    @property
    def needs(self) -> tuple[Need, ...]:
        """Return every reason to look, the most pressing first."""
        return _needs(
            self.alerts,
            has_sign=self.signs > 0,
            is_asking=self.is_asking,
            is_quiet=self.quiet is not None,
            has_note=self.unread > 0,
            # What nobody has counted is not met.
            is_stuck=self.is_long and not (self.criteria and self.criteria.is_ready),
        )

    @property
    def is_seen(self) -> bool:
        """Tell whether the most pressing reason is an alert, and somebody has seen all that are as pressing."""
        if not self.alerts:
            return False
        first = self.needs[0]
        if first is Need.URGENT and self.signs:
            return False
        own = [alert.is_seen for alert in self.alerts if alert.need is first]
        return bool(own) and all(own)


# Of thousands of patients, most have the same few.
@lru_cache(maxsize=10_000)
def _needs(
    alerts: tuple[OpenAlert, ...], *, has_sign: bool, is_asking: bool, is_quiet: bool, has_note: bool, is_stuck: bool
) -> tuple[Need, ...]:
    found = {alert.need for alert in alerts}
    others = {
        Need.URGENT: has_sign,
        Need.ASKS: is_asking,
        Need.QUIET: is_quiet,
        Need.UNREAD: has_note,
        Need.STUCK: is_stuck,
    }
    return tuple(need for need in Need if need in found or others.get(need, False))


def in_order(cases: Iterable[Case]) -> list[Case]:
    """Return one's own patients first, each part by need; of the same need those that nobody has seen, then the longest."""

    def key(case: Case) -> tuple[object, ...]:
        needs = case.needs
        if not needs:
            return (not case.is_mine, len(PLACES), False, 0, case.name.casefold(), case.patient_id)
        first, waited = needs[0], 0.0
        if first is Need.QUIET and case.quiet is not None:
            waited = case.quiet / ONE_DAY
        elif first is Need.STUCK:
            waited = case.days_on_stage or 0
        return (not case.is_mine, PLACES[first], case.is_seen, -waited, case.name.casefold(), case.patient_id)

    return sorted(cases, key=key)


def count_needs(cases: Iterable[Case]) -> dict[Need, int]:
    """Return how many patients there are with each need, first or not."""
    counts = dict.fromkeys(Need, 0)
    for case in cases:
        for need in case.needs:
            counts[need] += 1
    return counts


class Due(Protocol):
    """A prescription that knows its days, such as progress.rules.slots.PrescriptionFact."""

    def covers(self, day: date) -> bool: ...


def quiet_for(
    now: datetime, today: date, *, heard_at: datetime | None, prescribed_at: datetime | None, due: Sequence[Due]
) -> timedelta | None:
    """Return for how long nothing was heard, from 48 hours on; None for less, or where nothing was due meanwhile.

    `heard_at` is the start of the last session, `prescribed_at` when the first of what runs was prescribed. Something has
    to be due today and to have been due on both days before: who is on a pause is not quiet, nor who comes back from one.
    """
    since = heard_at or prescribed_at
    if since is None or now - since < QUIET_AFTER:
        return None
    days = (today, today - ONE_DAY, today - 2 * ONE_DAY)
    return now - since if all(any(row.covers(day) for row in due) for day in days) else None


@dataclass(frozen=True)
class Given:
    """One prescription, as far as it tells since when somebody is on a stage. `key` is the stage in its programme."""

    key: tuple[int, str]
    stage_number: int
    starts_on: date
    is_active: bool
    is_superseded: bool


@dataclass(frozen=True)
class OnStage:
    """A stage that runs, and since when: a new dose of it does not begin anew."""

    stage_number: int
    since: date

    def days(self, today: date) -> int:
        """Return how many days that is; 0 for one that is still to start."""
        return max((today - self.since).days, 0)


def stages_running(given: Iterable[Given]) -> dict[tuple[int, str], OnStage]:
    """Return the stages that run, by key; `given` are all prescriptions of a patient in the order they were made."""
    since: dict[tuple[int, str], date] = {}
    running: dict[tuple[int, str], OnStage] = {}
    for row in given:
        if row.is_active or row.is_superseded:
            begun = since.setdefault(row.key, row.starts_on)
            if row.is_active:
                running[row.key] = OnStage(row.stage_number, begun)
        else:
            since.pop(row.key, None)
    return running
