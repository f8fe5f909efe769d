"""What a made-up patient says besides the sessions: mornings, an hour later, the week, notes and wishes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from kneecoach.demo.facts import AskedForStage, Declined, Fact, HourLaterTold, MorningTold, WeekTold, Wrote
from kneecoach.demo.people import Person, Said, Wish, at_point
from kneecoach.demo.record import Record
from kneecoach.demo.sitting import new_id
from progress.models import PAIN_HIGHEST, PAIN_LOWEST, MorningCheck, PainRating
from progress.rules.weekly import CHANGE_HIGHEST, CHANGE_LOWEST

ANSWERS_THE_MORNING, ANSWERS_THE_WEEK, ANSWERS_AN_HOUR_LATER = 0.85, 0.9, 0.8
Swelling, Moment = MorningCheck.Swelling, PainRating.Moment


@dataclass
class Answers:
    """Somebody who answers most of what is asked. Their own dice: the sittings stay the same without them."""

    person: Person
    record: Record
    rng: Random

    def morning(self, at: datetime, point: float) -> Iterator[Fact]:
        """Answer the morning check, where one is asked for."""
        knees = self.record.morning_knees(at)
        if not knees or self.rng.random() > ANSWERS_THE_MORNING:
            return
        about = at_point(self.person.pain, point) + at_point(self.person.morning_after, point)
        pain = tuple((side, self._pain(about)) for side in knees)
        swollen = at_point(self.person.swelling, point) + self.rng.uniform(-0.3, 0.3)
        swelling = Swelling.NONE if swollen < 1 else Swelling.SOME if swollen < 2 else Swelling.MARKED
        yield MorningTold(at, self.record.moment(at).local_date, pain, swelling.value)

    def hour_later(self, day: date, slot: str, at: datetime, point: float) -> Iterator[Fact]:
        """Answer about an hour after the session of a slot, where it is asked for."""
        session = self.record.session_in(day, slot, at)
        if session is None or self.rng.random() > ANSWERS_AN_HOUR_LATER:
            return
        about = at_point(self.person.pain, point) + at_point(self.person.morning_after, point)
        for side in self.record.knees_hour_later(session, at):
            yield HourLaterTold(at, session.fact.id, session.fact.local_date, side, self._pain(about))

    def week(self, at: datetime, point: float) -> Iterator[Fact]:
        """Answer the weekly check, where one is asked for."""
        asked = self.record.week(at)
        if asked is None or self.rng.random() > ANSWERS_THE_WEEK:
            return
        monday, knees = asked
        usual = at_point(self.person.pain, point)
        worst = usual + at_point(self.person.pain_rise, point) + 1
        levels = {Moment.WEEK_WORST: worst, Moment.WEEK_USUAL: usual}
        pain = tuple((moment.value, side, self._pain(about)) for moment, about in levels.items() for side in knees)
        change = round(at_point(self.person.change, point))
        yield WeekTold(at, monday, pain, min(max(change, CHANGE_LOWEST), CHANGE_HIGHEST))

    def say(self, said: Said, at: datetime) -> Iterator[Fact]:
        """Write a message, or be answered."""
        yield Wrote(at, new_id(self.rng), said.text, said.is_from_patient)

    def wish(self, wish: Wish, at: datetime, declined_at: datetime | None) -> Iterator[Fact]:
        """Ask for the next stage, and perhaps be told later that it is not time yet."""
        asked = AskedForStage(at, new_id(self.rng), wish.stage_key, wish.message)
        yield asked
        if declined_at:
            yield Declined(declined_at, asked.id, wish.answer)

    def _pain(self, about: float) -> int:
        return min(max(round(about + self.rng.uniform(-0.8, 0.8)), PAIN_LOWEST), PAIN_HIGHEST)
