"""Six weeks in a demo clinic, the same ones for the same `now`. Nothing happens after `now`."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from exercises.models import Prescription, Stage
from exercises.services import end_prescription, prescribe
from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.accounts.roles import PHYSIOTHERAPISTS
from kneecoach.accounts.services import confirm_vmo_found, open_account
from kneecoach.demo import people
from kneecoach.demo.answers import Answers
from kneecoach.demo.people import LOGINS, PEOPLE, Decision, DemoLogin, Person, Turn, at_point
from kneecoach.demo.sitting import LONGEST_SITTING, Sitting, new_id
from progress import services
from progress.rules.days import local_moment
from progress.rules.limits import PRESETS, Preset

__all__ = ["LOGINS", "DatabaseNotEmpty", "DemoLogin", "make_demo_clinic"]

SEED = "kneecoach demo clinic"
VISIT = time(15, 0)
JUST_NOW = timedelta(minutes=40)
FINDING_THE_MUSCLE = timedelta(minutes=25)
EXTRA_SITTING = timedelta(hours=2)
BEFORE_THE_MORNING = timedelta(hours=1, minutes=20)
# Late enough for the longest sitting that began late, early enough for a short one that began early.
AN_HOUR_LATER = timedelta(hours=1, minutes=45)

# Something that happens at an instant.
Happening = tuple[datetime, Callable[[], object]]


class DatabaseNotEmpty(Exception):
    """The demo clinic's log-ins are known to everybody, so it is never put beside real people."""


def make_demo_clinic(*, now: datetime) -> tuple[DemoLogin, ...]:
    """Make the clinic, its people and what they did until `now`, all or nothing; return who can log in.

    Raises DatabaseNotEmpty where anybody has an account.
    """
    with transaction.atomic():
        if User.objects.exists() or Patient.objects.exists():
            raise DatabaseNotEmpty("The demo clinic needs an empty database; this one holds accounts.")
        # One hash for all: a slow one is the point of a hash, and most of the time of a small clinic.
        password_hash = make_password(people.PASSWORD)
        physiotherapist = _make_clinic(password_hash, now)
        for person in PEOPLE:
            _live_through(person, physiotherapist=physiotherapist, password_hash=password_hash, now=now)
    return LOGINS


def _make_clinic(password_hash: str, now: datetime) -> User:
    ClinicSettings.objects.create(
        name=people.CLINIC, phone=people.CLINIC_PHONE, emergency_number=people.EMERGENCY_NUMBER
    )
    opened_at = now - timedelta(days=90)
    admin = User.objects.create_superuser(people.ADMIN_EMAIL, name="Technical admin", date_joined=opened_at)
    login = people.PHYSIOTHERAPIST
    physiotherapist = User.objects.create_user(login.email, name=login.name, is_staff=True, date_joined=opened_at)
    physiotherapist.groups.add(Group.objects.get(name=PHYSIOTHERAPISTS))
    User.objects.filter(pk__in=(admin.pk, physiotherapist.pk)).update(password=password_hash)
    return physiotherapist


def _live_through(person: Person, *, physiotherapist: User, password_hash: str, now: datetime) -> None:
    """Make one patient and let everything happen to them that happened, in order."""
    rng = Random(f"{SEED} {person.email}")  # noqa: S311 -- the same clinic every time is the point
    today = local_moment(now, person.time_zone).local_date
    first_visit = _visit_at(person.decisions[0], today, now)
    patient = Patient.objects.create(
        id=new_id(rng),
        name=person.name,
        birth_date=date(today.year - person.age, 1, 1) + timedelta(days=rng.randrange(today.timetuple().tm_yday)),
        side=person.side,
        time_zone=person.time_zone,
        lead_physiotherapist=physiotherapist,
        created_at=first_visit,
    )
    account = open_account(patient, email=person.email)
    User.objects.filter(pk=account.pk).update(password=password_hash, date_joined=first_visit)
    happenings = [
        *_visits(person, patient, physiotherapist, today, now),
        *_sittings(person, patient, rng, today, first_visit, now),
        *_answers(person, patient, physiotherapist, today, first_visit, now),
    ]
    for at, happen in sorted(happenings, key=lambda happening: happening[0]):
        if at <= now:
            happen()


# --- what the physiotherapist decides ------------------------------------------------------------------------------
def _visits(person: Person, patient: Patient, by: User, today: date, now: datetime) -> Iterator[Happening]:
    for decision in person.decisions:
        at = _visit_at(decision, today, now)
        yield at, partial(_decide, decision, patient=patient, by=by, at=at)
    if person.has_found_vmo:
        found_at = _visit_at(person.decisions[0], today, now) + FINDING_THE_MUSCLE
        yield found_at, partial(confirm_vmo_found, patient, now=found_at)


