"""A patient's reminders as a calendar (RFC 5545): an entry with an alarm for each slot of the next weeks.

Single entries instead of a rule that repeats for ever: so pauses and ends are kept, what is done today is left out, and a
phone that is never heard of again falls silent by itself. Nothing in it tells what the exercises are for.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, Timezone
from icalendar.prop import vText

from kneecoach.reminders.models import CalendarFeed
from kneecoach.reminders.planning import wish_of
from kneecoach.reminders.rules import instant_of
from progress.facts import load_span, moment_of
from progress.reminding import rests_for
from progress.rules.days import PLANNED_SLOTS, Slot
from progress.rules.slots import PrescriptionFact, SlotState, day_view

AHEAD = timedelta(days=28)
ONE_DAY = timedelta(days=1)
TAKES = timedelta(minutes=15)
# How often a calendar is asked to look again; most look when they like.
LOOK_AGAIN = "PT6H"


def calendar_text(feed: CalendarFeed, now: datetime) -> bytes:
    """Return the calendar of a patient. Ten queries, eleven where advice rests what it would hold."""
    patient = feed.patient
    with translation.override(settings.LANGUAGE_CODE):
        calendar = Calendar()
        for name, value in (("prodid", "-//exercises//EN"), ("version", "2.0"), ("method", "PUBLISH")):
            calendar.add(name, value)
        calendar.add("x-wr-calname", _("Exercises"))
        calendar.add("x-published-ttl", LOOK_AGAIN)
        first = moment_of(patient, now).local_date
        calendar.add_component(
            Timezone.from_tzinfo(ZoneInfo(patient.zone_now), first_date=first - ONE_DAY, last_date=first + 2 * AHEAD)
        )
        for slot, at in moments_ahead(feed, now):
            calendar.add_component(_entry(feed, slot, at, now))
        return calendar.to_ical()


def moments_ahead(feed: CalendarFeed, now: datetime) -> Iterator[tuple[Slot, datetime]]:
    """Yield every slot to come that still waits, with its instant by the patient's own time. None while reminders rest.

    Where everything is to be done once a day, the first time that the patient has named.
    """
    patient = feed.patient
    wish = wish_of(patient)
    if rests_for(patient, now):
        return
    moment = moment_of(patient, now)
    last = moment.local_date + AHEAD
    span = load_span(patient, moment.local_date, last, now)
    times = {Slot.MORNING: wish.morning, Slot.EVENING: wish.evening}
    for count in range(AHEAD.days):
        day = moment.local_date + count * ONE_DAY
        view = day_view(day, moment, span.prescription_facts, span.session_facts)
        waits = [row.slot for row in view.slots if row.state in (SlotState.DUE, SlotState.LATER) and times[row.slot]]
        if not any(is_twice_a_day(span.prescription_facts, slot, day) for slot in PLANNED_SLOTS):
            waits = waits[:1]
        for slot in waits:
            at = instant_of(datetime.combine(day, times[slot] or datetime.min.time()), wish.zone)
            if at and at > now:
                yield slot, at


def is_twice_a_day(facts: Iterable[PrescriptionFact], slot: Slot, day: object) -> bool:
    """Tell whether anything that is due in a slot is to be done twice a day."""
    return any(fact.sessions_per_day > 1 and fact.is_due_in(slot, day) for fact in facts)  # type: ignore[arg-type]


def _entry(feed: CalendarFeed, slot: Slot, at: datetime, now: datetime) -> Event:
    title = _("Time for your exercises")
    entry, alarm = Event(), Alarm()
    entry.add("uid", str(uuid5(feed.seed, f"{at:%Y-%m-%d} {slot}")))
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("dtstart", at.astimezone(ZoneInfo(feed.patient.zone_now)))
    entry.add("duration", TAKES)
    entry.add("summary", title)
    entry.add("url", settings.SITE_URL)
    entry.add("class", "PRIVATE")
    entry.add("transp", "TRANSPARENT")
    alarm.add("action", "DISPLAY")
    # The library writes no time at all as days, which not every calendar reads.
    alarm["TRIGGER"] = vText("PT0S")
    alarm.add("description", title)
    entry.add_component(alarm)
    return entry
