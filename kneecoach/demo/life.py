"""The life of a made-up patient until `now`, the same one for the same seed. Nothing happens after `now`.

Plain facts in, plain facts out: no query. What a day asks for is told by the rules (record.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from exercises.rules import PAIN_LIMIT_USUAL, SquatDepth
from kneecoach.demo.answers import Answers
from kneecoach.demo.facts import (
    Account,
    AlertsClosed,
    Fact,
    Life,
    LimitsSet,
    Mastered,
    MuscleFound,
    Prescribed,
    StagePlan,
)
from kneecoach.demo.people import CLINIC_ZONE, Decision, Person, Turn, at_point
from kneecoach.demo.record import Record
from kneecoach.demo.sitting import LONGEST_SITTING, Sitting, new_id
from progress.rules.days import local_moment
from progress.rules.limits import PRESETS, Preset, RuleValues

SEED = "kneecoach demo clinic"
VISIT = time(15, 0)
JUST_NOW = timedelta(minutes=40)
FINDING_THE_MUSCLE = timedelta(minutes=25)
EXTRA_SITTING = timedelta(hours=2)
BEFORE_THE_MORNING = timedelta(hours=1, minutes=20)
# Late enough for the longest sitting that began late, early enough for a short one that began early.
AN_HOUR_LATER = timedelta(hours=1, minutes=45)
CLOSING_WORDS = "Talked about it: stay below the limit, fewer repetitions on a bad day."

# Something that happens at an instant, and what comes of it.
Happening = tuple[datetime, Callable[[], Iterable[Fact]]]


def live(
    person: Person, stages: Mapping[int, StagePlan], rules: RuleValues, *, now: datetime, seed: str = SEED
) -> Life:
    """Return what one person did until `now`. `rules` are the clinic's limits and criteria."""
    return _Timeline(person, stages, rules, now, seed).live()