def _visit_at(decision: Decision, today: date, now: datetime) -> datetime:
    """Return an afternoon of the clinic, on a weekday; today it was just now."""
    if not decision.days_ago:
        return now - JUST_NOW
    day = today - timedelta(days=decision.days_ago)
    weekday = day - timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(weekday, VISIT, ZoneInfo(people.CLINIC_ZONE)).astimezone(UTC)


def _decide(decision: Decision, *, patient: Patient, by: User, at: datetime) -> None:
    stage = Stage.objects.select_related("version__programme").get(
        version__programme__key="kneecap", version__number=1, number=decision.stage_number
    )
    day = local_moment(at, patient.time_zone).local_date
    if decision.is_mastered:
        current = Prescription.objects.of(patient).active().get(stage=stage)
        end_prescription(prescription=current, reason=Prescription.EndReason.MASTERED, on=day, by=by, now=at)
        return
    prescribe(
        patient=patient,
        stage=stage,
        dose=replace(stage.dose, reps_target=decision.reps),
        side=patient.side,
        starts_on=day,
        by=by,
        now=at,
        note=decision.note,
    )


# --- what the patient does -----------------------------------------------------------------------------------------
def _sittings(
    person: Person, patient: Patient, rng: Random, today: date, first_visit: datetime, now: datetime
) -> Iterator[Happening]:
    """Return every sitting between the first visit and `now`, so that even the longest is over by then."""
    if not person.has_found_vmo:
        return
    began_at = first_visit + FINDING_THE_MUSCLE
    zone = ZoneInfo(person.time_zone)
    first_day = local_moment(began_at, person.time_zone).local_date
    for count in range((today - first_day).days + 1):
        day = first_day + timedelta(days=count)
        for occasion, about in _occasions(person, day).items():
            turn = person.turns.get(((today - day).days, occasion))
            at = (about + _jitter(person, rng)).replace(tzinfo=zone).astimezone(UTC)
            point = (at - began_at) / (now - began_at)
            comes = rng.random() < at_point(person.comes, point)
            if turn is Turn.NOT_DONE or not (turn or comes) or (occasion == "extra" and turn is None):
                continue
            if began_at < at <= now - LONGEST_SITTING:
                sitting = Sitting(person, patient, rng, at, point, None if turn is Turn.EXTRA else turn)
                yield at, sitting.do


# --- what the patient says, and what is answered -------------------------------------------------------------------
def _answers(
    person: Person, patient: Patient, by: User, today: date, first_visit: datetime, now: datetime
) -> Iterator[Happening]:
    """Return mornings, hours later, Mondays, messages and wishes between the first visit and `now`."""
    answers = Answers(person, patient, Random(f"{SEED} {person.email} answers"))  # noqa: S311 -- the same every time
    yield from _conversation(person, answers, by, today)
    if person.preset:
        values = PRESETS[Preset(person.preset)]
        yield first_visit, partial(services.set_rules, patient=patient, values=values, by=by, now=first_visit)
    zone = ZoneInfo(person.time_zone)
    first_day = local_moment(first_visit, person.time_zone).local_date
    for count in range(1, (today - first_day).days + 1):
        day = first_day + timedelta(days=count)
        waking = (datetime.combine(day, person.morning) - BEFORE_THE_MORNING).replace(tzinfo=zone).astimezone(UTC)
        point = (waking - first_visit) / (now - first_visit)
        yield waking, partial(answers.morning, waking, point)
        if day.weekday() == 0:
            yield waking, partial(answers.week, waking, point)
        for slot in ("morning", "evening"):
            usual = _occasions(person, day)[slot].replace(tzinfo=zone).astimezone(UTC)
            at = usual + AN_HOUR_LATER
            yield at, partial(answers.hour_later, day, slot, at, point)


def _conversation(person: Person, answers: Answers, by: User, today: date) -> Iterator[Happening]:
    for said in person.said:
        at = _noon(today, said.days_ago)
        yield at, partial(answers.say, said, by, at)
    for wish in person.wishes:
        yield _noon(today, wish.days_ago), partial(answers.wish, wish, _noon(today, wish.days_ago))
        if wish.declined_days_ago is not None:
            at = _noon(today, wish.declined_days_ago)
            yield at, partial(answers.hear_no, wish, by, at)


def _noon(today: date, days_ago: int) -> datetime:
    day = today - timedelta(days=days_ago)
    return datetime.combine(day, time(12), ZoneInfo(people.CLINIC_ZONE)).astimezone(UTC)


def _occasions(person: Person, day: date) -> dict[str, datetime]:
    evening = datetime.combine(day, person.evening)
    return {"morning": datetime.combine(day, person.morning), "evening": evening, "extra": evening + EXTRA_SITTING}


def _jitter(person: Person, rng: Random) -> timedelta:
    """Return how much earlier or later than usual: mostly a little, seldom much."""
    return timedelta(seconds=rng.triangular(-1, 1) * person.jitter_minutes * 60)
