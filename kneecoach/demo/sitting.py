"""One sitting of a demo patient, step by step through the services of real use."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from exercises.rules import rep_seconds
from kneecoach.accounts.models import Patient
from kneecoach.demo.people import Person, Turn, at_point
from progress import services
from progress.facts import sides_of
from progress.models import (
    EFFORT_HIGHEST,
    EFFORT_LOWEST,
    PAIN_HIGHEST,
    PAIN_LOWEST,
    ExerciseSession,
    ExerciseSet,
    PainRating,
)
from progress.rules.days import local_moment
from progress.rules.reps import Outcome

SKIPS_PAIN = 0.05
# On a shaky day some holds are short and a repetition may be left out; on the others all goes well.
SHORT_WHEN_SHAKY, SKIPPED_WHEN_SHAKY = 0.3, 0.05
OTHER_KNEE_IS_BETTER_BY = 1
LONGEST_SITTING = timedelta(minutes=15)


def new_id(rng: Random) -> uuid.UUID:
    """Return an id as a phone would mint it, the same one in every run."""
    return uuid.UUID(int=rng.getrandbits(128), version=4)


@dataclass
class Sitting:
    """A person who sits down at `clock`; `point` says how far along their weeks that is, from 0 to 1."""

    person: Person
    patient: Patient
    rng: Random
    clock: datetime
    point: float
    turn: Turn | None = None
    is_shaky: bool = False

    def do(self) -> None:
        """Do it, to the end or as far as its turn lets it go."""
        if self.turn is Turn.ON_PAPER:
            self._enter_from_paper()
            return
        session = services.start_session(patient=self.patient, session_id=new_id(self.rng), now=self.clock)
        self._wait(8, 25)
        is_safe = self.turn is not Turn.RED_FLAG
        services.answer_safety(session=session, is_safe=is_safe, now=self.clock)
        if not is_safe:
            return
        self.is_shaky = self.rng.random() < at_point(self.person.shaky_days, self.point)
        rows = list(session.sets.select_related("exercise_session", "stage").order_by("order"))
        before = self._pain(at_point(self.person.pain, self.point))
        self._rate(session, rows, PainRating.Moment.BEFORE, before)
        # Whoever hurts too much before is asked to wait; these people say that their physiotherapist told them to go on.
        services.override_pain_limit(session=session, now=self.clock)
        for row in rows:
            self._do_set(row)
        if self.turn is Turn.STOPPED_FOR_PAIN:
            note = "Sharp pain under the kneecap."
            services.stop_session(session=session, reason=ExerciseSession.StopReason.PAIN, note=note, now=self.clock)
        if self.turn is Turn.BROKEN_OFF:
            services.stop_session(session=session, reason=ExerciseSession.StopReason.INTERRUPTED, now=self.clock)
        if self.turn is not Turn.LEFT_OPEN:
            self._answer_afterwards(session, rows, before)
        if self.turn is Turn.CORRECTED:
            self._correct(session, rows[0])

    def _do_set(self, row: ExerciseSet) -> None:
        self._wait(15, 45)
        services.begin_set(exercise_set=row, now=self.clock)
        seconds = rep_seconds((phase.timed for phase in row.stage.phases.all()), row.hold_target_ms / 1000)
        for number in range(1, self._last_number(row) + 1):
            self.clock += timedelta(seconds=seconds)
            self._do_rep(row, number, self._outcome(is_last=number == self._last_number(row)))

    def _last_number(self, row: ExerciseSet) -> int:
        if self.turn in {Turn.STOPPED_FOR_PAIN, Turn.BROKEN_OFF, Turn.LEFT_OPEN}:
            return row.reps_target // 2 - 1
        return row.reps_target

    def _outcome(self, *, is_last: bool) -> Outcome:
        if is_last and self.turn is Turn.STOPPED_FOR_PAIN:
            return Outcome.STOPPED_PAIN
        if self.is_shaky and self.rng.random() < SKIPPED_WHEN_SHAKY:
            return Outcome.SKIPPED
        is_short = self.is_shaky and self.rng.random() < SHORT_WHEN_SHAKY
        return Outcome.SHORT if is_short else Outcome.OK

    def _do_rep(self, row: ExerciseSet, number: int, outcome: Outcome) -> None:
        held_ms = {
            Outcome.OK: row.hold_target_ms + self.rng.randint(0, 240),
            Outcome.SHORT: self.rng.randint(row.hold_target_ms // 4, row.hold_target_ms - 600),
            Outcome.STOPPED_PAIN: self.rng.randint(300, 1500),
            Outcome.SKIPPED: None,
        }[outcome]
        claim = services.RepClaim(
            rep_id=new_id(self.rng),
            number=number,
            held_ms=held_ms,
            paused_ms=0,
            outcome=outcome,
            method=self.person.method,
            done_at=self.clock,
        )
        services.record_rep(exercise_set=row, claim=claim, now=self.clock)

    def _answer_afterwards(self, session: ExerciseSession, rows: list[ExerciseSet], before: int) -> None:
        worst = max(before, self._pain(before + at_point(self.person.pain_rise, self.point)))
        if self.turn is Turn.STOPPED_FOR_PAIN:
            worst = max(worst, 8)
        self._rate(session, rows, PainRating.Moment.WORST, worst)
        for row in rows:
            self._wait(3, 10)
            feels_it = self.rng.random() < at_point(self.person.feels_it, self.point)
            felt = ExerciseSet.Felt.YES if feels_it else self.rng.choice((ExerciseSet.Felt.UNSURE, ExerciseSet.Felt.NO))
            services.answer_felt(exercise_set=row, felt=felt, now=self.clock)
        self._wait(5, 20)
        effort = min(max(round(self.rng.gauss(3.5, 1.2)), EFFORT_LOWEST), EFFORT_HIGHEST)
        services.answer_effort(session=session, effort=effort, note="", now=self.clock)

    def _enter_from_paper(self) -> None:
        """Tick a sheet of paper instead, and enter it the next day."""
        now = self.clock + timedelta(days=1)
        span, slots = services.load_enterable(patient=self.patient, now=now)
        day = local_moment(self.clock, self.patient.time_zone).local_date
        slot = next(row for row in slots if row.day == day)
        rows = services.sets_to_enter(span, slot, self.patient)
        pain = self._pain(at_point(self.person.pain, self.point))
        moments = (PainRating.Moment.BEFORE, PainRating.Moment.WORST)
        entry = services.LaterEntry(
            session_id=new_id(self.rng),
            day=day,
            slot=slot.slot,
            is_from_paper=True,
            sets=tuple(services.LaterSet(row.prescription_id, row.side, row.reps_target, "yes") for row in rows),
            pain={(moment, side): pain for moment in moments for side in sides_of(rows)},
            note="My phone was being repaired.",
        )
        services.enter_session(patient=self.patient, entry=entry, now=now)

    def _correct(self, session: ExerciseSession, row: ExerciseSet) -> None:
        """Put right, an hour later, that the last repetitions were not held."""
        by = self.patient.user
        assert by is not None  # noqa: S101 -- whoever sits down at the page has an account
        change = services.Change(f"reps-{row.pk}", value=row.reps_target - 2)
        services.correct(
            session=session,
            changes=[change],
            reason="I let go early in the last two.",
            by=by,
            now=self.clock + timedelta(hours=1),
        )

    def _rate(self, session: ExerciseSession, rows: list[ExerciseSet], moment: str, value: int) -> None:
        for count, side in enumerate(sides_of(rows)):
            self._wait(3, 12)
            is_skipped = self.turn is None and self.rng.random() < SKIPS_PAIN
            lower = max(value - count * OTHER_KNEE_IS_BETTER_BY, PAIN_LOWEST)
            services.rate_pain(
                session=session, moment=moment, side=side, value=None if is_skipped else lower, now=self.clock
            )

    def _pain(self, about: float) -> int:
        return min(max(round(about + self.rng.uniform(-0.9, 0.9)), PAIN_LOWEST), PAIN_HIGHEST)

    def _wait(self, shortest: int, longest: int) -> None:
        self.clock += timedelta(seconds=self.rng.randint(shortest, longest))
