"""What a demo patient says besides the sessions: mornings, an hour later, the week, notes; and what is answered."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from random import Random

from kneecoach.accounts.models import Patient, User
from kneecoach.demo.people import Person, Said, Wish, at_point
from kneecoach.demo.sitting import new_id
from progress import services
from progress.asking import load_morning, load_week
from progress.models import PAIN_HIGHEST, PAIN_LOWEST, ExerciseSession, MorningCheck, PainRating, StageRequest
from progress.rules.weekly import CHANGE_HIGHEST, CHANGE_LOWEST

ANSWERS_THE_MORNING, ANSWERS_THE_WEEK, ANSWERS_AN_HOUR_LATER = 0.85, 0.9, 0.8
Swelling = MorningCheck.Swelling


@dataclass(frozen=True)
class Answers:
    """Somebody who answers most of what is asked. Their own dice: the sittings stay the same without them."""

    person: Person
    patient: Patient
    rng: Random

    def morning(self, now: datetime, point: float) -> None:
        """Answer the morning check, where one is asked for."""
        asked = load_morning(self.patient, now)
        if asked is None or self.rng.random() > ANSWERS_THE_MORNING:
            return
        about = at_point(self.person.pain, point) + at_point(self.person.morning_after, point)
        for side in asked.sides:
            services.rate_morning(patient=self.patient, side=side, value=self._pain(about), now=now)
        swollen = at_point(self.person.swelling, point) + self.rng.uniform(-0.3, 0.3)
        swelling = Swelling.NONE if swollen < 1 else Swelling.SOME if swollen < 2 else Swelling.MARKED
        services.answer_swelling(patient=self.patient, swelling=swelling, now=now)

    def hour_later(self, day: date, slot: str, now: datetime, point: float) -> None:
        """Answer about an hour after the session of a slot, where it is asked for."""
        session = ExerciseSession.objects.of(self.patient).filter(local_date=day, slot=slot).first()
        if session is None or self.rng.random() > ANSWERS_AN_HOUR_LATER:
            return
        about = at_point(self.person.pain, point) + at_point(self.person.morning_after, point)
        for rating in session.pain_ratings.filter(moment=PainRating.Moment.WORST):
            if services.asks_about_hour_later(session, rating.side, now):
                services.rate_hour_later(session=session, side=rating.side, value=self._pain(about), now=now)

    def week(self, now: datetime, point: float) -> None:
        """Answer the weekly check, where one is asked for."""
        asked = load_week(self.patient, now)
        if asked is None or asked.check or self.rng.random() > ANSWERS_THE_WEEK:
            return
        usual = at_point(self.person.pain, point)
        worst = usual + at_point(self.person.pain_rise, point) + 1
        levels = {PainRating.Moment.WEEK_WORST: worst, PainRating.Moment.WEEK_USUAL: usual}
        pain = {(moment.value, side): self._pain(about) for moment, about in levels.items() for side in asked.sides}
        change = round(at_point(self.person.change, point))
        answers = services.WeekAnswers(asked.monday, pain, min(max(change, CHANGE_LOWEST), CHANGE_HIGHEST))
        services.answer_week(patient=self.patient, answers=answers, now=now)

    def say(self, said: Said, by: User, now: datetime) -> None:
        """Write a message, or let the physiotherapist read what waits and answer."""
        send = partial(
            services.send_message, patient=self.patient, message_id=new_id(self.rng), body=said.text, now=now
        )
        if said.is_from_patient:
            send(author=self.patient.user, is_from_patient=True)
            return
        services.mark_read(patient=self.patient, by=by, is_by_patient=False, up_to=now, now=now)
        send(author=by, is_from_patient=False)

    def wish(self, wish: Wish, now: datetime) -> None:
        """Ask for the next stage."""
        services.ask_for_stage(
            patient=self.patient, request_id=new_id(self.rng), stage_key=wish.stage_key, message=wish.message, now=now
        )

    def hear_no(self, wish: Wish, by: User, now: datetime) -> None:
        """Be told that it is not time yet."""
        request = StageRequest.objects.of(self.patient).open().get()
        status = StageRequest.Status.DECLINED
        services.answer_request(request=request, status=status, note=wish.answer, by=by, now=now)

    def _pain(self, about: float) -> int:
        return min(max(round(about + self.rng.uniform(-0.8, 0.8)), PAIN_LOWEST), PAIN_HIGHEST)
