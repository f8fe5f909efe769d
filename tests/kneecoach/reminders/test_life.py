"""Whatever happens to workers and mail servers: each slot gets its one message and its one repeat at most, and in time.

On the real tables, over zones and changes of the clock: workers that die at any point, servers that refuse, hang up or are
gone, rounds that come late or never, and sessions that are begun in between.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kneecoach.accounts.models import Patient
from kneecoach.reminders import planning, sending
from kneecoach.reminders.fates import Fate
from kneecoach.reminders.models import Reminder
from kneecoach.reminders.rules import LATE_AT_MOST, REPEAT_AFTER, instant_of
from kneecoach.reminders.worker import one_round
from progress.models import ExerciseSession
from progress.rules.days import Slot, local_moment
from tests.kneecoach.reminders.wishing import make_wishing

pytestmark = pytest.mark.django_db

ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "Pacific/Kiritimati",
)
DAYS = (date(2026, 11, 1), date(2027, 3, 28), date(2027, 3, 14), date(2027, 4, 4), date(2027, 4, 30))
MINUTE = timedelta(minutes=1)
TIMES = {Slot.MORNING: time(8), Slot.EVENING: time(18)}


class Died(BaseException):
    """The worker was killed."""


# What may happen to a message: before it is handed over, while it is, after it was accepted.
FATES = (
    "accepted",
    "accepted",
    "later",
    "refused",
    "unreachable",
    "unknown",
    "dies before",
    "dies after",
    "dies planning",
)


class World:
    """A clinic with a patient in each zone, the post that arrived, and dice for what goes wrong."""

    def __init__(self, zones: Sequence[str], fates: Iterator[str]) -> None:
        self.fates = fates
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.post: list[tuple[str, datetime]] = []
        self.patients = {
            f"{number}@example.org": make_wishing(email=f"{number}@example.org", zone=zone)
            for number, zone in enumerate(zones)
        }
        self.begun: dict[tuple[str, date, Slot], datetime] = {}

    def hand_over(self, message: EmailMessage) -> tuple[Fate, str]:
        """Stand in for the mail server, and for whoever kills workers."""
        fate, address = next(self.fates).replace("dies planning", "accepted"), message.to[0]
        if fate == "dies before":
            raise Died
        if fate in ("accepted", "dies after", "unknown"):
            self.post.append((address, self.now))
        if fate == "dies after":
            raise Died
        return Fate(fate), fate

    def round_at(self, now: datetime) -> None:
        """Let a worker do a round, which may be its last one; the next round is another worker's."""
        self.now = now
        try:
            if next(self.fates) == "dies planning":
                planning.plan(now)
                raise Died
            one_round([], clock=lambda: now)
        except Died:
            return

    def begin_session(self, number: int, now: datetime) -> None:
        """Let a patient begin the session of the slot that runs."""
        address, patient = list(self.patients.items())[number]
        moment = local_moment(now, patient.time_zone)
        slot = Slot.MORNING if moment.is_morning else Slot.EVENING
        if (address, moment.local_date, slot) in self.begun:
            return
        self.begun[address, moment.local_date, slot] = now
        ExerciseSession.objects.create(
            id=uuid4(),
            patient=patient,
            local_date=moment.local_date,
            time_zone=patient.time_zone,
            utc_offset_minutes=moment.utc_offset_minutes,
            slot=slot,
            started_at=now,
        )


@pytest.mark.slow
@given(
    day=st.sampled_from(DAYS),
    # Minutes from the first patient's day on, at which a worker does a round; close together around the hours that count.
    rounds=st.lists(st.integers(0, 45 * 60), max_size=12, unique=True),
    sessions=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 45 * 60)), max_size=4),
    zones=st.lists(st.sampled_from(ZONES), min_size=2, max_size=2),
    seed=st.randoms(use_true_random=False),
)
# Shrinking an example of two days would take minutes.
@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_each_message_at_most_once_in_time_and_never_once_begun(
    monkeypatch: pytest.MonkeyPatch,
    day: date,
    rounds: list[int],
    sessions: list[Any],
    zones: list[str],
    seed: Any,
):
    with transaction.atomic():
        world = World(zones, iter(lambda: seed.choice(FATES), None))
        monkeypatch.setattr(sending, "hand_over", world.hand_over)
        live_two_days(world, day, rounds, sessions)
        judge(world)
        transaction.set_rollback(True)


def live_two_days(world: World, day: date, rounds: list[int], sessions: list[Any]) -> None:
    """Let everything happen in its order."""
    start = datetime.combine(day, time(), UTC) - timedelta(hours=14)
    # The rounds that were drawn, and those around each time of each patient, so that something is sent at all.
    zones = [patient.time_zone for patient in world.patients.values()]
    own = [instant_of(datetime.combine(day, wall), zone) or start for zone in zones for wall in TIMES.values()]
    minutes = {*rounds, *(round((at - start) / MINUTE) + more for at in own for more in (0, 2, 9, 60, 63))}
    happenings = [*((minute, None) for minute in minutes), *((minute, number) for number, minute in sessions)]
    for minute, number in sorted(happenings, key=lambda row: row[0]):
        if number is None:
            world.round_at(start + minute * MINUTE)
        else:
            world.begin_session(number, start + minute * MINUTE)


def judge(world: World) -> None:
    """Hold every message that arrived against what may arrive."""
    told: Counter[tuple[str, date, Slot, bool]] = Counter()
    for address, at in world.post:
        zone = world.patients[address].time_zone
        moment = local_moment(at, zone)
        slot = Slot.MORNING if moment.is_morning else Slot.EVENING
        first = instant_of(datetime.combine(moment.local_date, TIMES[slot]), zone)
        assert first is not None
        is_repeat = at >= first + REPEAT_AFTER
        late = at - first - (REPEAT_AFTER if is_repeat else timedelta())
        assert timedelta() <= late < LATE_AT_MOST, (address, at)
        # The same by nothing but the clock on the wall: within an hour of the time that was named, or of the repeat's.
        assert at.astimezone(ZoneInfo(zone)).hour - TIMES[slot].hour == is_repeat
        begun = world.begun.get((address, moment.local_date, slot))
        assert begun is None or at < begun
        told[address, moment.local_date, slot, is_repeat] += 1
    assert set(told.values()) <= {1}
    # Nothing is taken for sent that did not arrive.
    sent = Reminder.objects.filter(state="sent").count()
    assert sent <= len(world.post) <= sent + Reminder.objects.exclude(state__in=("sent", "silent", "waiting")).count()


@pytest.mark.slow
def test_without_trouble_everybody_gets_every_message(monkeypatch: pytest.MonkeyPatch):
    """The property would also hold of a worker that sends nothing."""
    world = World(ZONES, iter(lambda: "accepted", None))
    monkeypatch.setattr(sending, "hand_over", world.hand_over)
    start = datetime(2026, 10, 31, 10, tzinfo=UTC)
    for minute in range(0, 48 * 60, 20):
        world.round_at(start + minute * MINUTE)

    judge(world)
    # Two days around the end of summer time in New York, for each of six: two slots with two messages.
    counts = Counter(local_moment(at, world.patients[address].time_zone).local_date for address, at in world.post)
    assert counts[date(2026, 11, 1)] == len(ZONES) * 4
    assert Patient.objects.count() == len(ZONES)
