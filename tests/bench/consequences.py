"""What the services make of the facts of a life: alerts with their evidence, and the criteria as they were counted.

By the rules alone, without a query, so that rows can be written in bulk. `tests/bench/test_copying.py` holds it to the
services.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import singledispatchmethod
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

from kneecoach.demo import facts
from kneecoach.demo.facts import Life, StagePlan
from progress.evidence import LOOKED_BACK
from progress.history import PAIN_DAYS
from progress.rules.advice import Evidence
from progress.rules.alerts import LEVEL_OF, AlertKind, AlertLevel, alerts_called_for
from progress.rules.days import PLANNED_SLOTS, local_moment
from progress.rules.later import HOUR_OF
from progress.rules.limits import RuleValues
from progress.rules.pain import ONE_DAY, REAL_CHANGE, WEEK, PainHistory, SessionPain
from progress.rules.readiness import LONG_AFTER_DAYS, Readiness, StageDay, StageHistory, readiness, worse
from progress.rules.reps import Outcome, is_hold_kept
from progress.rules.slots import PrescriptionFact


@dataclass
class Raised:
    """An alert; `is_own` tells whether the patient's own limits were in force. Evidence with when it was added."""

    kind: AlertKind
    opened_at: datetime
    is_own: bool
    evidence: list[tuple[Evidence | UUID, datetime]] = field(default_factory=list)
    closed: facts.AlertsClosed | None = None
    flag_day: date | None = None


@dataclass(frozen=True)
class Counted:
    """The criteria of a day, standing at one prescription."""

    at: datetime
    day: date
    prescription: int
    is_own: bool
    readiness: Readiness


