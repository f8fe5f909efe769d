"""What is on record of a made-up patient so far, and what the rules say to it: which slot, which sets, what is asked.

The same questions as the services put to the database, put to plain values.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from exercises.rules import Dose, SquatDepth
from kneecoach.demo.facts import Mastered, OnPaper, Prescribed, SatDown, StagePlan
from progress.asking import knees_of
from progress.rules.asking import is_hour_later_open, morning_asks_about
from progress.rules.days import PLANNED_SLOTS, LocalMoment, Slot, local_moment, pick_slot
from progress.rules.later import EnterableSlot, enterable_slots
from progress.rules.limits import RuleValues
from progress.rules.pain import ONE_DAY, SessionPain, asks_hour_later
from progress.rules.reps import Outcome
from progress.rules.slots import PrescriptionFact, SessionFact, SetFact, due_in
from progress.rules.weekly import week_to_ask

# Nothing that is asked here is about an older session.
SESSIONS_LOOKED_AT = 30


@dataclass
class Given:
    """One prescription; `fact.id` counts those of the patient."""

    stage: StagePlan
    side: str
    dose: Dose
    depth: SquatDepth | None
    fact: PrescriptionFact
    prescribed_at: datetime


@dataclass(frozen=True)
class SetPlan:
    """One set that a session asks for."""

    given: Given
    side: str


@dataclass(frozen=True)
class Known:
    """One session on record since `known_at`; its ratings by knee."""

    fact: SessionFact
    known_at: datetime
    sides: tuple[str, ...]
    # None where nobody knows when it ended.
    ended_at: datetime | None = None
    before: dict[str, int | None] = field(default_factory=dict)
    worst: dict[str, int | None] = field(default_factory=dict)


@dataclass
class Record:
    """Prescriptions and sessions of one patient in the order of time."""

    zone: str
    stages: Mapping[int, StagePlan]
    rules: RuleValues
    given: list[Given] = field(default_factory=list)
    sessions: list[Known] = field(default_factory=list)

    def moment(self, at: datetime) -> LocalMoment:
        """Return an instant as the patient's clock shows it."""
        return local_moment(at, self.zone)

    # --- decisions -------------------------------------------------------------------------------------------------
    def prescribe(self, row: Prescribed) -> None:
        """Write a prescription down; what ran on the same stage ends."""
        self._end(row.stage_number, row.starts_on)
        fact = PrescriptionFact(
            id=len(self.given),
            sessions_per_day=row.dose.sessions_per_day,
            starts_on=row.starts_on,
            ended_on=None,
            prescribed=self.moment(row.at),
        )
        self.given.append(Given(self.stages[row.stage_number], row.side, row.dose, row.depth, fact, row.at))

    def master(self, row: Mastered) -> None:
        """End what runs on a stage."""
        self._end(row.stage_number, row.on)

    def _end(self, stage_number: int, day: date) -> None:
        for given in self.given:
            if given.stage.number == stage_number and given.fact.ended_on is None:
                given.fact = replace(given.fact, ended_on=day)

    # --- sessions --------------------------------------------------------------------------------------------------
    def slot_at(self, at: datetime) -> Slot:
        """Return the slot that a session starting at an instant fills."""
        moment = self.moment(at)
        todays = [row for row in self._lately(at) if row.fact.local_date == moment.local_date]
        taken: dict[Slot, datetime] = {row.fact.slot: row.known_at for row in todays if row.fact.slot is not Slot.EXTRA}
        return pick_slot(moment, taken, at)

    def sets_for(self, slot: Slot, day: date, at: datetime) -> list[SetPlan]:
        """Return the sets that a slot of a day asks for: what is due, else whatever runs."""
        running = self._covering(day)
        facts = [row.fact for row in running]
        due = set(due_in(slot, day, facts, self._facts(at))) if slot in PLANNED_SLOTS else set()
        return plan_sets(row for row in running if not due or row.fact.id in due)

    def enterable(self, at: datetime) -> tuple[EnterableSlot, ...]:
        """Return the slots that can still be entered at an instant."""
        facts = [row.fact for row in self.given]
        return enterable_slots(self.moment(at), facts, self._facts(at))

    def add_session(self, row: SatDown) -> None:
        """Put a sitting on record."""
        held = [sum(rep.outcome is Outcome.OK for rep in one.reps) for one in row.sets] or [0] * len(row.planned)
        self._add(row, [(*key, done) for key, done in zip(row.planned, held, strict=True)], row.at, row)

    def add_paper(self, row: OnPaper) -> None:
        """Put what was entered from paper on record, known from then on."""
        self._add(row, row.sets, row.at, None)

    def _add(
        self, row: SatDown | OnPaper, sets: Iterable[tuple[int, str, int]], known_at: datetime, live: SatDown | None
    ) -> None:
        rows = list(sets)
        fact = SessionFact(
            id=row.id,
            local_date=row.day,
            slot=row.slot,
            started_wall=self.moment(row.at).wall,
            is_open=False,
            sets=tuple(SetFact(number, self.given[number].dose.reps_min, done) for number, _side, done in rows),
            is_entered_later=live is None,
        )
        self.sessions.append(
            Known(
                fact,
                known_at,
                tuple(side for _number, side, _done in rows),
                ended_at=live.ended_at if live else None,
                before={one.side: one.value for one in live.before} if live else {},
                worst={one.side: one.value for one in live.worst} if live else {},
            )
        )

    # --- what is asked ---------------------------------------------------------------------------------------------
    def morning_knees(self, at: datetime) -> tuple[str, ...]:
        """Return the knees that the morning check asks about; none where it is not open."""
        moment = self.moment(at)
        yesterday = moment.local_date - ONE_DAY
        if morning_asks_about(moment, (yesterday,)) is None:
            return ()
        return knees_of(side for row in self._lately(at) if row.fact.local_date == yesterday for side in row.sides)

    def week(self, at: datetime) -> tuple[date, tuple[str, ...]] | None:
        """Return the week that is asked about, with its knees; None where nothing was prescribed in it."""
        today = self.moment(at).local_date
        monday = week_to_ask(today, [row.fact for row in self.given])
        if monday is None:
            return None
        return monday, knees_of(row.side for row in self.given if week_to_ask(today, [row.fact]))

    def session_in(self, day: date, slot: str, at: datetime) -> Known | None:
        """Return the session of a slot, as far as it is known by then."""
        found = (row for row in self._lately(at) if (row.fact.local_date, row.fact.slot) == (day, slot))
        return next(found, None)

    def knees_hour_later(self, session: Known, at: datetime) -> Iterator[str]:
        """Return the knees that are asked for about an hour later, the one that was rated last first."""
        if session.ended_at is None or not is_hour_later_open(session.ended_at, at):
            return
        pain = SessionPain(session.fact.id, session.fact.local_date, 0, session.before, session.worst, {})
        yield from (side for side in reversed(session.worst) if asks_hour_later(pain, side))

    def _covering(self, day: date) -> list[Given]:
        rows = (row for row in self.given if row.fact.covers(day))
        return sorted(rows, key=lambda row: (row.stage.number, row.prescribed_at))

    def _lately(self, at: datetime) -> list[Known]:
        return [row for row in self.sessions[-SESSIONS_LOOKED_AT:] if row.known_at <= at]

    def _facts(self, at: datetime) -> list[SessionFact]:
        return [row.fact for row in self._lately(at)]


def plan_sets(rows: Iterable[Given]) -> list[SetPlan]:
    """Return one set for each prescription; of one leg at a time two, where both knees are meant."""
    return [
        SetPlan(row, side)
        for row in rows
        for side in (("left", "right") if row.stage.is_one_legged and row.side == "both" else (row.side,))
    ]