@dataclass
class _Timeline:
    """One person's weeks, from the first visit to `now`."""

    person: Person
    stages: Mapping[int, StagePlan]
    rules: RuleValues
    now: datetime
    seed: str

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.person.time_zone)
        self.today = local_moment(self.now, self.person.time_zone).local_date
        self.first_visit = self._visit_at(self.person.decisions[0].days_ago)
        self.record = Record(self.person.time_zone, self.stages, self.rules)

    def live(self) -> Life:
        """Let everything happen in order. What somebody did is told once it was told: paper comes a day later."""
        person = self.person
        rng = Random(f"{self.seed} {person.email}")  # noqa: S311 -- the same clinic every time is the point
        account = Account(
            id=new_id(rng),
            name=person.name,
            email=person.email,
            birth_date=date(self.today.year - person.age, 1, 1)
            + timedelta(days=rng.randrange(self.today.timetuple().tm_yday)),
            side=person.side,
            time_zone=person.time_zone,
            # Who is new has not got that far.
            morning=person.morning if person.has_found_vmo else None,
            evening=person.evening if person.has_found_vmo else None,
            created_at=self.first_visit,
        )
        happenings = [*self._visits(), *self._sittings(rng), *self._answers()]
        found: list[Fact] = []
        for at, happen in sorted(happenings, key=lambda happening: happening[0]):
            if at <= self.now:
                found.extend(fact for fact in happen() if fact.at <= self.now)
        return Life(account, tuple(sorted(found, key=lambda fact: fact.at)))

    # --- what the physiotherapist decides --------------------------------------------------------------------------
    def _visits(self) -> Iterator[Happening]:
        for decision in self.person.decisions:
            at = self._visit_at(decision.days_ago)
            yield at, partial(self._decide, decision, at)
        for days_ago in self.person.looked_at:
            at = self._visit_at(days_ago)
            yield at, partial(_just, AlertsClosed(at, CLOSING_WORDS))
        if self.person.has_found_vmo:
            found_at = self.first_visit + FINDING_THE_MUSCLE
            yield found_at, partial(_just, MuscleFound(found_at))

    def _visit_at(self, days_ago: int) -> datetime:
        """Return an afternoon of the clinic, on a weekday; today it was just now."""
        if not days_ago:
            return self.now - JUST_NOW
        day = self.today - timedelta(days=days_ago)
        weekday = day - timedelta(days=max(0, day.weekday() - 4))
        return datetime.combine(weekday, VISIT, ZoneInfo(CLINIC_ZONE)).astimezone(UTC)

    def _decide(self, decision: Decision, at: datetime) -> Iterator[Fact]:
        day = self.record.moment(at).local_date
        if decision.is_mastered:
            mastered = Mastered(at, decision.stage_number, day)
            self.record.master(mastered)
            yield mastered
            return
        stage = self.stages[decision.stage_number]
        prescribed = Prescribed(
            at,
            stage.number,
            replace(stage.dose, reps_target=decision.reps, sessions_per_day=decision.sessions_per_day),
            self.person.side,
            starts_on=day,
            note=decision.note,
            depth=SquatDepth(decision.depth or 0, PAIN_LIMIT_USUAL) if stage.is_squat else None,
        )
        self.record.prescribe(prescribed)
        yield prescribed

    def _set_limits(self, values: RuleValues) -> Iterator[Fact]:
        self.record.rules = values
        yield LimitsSet(self.first_visit, values)

    # --- what the patient does -------------------------------------------------------------------------------------
    def _sittings(self, rng: Random) -> Iterator[Happening]:
        """Return every sitting between the first visit and `now`, so that even the longest is over by then."""
        if not self.person.has_found_vmo:
            return
        began_at = self.first_visit + FINDING_THE_MUSCLE
        for day in self._days_from(began_at, skipped=0):
            for occasion, about in self._occasions(day).items():
                turn = self.person.turns.get(((self.today - day).days, occasion))
                at = (about + self._jitter(rng)).replace(tzinfo=self.zone).astimezone(UTC)
                point = (at - began_at) / (self.now - began_at)
                comes = rng.random() < at_point(self.person.comes, point)
                if turn is Turn.NOT_DONE or not (turn or comes) or (occasion == "extra" and turn is None):
                    continue
                if began_at < at <= self.now - LONGEST_SITTING:
                    own_turn = None if turn is Turn.EXTRA else turn
                    yield at, Sitting(self.person, self.record, rng, at, point, own_turn).do

    # --- what the patient says -------------------------------------------------------------------------------------
    def _answers(self) -> Iterator[Happening]:
        """Return mornings, hours later, Mondays, messages and wishes between the first visit and `now`."""
        rng = Random(f"{self.seed} {self.person.email} answers")  # noqa: S311 -- the same every time
        answers = Answers(self.person, self.record, rng)
        yield from self._conversation(answers)
        if self.person.preset:
            yield self.first_visit, partial(self._set_limits, PRESETS[Preset(self.person.preset)])
        for day in self._days_from(self.first_visit, skipped=1):
            waking = self._on_the_wall(datetime.combine(day, self.person.morning) - BEFORE_THE_MORNING)
            point = (waking - self.first_visit) / (self.now - self.first_visit)
            yield waking, partial(answers.morning, waking, point)
            if day.weekday() == 0:
                yield waking, partial(answers.week, waking, point)
            for slot in ("morning", "evening"):
                at = self._on_the_wall(self._occasions(day)[slot]) + AN_HOUR_LATER
                yield at, partial(answers.hour_later, day, slot, at, point)

    def _conversation(self, answers: Answers) -> Iterator[Happening]:
        for said in self.person.said:
            at = self._noon(said.days_ago)
            yield at, partial(answers.say, said, at)
        for wish in self.person.wishes:
            at, declined = self._noon(wish.days_ago), wish.declined_days_ago
            yield at, partial(answers.wish, wish, at, None if declined is None else self._noon(declined))

    # --- days ------------------------------------------------------------------------------------------------------
    def _days_from(self, began_at: datetime, *, skipped: int) -> Iterator[date]:
        first = local_moment(began_at, self.person.time_zone).local_date
        yield from (first + timedelta(days=count) for count in range(skipped, (self.today - first).days + 1))

    def _noon(self, days_ago: int) -> datetime:
        day = self.today - timedelta(days=days_ago)
        return datetime.combine(day, time(12), ZoneInfo(CLINIC_ZONE)).astimezone(UTC)

    def _on_the_wall(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _occasions(self, day: date) -> dict[str, datetime]:
        evening = datetime.combine(day, self.person.evening)
        return {
            "morning": datetime.combine(day, self.person.morning),
            "evening": evening,
            "extra": evening + EXTRA_SITTING,
        }

    def _jitter(self, rng: Random) -> timedelta:
        """Return how much earlier or later than usual: mostly a little, seldom much."""
        return timedelta(seconds=rng.triangular(-1, 1) * self.person.jitter_minutes * 60)


def _just(fact: Fact) -> Iterator[Fact]:
    yield fact