@dataclass
class Consequences:
    """Everything that follows from one life."""

    life: Life
    stages: dict[int, StagePlan]
    rules: RuleValues
    alerts: list[Raised] = field(default_factory=list)
    # By the request that they were counted for, and whether it was with the answer.
    counted: dict[tuple[UUID, bool], Counted] = field(default_factory=dict)
    # Of somebody who has been on a stage for long: once a day.
    kept: list[Counted] = field(default_factory=list)
    prescriptions: list[tuple[facts.Prescribed, PrescriptionFact]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_own = False
        self.has_flag = False
        self.pain: list[SessionPain] = []
        self.satdown: dict[UUID, facts.SatDown] = {}
        self.late: set[UUID] = set()
        self.mornings: dict[date, dict[str, int | None]] = {}
        self.swollen: set[date] = set()
        self.seen: defaultdict[AlertKind, list[Evidence]] = defaultdict(list)
        self.rising_asked_on: date | None = None
        # The last day on which the criteria were counted.
        self.kept_on: date | None = None
        self.mastered: set[int] = set()
        for fact in self.life.facts:
            self.follow(fact)

    @singledispatchmethod
    def follow(self, fact: object) -> None:
        """Note what follows from a fact; from most of them nothing does."""

    # --- decisions -------------------------------------------------------------------------------------------------
    @follow.register
    def _(self, fact: facts.Prescribed) -> None:
        self._end(fact.stage_number, fact.starts_on)
        zone = self.life.account.time_zone
        row = PrescriptionFact(
            len(self.prescriptions), fact.dose.sessions_per_day, fact.starts_on, None, local_moment(fact.at, zone)
        )
        self.prescriptions.append((fact, row))

    @follow.register
    def _(self, fact: facts.Mastered) -> None:
        running = ((given, row) for given, row in self.prescriptions if row.ended_on is None)
        self.mastered |= {row.id for given, row in running if given.stage_number == fact.stage_number}
        self._end(fact.stage_number, fact.on)

    def _end(self, stage_number: int, day: date) -> None:
        self.prescriptions = [
            (given, replace(row, ended_on=day))
            if given.stage_number == stage_number and row.ended_on is None
            else (given, row)
            for given, row in self.prescriptions
        ]

    @follow.register
    def _(self, fact: facts.LimitsSet) -> None:
        self.rules, self.is_own = fact.values, True
        self._keep_long_stay(fact.at, again=True)

    @follow.register
    def _(self, fact: facts.AlertsClosed) -> None:
        for alert in self.alerts:
            if alert.closed is None and alert.kind is not AlertKind.RED_FLAG:
                alert.closed = fact
                self._keep_long_stay(fact.at, again=True)

    # --- pain ------------------------------------------------------------------------------------------------------
    @follow.register
    def _(self, fact: facts.SatDown) -> None:
        self._keep_long_stay(fact.at)
        self.satdown[fact.id] = fact
        if not fact.is_safe:
            self._warn(fact)
        before: dict[str, int | None] = {}
        worst: dict[str, int | None] = {}
        self._remember(SessionPain(fact.id, fact.day, _order(fact.at), before, worst, {}))
        for row in fact.before:
            before[row.side] = row.value
            self._refresh(row.at, told_of=fact.day)
        for row in fact.worst:
            worst[row.side] = row.value
            self._refresh(row.at, told_of=fact.day)

    @follow.register
    def _(self, fact: facts.OnPaper) -> None:
        by_moment: defaultdict[str, dict[str, int | None]] = defaultdict(dict)
        for moment, side, value in fact.pain:
            by_moment[moment][side] = value
        started_at = paper_hour(fact, self.life.account.time_zone)
        pain = SessionPain(fact.id, fact.day, _order(started_at), by_moment["before"], by_moment["worst"], {})
        self.late.add(fact.id)
        self._remember(pain)
        self._refresh(fact.at, told_of=fact.day)
        self._keep_long_stay(fact.at)

    @follow.register
    def _(self, fact: facts.Corrected) -> None:
        self.late.add(fact.session_id)

    @follow.register
    def _(self, fact: facts.MorningTold) -> None:
        if fact.swelling == "marked":
            self.swollen.add(fact.day)
        for side, value in fact.pain:
            self.mornings.setdefault(fact.day, {})[side] = value
            self._refresh(fact.at, told_of=fact.day)

    def _remember(self, pain: SessionPain) -> None:
        insort(self.pain, pain, key=lambda row: row.order)

    def _refresh(self, at: datetime, *, told_of: date) -> None:
        today = local_moment(at, self.life.account.time_zone).local_date
        first = today - timedelta(days=PAIN_DAYS)
        near = [row for row in self.pain[-5 * PAIN_DAYS :] if row.local_date >= first]
        # Most days the rules would find nothing, and asking them is most of the work.
        is_new = told_of != today or self.rising_asked_on != today
        if not self._is_over(near, today) and not (is_new and _may_rise(near, today)):
            self.rising_asked_on = today
            return
        self.rising_asked_on = today
        for call in alerts_called_for(today, PainHistory(tuple(near), self.mornings), self.rules.limits):
            known = [row for row in self.seen[call.kind] if row.local_date >= today - LOOKED_BACK]
            news = [row for row in call.evidence if not any(row.repeats(old) for old in known)]
            if news:
                standing = self._open(call.kind)
                alert = standing or self._raise(call.kind, at)
                added = news if standing else call.evidence
                alert.evidence += [(row, at) for row in added]
                self.seen[call.kind] += added

    def _is_over(self, near: list[SessionPain], today: date) -> bool:
        """Tell whether a number of these two days is over a limit, as far as one can tell quickly."""
        limits = self.rules.limits
        for row in near:
            if row.local_date >= today - ONE_DAY and max(_numbers(row.before, row.worst), default=0) > limits.amber_max:
                return True
        for day in (today, today - ONE_DAY):
            mornings = _numbers(self.mornings.get(day, {}))
            before = _numbers(*(row.before for row in near if row.local_date == day - ONE_DAY))
            if mornings and before and max(mornings) > min(before) + limits.settled_tolerance:
                return True
        return False

    def _open(self, kind: AlertKind) -> Raised | None:
        return next((row for row in self.alerts if row.kind is kind and row.closed is None), None)

    def _raise(self, kind: AlertKind, at: datetime) -> Raised:
        alert = Raised(kind, at, self.is_own)
        self.alerts.append(alert)
        return alert

    def _warn(self, fact: facts.SatDown) -> None:
        self.has_flag = True
        alert = self._open(AlertKind.RED_FLAG) or self._raise(AlertKind.RED_FLAG, fact.safety_at)
        alert.evidence.append((fact.id, fact.safety_at))
        alert.flag_day = fact.day

    # --- criteria --------------------------------------------------------------------------------------------------
    @follow.register
    def _(self, fact: facts.AskedForStage) -> None:
        self.counted[fact.id, False] = self._count(fact.at)

    @follow.register
    def _(self, fact: facts.Declined) -> None:
        self.counted[fact.request_id, True] = self._count(fact.at)

    def _keep_long_stay(self, at: datetime, *, again: bool = False) -> None:
        today = local_moment(at, self.life.account.time_zone).local_date
        running = {given.stage_number for given, row in self.prescriptions if row.ended_on is None}
        begun = today - timedelta(days=LONG_AFTER_DAYS)
        is_long = any(
            row.starts_on < begun and given.stage_number in running and row.id not in self.mastered
            for given, row in self.prescriptions
        )
        if not is_long or max(running) == max(self.stages) or (not again and self.kept_on == today):
            return
        self.kept.append(self._count(at))

    def _count(self, at: datetime) -> Counted:
        today = local_moment(at, self.life.account.time_zone).local_date
        self.kept_on = today
        running = [(given, row) for given, row in self.prescriptions if row.ended_on is None]
        running.sort(key=lambda pair: pair[0].stage_number)
        found = worse([readiness(today, self._history(given, row, today), self.rules) for given, row in running])
        return Counted(at, today, running[-1][1].id, self.is_own, found)

    def _history(self, given: facts.Prescribed, row: PrescriptionFact, today: date) -> StageHistory:
        first = max(row.starts_on, today - timedelta(days=self.rules.criteria.window_days))
        pain_from = min(first, today - timedelta(days=PAIN_DAYS))
        near = [replace(one, is_late=one.session_id in self.late) for one in self.pain if one.local_date >= pain_from]
        pain = PainHistory(tuple(near), self.mornings, swollen=frozenset(self.swollen))
        in_time = [one for one in near if not one.is_late]
        days = (first + timedelta(days=count) for count in range((today - first).days))
        high = any(alert.closed is None and LEVEL_OF[alert.kind] is AlertLevel.HIGH for alert in self.alerts)
        return StageHistory(
            row.starts_on,
            tuple(self._day(day, given, row, [one for one in in_time if one.local_date == day]) for day in days),
            pain,
            has_open_flag=self.has_flag or high,
        )

    def _day(self, day: date, given: facts.Prescribed, row: PrescriptionFact, near: list[SessionPain]) -> StageDay:
        due = sum(row.is_due_in(slot, day) for slot in PLANNED_SLOTS)
        own = [(one, done) for one in near for done in self._own_sets(one, row)]
        target_ms = given.dose.hold_target_seconds * 1000
        in_slot: defaultdict[str, list[bool]] = defaultdict(list)
        for one, done in own:
            held = sum(rep.outcome is Outcome.OK for rep in done.reps)
            wanted = self.rules.criteria.rep_target or given.dose.reps_min
            in_slot[self.satdown[one.session_id].slot].append(held >= wanted)
        full = sum(all(in_slot[slot]) for slot in PLANNED_SLOTS if slot in in_slot)
        holds = [rep.held_ms for _one, done in own for rep in done.reps if rep.held_ms is not None]
        asked = [done for _one, done in own if done.reps]
        return StageDay(
            day=day,
            is_counted=bool(due),
            slots_due=min(due, row.sessions_per_day),
            slots_done=min(full, row.sessions_per_day, due),
            holds_timed=len(holds),
            holds_kept=sum(is_hold_kept(value, target_ms) for value in holds),
            sets_felt_yes=sum(done.felt == "yes" for done in asked),
            sets_felt_asked=len(asked),
            worst=tuple(
                value for one in near if any(own_one is one for own_one, _done in own) for value in one.worst_by_knee
            ),
        )

    def _own_sets(self, one: SessionPain, row: PrescriptionFact) -> Iterator[facts.SetDone]:
        fact = self.satdown[one.session_id]
        if fact.sets:
            yield from (done for done in fact.sets if done.prescription == row.id)
        else:
            planned = (side for number, side in fact.planned if number == row.id)
            yield from (facts.SetDone(fact.at, row.id, side, ()) for side in planned)


def paper_hour(fact: facts.OnPaper, zone: str) -> datetime:
    """Return the hour that stands for a sitting on paper."""
    wall = datetime.combine(fact.day, HOUR_OF[fact.slot], ZoneInfo(zone))
    return min(wall.astimezone(UTC), fact.at)


def _numbers(*told: Mapping[str, int | None]) -> list[int]:
    return [value for numbers in told for value in numbers.values() if value is not None]


def _may_rise(near: list[SessionPain], today: date) -> bool:
    """Tell whether the median of the last seven days may be two above the one before."""
    weeks: tuple[list[int], list[int]] = ([], [])
    for row in near:
        numbers = _numbers(row.worst)
        if numbers and row.local_date < today:
            weeks[row.local_date < today - WEEK].append(max(numbers))
    return all(weeks) and median(weeks[0]) - median(weeks[1]) >= REAL_CHANGE


def _order(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
