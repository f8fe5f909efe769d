"""One sitting of a made-up patient, step by step: what is done, felt and told."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from exercises.rules import rep_seconds
from kneecoach.demo.facts import Corrected, Fact, OnPaper, Rated, RepDone, SatDown, SetDone, Stopped
from kneecoach.demo.people import Person, Turn, at_point
from kneecoach.demo.record import Record, SetPlan
from progress.asking import knees_of
from progress.models import (
    EFFORT_HIGHEST,
    EFFORT_LOWEST,
    PAIN_HIGHEST,
    PAIN_LOWEST,
    ExerciseSession,
    ExerciseSet,
    PainRating,
)
from progress.rules.reps import Outcome

SKIPS_PAIN = 0.05
# On a shaky day some holds are short and a repetition may be left out; on the others all goes well.
SHORT_WHEN_SHAKY, SKIPPED_WHEN_SHAKY = 0.3, 0.05
OTHER_KNEE_IS_BETTER_BY = 1
LONGEST_SITTING = timedelta(minutes=15)
Moment, Felt, StopReason = PainRating.Moment, ExerciseSet.Felt, ExerciseSession.StopReason


def new_id(rng: Random) -> uuid.UUID:
    """Return an id as a phone would mint it, the same one in every run."""
    return uuid.UUID(int=rng.getrandbits(128), version=4)


@dataclass
class Sitting:
    """A person who sits down at `clock`; `point` says how far along their weeks that is, from 0 to 1."""

    person: Person
    record: Record
    rng: Random
    clock: datetime
    point: float
    turn: Turn | None = None
    is_shaky: bool = False

    def do(self) -> Iterator[Fact]:
        """Do it, to the end or as far as its turn lets it go, and put it on record."""
        if self.turn is Turn.ON_PAPER:
            yield self._enter_from_paper()
            return
        done = self._sit_down()
        self.record.add_session(done)
        yield done
        if self.turn is Turn.CORRECTED:
            yield self._correct(done)

    def _sit_down(self) -> SatDown:
        at, session_id = self.clock, new_id(self.rng)
        day, slot = self.record.moment(at).local_date, self.record.slot_at(at)
        plan = self.record.sets_for(slot, day, at)
        self._wait(8, 25)
        known = {
            "at": at,
            "id": session_id,
            "day": day,
            "slot": slot,
            "planned": tuple((row.given.fact.id, row.side) for row in plan),
            "safety_at": self.clock,
            "method": self.person.method,
        }
        if self.turn is Turn.RED_FLAG:
            return SatDown(**known, is_safe=False)  # type: ignore[arg-type]
        self.is_shaky = self.rng.random() < at_point(self.person.shaky_days, self.point)
        knees = knees_of(row.side for row in plan)
        pain = self._pain(at_point(self.person.pain, self.point))
        before = self._rate(knees, Moment.BEFORE, pain)
        # Whoever hurts too much before is asked to wait; these people say that their physiotherapist told them to go on.
        limit = self.record.rules.limits.amber_max
        is_over = any(row.value is not None and row.value > limit for row in before)
        overridden_at = self.clock if is_over else None
        sets = tuple(self._do_set(row) for row in plan)
        stopped = self._stop()
        worst: tuple[Rated, ...] = ()
        effort, effort_at = None, None
        if self.turn is not Turn.LEFT_OPEN:
            worst, sets = self._answer_afterwards(knees, plan, sets, pain)
            self._wait(5, 20)
            effort = min(max(round(self.rng.gauss(3.5, 1.2)), EFFORT_LOWEST), EFFORT_HIGHEST)
            effort_at = self.clock
        return SatDown(
            **known,  # type: ignore[arg-type]
            is_safe=True,
            before=before,
            overridden_at=overridden_at,
            sets=sets,
            stopped=stopped,
            worst=worst,
            effort=effort,
            effort_at=effort_at,
        )

    # --- repetitions -----------------------------------------------------------------------------------------------
    def _do_set(self, plan: SetPlan) -> SetDone:
        self._wait(15, 45)
        dose, begun_at = plan.given.dose, self.clock
        seconds = rep_seconds(plan.given.stage.phases, dose.hold_target_seconds)
        last = self._last_number(dose.reps_target)
        reps = []
        for number in range(1, last + 1):
            self.clock += timedelta(seconds=seconds)
            outcome = self._outcome(is_last=number == last)
            reps.append(self._rep(number, outcome, dose.hold_target_seconds * 1000))
        return SetDone(begun_at, plan.given.fact.id, plan.side, tuple(reps))

    def _last_number(self, target: int) -> int:
        if self.turn in {Turn.STOPPED_FOR_PAIN, Turn.BROKEN_OFF, Turn.LEFT_OPEN}:
            return target // 2 - 1
        return target

    def _outcome(self, *, is_last: bool) -> Outcome:
        if is_last and self.turn is Turn.STOPPED_FOR_PAIN:
            return Outcome.STOPPED_PAIN
        if self.is_shaky and self.rng.random() < SKIPPED_WHEN_SHAKY:
            return Outcome.SKIPPED
        is_short = self.is_shaky and self.rng.random() < SHORT_WHEN_SHAKY
        return Outcome.SHORT if is_short else Outcome.OK

    def _rep(self, number: int, outcome: Outcome, target_ms: int) -> RepDone:
        # All dice are thrown for every repetition, so that the next one does not depend on how this one ended.
        held_ms = {
            Outcome.OK: target_ms + self.rng.randint(0, 240),
            Outcome.SHORT: self.rng.randint(target_ms // 4, target_ms - 600),
            Outcome.STOPPED_PAIN: self.rng.randint(300, 1500),
            Outcome.SKIPPED: None,
        }[outcome]
        return RepDone(self.clock, new_id(self.rng), number, held_ms, outcome)

    def _stop(self) -> Stopped | None:
        if self.turn is Turn.STOPPED_FOR_PAIN:
            return Stopped(self.clock, StopReason.PAIN.value, "Sharp pain under the kneecap.")
        return Stopped(self.clock, StopReason.INTERRUPTED.value) if self.turn is Turn.BROKEN_OFF else None

    # --- answers ---------------------------------------------------------------------------------------------------
    def _answer_afterwards(
        self, knees: tuple[str, ...], plan: list[SetPlan], sets: tuple[SetDone, ...], before: int
    ) -> tuple[tuple[Rated, ...], tuple[SetDone, ...]]:
        """Tell the worst pain, and of each set whether the muscle was felt."""
        worst = max(before, self._pain(before + at_point(self.person.pain_rise, self.point)))
        if self.turn is Turn.STOPPED_FOR_PAIN:
            worst = max(worst, 8)
        rated = self._rate(knees, Moment.WORST, worst)
        return rated, tuple(self._feel(row, one) for row, one in zip(plan, sets, strict=True))

    def _feel(self, plan: SetPlan, done: SetDone) -> SetDone:
        self._wait(3, 10)
        feels_it = self.rng.random() < at_point(self.person.feels_it, self.point)
        felt = Felt.YES if feels_it else self.rng.choice((Felt.UNSURE, Felt.NO))
        depth = plan.given.depth.rung if plan.given.depth else None
        return SetDone(done.begun_at, done.prescription, done.side, done.reps, felt.value, self.clock, depth)

    def _rate(self, knees: tuple[str, ...], moment: str, value: int) -> tuple[Rated, ...]:
        rated = []
        for count, side in enumerate(knees):
            self._wait(3, 12)
            is_skipped = self.turn is None and self.rng.random() < SKIPS_PAIN
            lower = max(value - count * OTHER_KNEE_IS_BETTER_BY, PAIN_LOWEST)
            rated.append(Rated(self.clock, str(moment), side, None if is_skipped else lower))
        return tuple(rated)

    def _enter_from_paper(self) -> OnPaper:
        """Tick a sheet of paper instead, and enter it the next day."""
        at = self.clock + timedelta(days=1)
        day = self.record.moment(self.clock).local_date
        free = next(row for row in self.record.enterable(at) if row.day == day)
        plan = [row for row in self.record.sets_for(free.slot, day, at) if row.given.fact.id in free.prescription_ids]
        session_id = new_id(self.rng)
        pain = self._pain(at_point(self.person.pain, self.point))
        done = OnPaper(
            at=at,
            id=session_id,
            day=day,
            slot=free.slot,
            sets=tuple((row.given.fact.id, row.side, row.given.dose.reps_target) for row in plan),
            pain=tuple(
                (str(moment), side, pain)
                for moment in (Moment.BEFORE, Moment.WORST)
                for side in knees_of(row.side for row in plan)
            ),
            note="My phone was being repaired.",
        )
        self.record.add_paper(done)
        return done

    def _correct(self, done: SatDown) -> Corrected:
        """Put right, an hour later, that the last repetitions were not held."""
        first = self.record.given[done.planned[0][0]]
        return Corrected(
            self.clock + timedelta(hours=1),
            done.id,
            order=1,
            value=first.dose.reps_target - 2,
            reason="I let go early in the last two.",
        )

    def _pain(self, about: float) -> int:
        return min(max(round(about + self.rng.uniform(-0.9, 0.9)), PAIN_LOWEST), PAIN_HIGHEST)

    def _wait(self, shortest: int, longest: int) -> None:
        self.clock += timedelta(seconds=self.rng.randint(shortest, longest))
