"""A world in which workers die and servers fail, and what is expected of it by nothing but the clocks on the walls."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.mail import EmailMessage

from kneecoach.accounts.models import Patient
from kneecoach.reminders import planning
from kneecoach.reminders.fates import Fate
from kneecoach.reminders.push import Push
from kneecoach.reminders.rules import QuietHours
from kneecoach.reminders.worker import one_round
from progress.models import ExerciseSession
from progress.rules.days import Slot, local_moment
from tests.kneecoach.reminders.wishing import let_push, make_wishing
from tests.push_service import Browser

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Said once more, on purpose: a reminder is none any more after three quarters of an hour.
LATE_AT_MOST, REPEAT_AFTER = 45 * MINUTE, HOUR
# After so many minutes what was not taken is offered again; then no more.
PAUSES = (1, 2, 4, 8, 16)
# The first transition is looked for from here on; prescriptions begin before.
FROM, WEEKS = datetime(2026, 10, 5, tzinfo=UTC), 60
FIRST, REPEAT = "first", "repeat"
HOST = "push.example.org"


class Died(BaseException):
    """The worker was killed."""


@dataclass(frozen=True)
class Person:
    """Somebody who wants reminders: where, when, and by which ways."""

    zone: str
    morning: time | None
    evening: time | None
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """One message that somebody expects by one way, and from when to when it may come."""

    number: int
    way: str
    day: date
    slot: Slot
    kind: str
    at: datetime
    until: datetime


@cache
def clock_changes(zone: str) -> tuple[datetime, ...]:
    """Return the instants at which a zone's clock is put forward or back, to the minute."""
    there, found = ZoneInfo(zone), []
    for week in range(WEEKS):
        early, late = FROM + week * 7 * DAY, FROM + (week + 1) * 7 * DAY
        before = early.astimezone(there).utcoffset()
        if late.astimezone(there).utcoffset() == before:
            continue
        while late - early > MINUTE:
            middle = early + (late - early) // MINUTE // 2 * MINUTE
            early, late = (middle, late) if middle.astimezone(there).utcoffset() == before else (early, middle)
        found.append(late)
    return tuple(found)


def expected_on(day: date, number: int, person: Person, quiet: QuietHours) -> Iterator[Expected]:
    """Yield the messages of a programme day, found by looking at the clock each minute."""
    there = ZoneInfo(person.zone)
    begin = datetime.combine(day, time(), UTC) - 15 * HOUR
    minutes = [begin + count * MINUTE for count in range(60 * 60)]
    shown = {at: at.astimezone(there).replace(tzinfo=None) for at in minutes}

    def is_open(slot: Slot, at: datetime) -> bool:
        wall = shown[at]
        in_day = datetime.combine(day, time(4)) <= wall < datetime.combine(day + DAY, time(4))
        is_morning = time(4) <= wall.time() < time(14)
        return in_day and is_morning == (slot is Slot.MORNING) and not quiet.hold(wall.time())

    for slot, own in ((Slot.MORNING, person.morning), (Slot.EVENING, person.evening)):
        if own is None:
            continue
        wall = datetime.combine(day, own)
        # Where it is quiet then, as soon as it is not.
        while quiet.hold(wall.time()):
            wall += MINUTE
        first = next((at for at in minutes if shown[at] >= wall), None)
        if first is None or not is_open(slot, first):
            continue
        for kind, at in ((FIRST, first), (REPEAT, first + REPEAT_AFTER)):
            if is_open(slot, at):
                late = (at + count * MINUTE for count in range(LATE_AT_MOST // MINUTE))
                until = next((moment for moment in late if not is_open(slot, moment)), at + LATE_AT_MOST)
                for way in person.ways:
                    yield Expected(number, way, day, slot, kind, at, until)


class World:
    """People who want reminders, what reached them, and dice for what goes wrong."""

    def __init__(self, people: list[Person], fate_at: Callable[[datetime], str]) -> None:
        self.fate_at, self.now = fate_at, FROM
        self.post: list[tuple[int, str, str, datetime]] = []
        # What became of each try, whether or not it arrived.
        self.tries: list[tuple[int, str, str, datetime, str]] = []
        self.begun: dict[tuple[int, date, Slot], datetime] = {}
        self.patients: list[Patient] = []
        self.browsers: list[Browser] = []
        for number, person in enumerate(people):
            patient = make_wishing(
                email=f"{number}@example.org", zone=person.zone, morning=person.morning, evening=person.evening
            )
            self.patients.append(patient)
            self.browsers.append(Browser(f"https://{HOST}/{number}"))
            if "push" in person.ways:
                let_push(patient, self.browsers[-1])
            if "mail" not in person.ways:
                Patient.objects.filter(pk=patient.pk).update(mail_reminders_at=None)

    def take_mail(self, message: EmailMessage) -> tuple[Fate, str]:
        """Stand in for the mail server, and for whoever kills workers."""
        return self.take(int(message.to[0].partition("@")[0]), "mail", str(message.body))

    def take_push(self, push: Push) -> tuple[Fate, str]:
        """Stand in for the push service."""
        number = int(push.path.strip("/"))
        return self.take(number, "push", self.browsers[number].read(push.body).decode())

    def take(self, number: int, way: str, text: str) -> tuple[Fate, str]:
        """Let happen to a message what the dice say."""
        kind = REPEAT if "still time" in text else FIRST
        fate = self.fate_at(self.now).replace("dies planning", "accepted")
        self.tries.append((number, way, kind, self.now, fate))
        if fate in ("accepted", "dies after", "unknown"):
            self.post.append((number, way, kind, self.now))
        if fate.startswith("dies"):
            raise Died
        return Fate(fate), fate

    def round_at(self, now: datetime) -> None:
        """Let a worker do a round, which may be its last one; the next round is another worker's."""
        self.now = now
        try:
            if self.fate_at(self.now) == "dies planning":
                planning.plan(now)
                raise Died
            one_round([], clock=lambda: now)
        except Died:
            return

    def begin_session(self, number: int, now: datetime) -> None:
        """Let a patient begin the session of the slot that runs."""
        patient = self.patients[number]
        moment = local_moment(now, patient.time_zone)
        slot = Slot.MORNING if moment.is_morning else Slot.EVENING
        if (number, moment.local_date, slot) in self.begun:
            return
        self.begun[number, moment.local_date, slot] = now
        ExerciseSession.objects.create(
            id=uuid4(),
            patient=patient,
            local_date=moment.local_date,
            time_zone=patient.time_zone,
            utc_offset_minutes=moment.utc_offset_minutes,
            slot=slot,
            started_at=now,
        )
