"""The private calendar: what waits in the next weeks, at the patient's own times, in any program that reads calendars."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from exercises.models import PrescriptionPause
from kneecoach.accounts.models import Patient
from kneecoach.reminders.ics import AHEAD, calendar_text
from kneecoach.reminders.models import CalendarFeed
from kneecoach.reminders.services import make_calendar
from progress import services
from tests.factories import a_moment, later, make_finished_session
from tests.kneecoach.reminders.wishing import make_wishing

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 07:00")


def read(patient: Patient, now: Any = NOW) -> Calendar:
    """Return a patient's calendar as another program reads it."""
    make_calendar(patient, now=now)
    return Calendar.from_ical(calendar_text(CalendarFeed.objects.select_related("patient").get(patient=patient), now))


def walls(calendar: Calendar) -> list[str]:
    """Return the times of the entries, as the patient reads them."""
    return sorted(f"{entry.start:%Y-%m-%d %H:%M}" for entry in calendar.events)


def test_entry_for_each_slot_of_four_weeks_with_zone_and_alarm(wishing: Patient):
    calendar = read(wishing)

    days = [date(2026, 11, 25) + timedelta(days=count) for count in range(AHEAD.days)]
    assert walls(calendar) == [f"{day} {wall}" for day in days for wall in ("08:00", "18:00")]
    assert [zone.tz_name for zone in calendar.timezones] == ["Europe/London"]
    assert {str(entry["DTSTART"].params["TZID"]) for entry in calendar.events} == {"Europe/London"}
    for entry in calendar.events:
        (alarm,) = entry.walk("VALARM")
        assert (str(alarm["ACTION"]), alarm["TRIGGER"].dt) == ("DISPLAY", timedelta())
    assert len({str(entry["UID"]) for entry in calendar.events}) == 2 * AHEAD.days


def test_times_stay_on_the_wall_over_a_change_of_the_clock():
    calendar = read(make_wishing(zone="Europe/Berlin", evening=None), a_moment("2027-03-20 07:00"))

    offsets = {f"{entry.start:%m-%d}": f"{entry.start:%z}" for entry in calendar.events}
    assert {wall[-5:] for wall in walls(calendar)} == {"08:00"}
    assert (offsets["03-27"], offsets["03-28"]) == ("+0100", "+0200")


def test_what_is_done_today_is_left_out_and_so_are_pauses(wishing: Patient):
    make_finished_session(patient=wishing, now=a_moment("2026-11-25 07:05"))
    PrescriptionPause.objects.create(prescription=wishing.prescriptions.get(), from_on="2026-11-26", to_on="2026-11-27")

    assert walls(read(wishing, a_moment("2026-11-25 07:30")))[:3] == [
        "2026-11-25 18:00",
        "2026-11-28 08:00",
        "2026-11-28 18:00",
    ]


def test_once_a_day_rings_once_a_day():
    both, evening = (make_wishing(morning=morning, sessions_per_day=1) for morning in (time(8), None))

    assert [wall[-5:] for wall in walls(read(both))] == ["08:00"] * AHEAD.days
    assert [wall[-5:] for wall in walls(read(evening))] == ["18:00"] * AHEAD.days


def test_nothing_rings_while_reminders_rest(wishing: Patient):
    services.report_warning_sign(patient=wishing, now=NOW)

    calendar = read(wishing)

    assert (walls(calendar), len(calendar.timezones)) == ([], 1)


def test_entry_keeps_its_name_until_there_is_a_new_address(wishing: Patient):
    def names(calendar: Calendar) -> set[str]:
        return {str(entry["UID"]) for entry in calendar.events}

    first = read(wishing)
    feed = CalendarFeed.objects.select_related("patient").get(patient=wishing)
    again = Calendar.from_ical(calendar_text(feed, later(NOW, minutes=5)))
    anew = read(wishing)

    assert names(first) == names(again)
    assert not names(first) & names(anew)


def test_calendar_says_nothing_about_anybody(wishing: Patient, settings: Any):
    settings.SITE_URL = "https://moves.example.org"
    make_finished_session(patient=wishing, now=a_moment("2026-11-24 18:00"), pain_worst=7)
    text = read(wishing).to_ical().decode()

    assert "SUMMARY:Time for your exercises" in text
    assert not {"Anna", "anna", str(wishing.pk)} & set(text.replace(":", " ").split())


def test_queries_do_not_grow(wishing: Patient, django_assert_max_num_queries):
    make_calendar(wishing, now=NOW)
    for day in range(10, 20):
        make_finished_session(patient=wishing, now=a_moment(f"2026-11-{day} 08:00"))
    feed = CalendarFeed.objects.select_related("patient").get(patient=wishing)

    with django_assert_max_num_queries(10):
        calendar_text(feed, NOW)
