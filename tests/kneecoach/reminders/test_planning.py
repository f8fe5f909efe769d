"""Who is reminded: those who asked for it, of what waits, while nothing speaks against it; in as many queries for many."""

from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exercises.models import PrescriptionPause
from kneecoach.accounts.models import ClinicSettings, Patient
from kneecoach.reminders.models import Reminder
from kneecoach.reminders.planning import plan
from progress import services
from progress.reminding import slots_waiting
from tests.factories import a_moment, later, make_finished_session, make_ready_session, make_session
from tests.kneecoach.reminders.wishing import ASKED, make_wishing

pytestmark = pytest.mark.django_db

MORNING, REPEAT, EVENING = (a_moment(f"2026-11-25 {wall}") for wall in ("08:00", "09:00", "18:00"))


def planned() -> list[str]:
    """Return what stands in the outbox."""
    return [f"{row.local_date} {row.slot} {row.kind}" for row in Reminder.objects.order_by("due_at", "pk")]


def test_each_message_is_written_once_however_often_it_is_asked_for(wishing: Patient):
    for minutes in (-1, 0, 1, 44, 60, 61, 10 * 60, 11 * 60):
        plan(later(MORNING, minutes=minutes))

    assert planned() == [
        "2026-11-25 morning first",
        "2026-11-25 morning repeat",
        "2026-11-25 evening first",
        "2026-11-25 evening repeat",
    ]


@pytest.mark.parametrize("columns", [{"mail_reminders_at": None}, {"morning_time": None}])
def test_who_has_not_asked_is_not_reminded(wishing: Patient, columns: dict[str, None]):
    Patient.objects.filter(pk=wishing.pk).update(**columns)

    assert (plan(MORNING), planned()) == (0, [])


def test_account_without_address_or_closed_gets_none(wishing: Patient):
    user = wishing.user
    for columns in ({"email": None}, {"is_active": False}):
        type(user).objects.filter(pk=user.pk).update(email="anna@example.org", is_active=True)
        type(user).objects.filter(pk=user.pk).update(**columns)
        assert plan(MORNING) == 0


def test_record_that_is_stopped_is_silent(wishing: Patient):
    Patient.objects.filter(pk=wishing.pk).update(stopped_at=MORNING, stopped_why="restricted")

    assert plan(MORNING) == 0


def test_begun_or_done_is_silent(wishing: Patient):
    others = [make_wishing() for _number in range(3)]
    make_finished_session(patient=wishing, now=a_moment("2026-11-25 07:10"))
    make_session(patient=others[0], now=a_moment("2026-11-25 07:58"))
    stopped = make_ready_session(patient=others[1], now=a_moment("2026-11-25 07:10"))
    services.stop_session(session=stopped, reason="tired", note="", now=a_moment("2026-11-25 07:12"))

    plan(MORNING)

    assert [row.patient for row in Reminder.objects.all()] == [others[2]]


def test_once_a_day_is_silent_in_the_evening_where_the_morning_was_done(db: None):
    done, waiting = (make_wishing(sessions_per_day=1) for _number in range(2))
    make_finished_session(patient=done, now=a_moment("2026-11-25 08:00"))

    plan(EVENING)

    assert [row.patient for row in Reminder.objects.all()] == [waiting]


def test_nothing_prescribed_or_paused_is_silent(wishing: Patient):
    PrescriptionPause.objects.create(prescription=wishing.prescriptions.get(), from_on="2026-11-24", to_on="2026-11-25")

    assert plan(MORNING) == 0
    assert plan(later(MORNING, days=1)) == 1


def test_rests_with_an_open_warning_sign_and_while_the_advice_is_to_pause(wishing: Patient, settings):
    settings.PAIN_ADVICE = True
    hurting = make_wishing()
    services.report_warning_sign(patient=wishing, now=a_moment("2026-11-24 12:00"))
    for instant in ("2026-11-24 08:00", "2026-11-24 18:00"):
        make_finished_session(patient=hurting, now=a_moment(instant), pain_worst=8)

    assert plan(MORNING) == 0


def test_travelling_goes_by_the_clock_over_there_and_tells_no_slot_twice(wishing: Patient):
    plan(MORNING)
    Patient.objects.filter(pk=wishing.pk).update(travel_zone="America/New_York")

    # 08:00 in New York is 13:00 in London: the same morning of the same day.
    plan(a_moment("2026-11-25 08:00", "America/New_York"))
    plan(EVENING)
    plan(a_moment("2026-11-25 18:00", "America/New_York"))

    assert planned() == ["2026-11-25 morning first", "2026-11-25 evening first"]


def test_quiet_hours_are_the_clinics(wishing: Patient):
    ClinicSettings.objects.create(quiet_from=time(20), quiet_until=time(8, 30))

    assert plan(MORNING) == 0
    assert plan(a_moment("2026-11-25 08:30")) == 1


def test_waiting_slots_are_those_that_today_offers_to_start(wishing: Patient):
    other = make_wishing()
    make_finished_session(patient=other, now=a_moment("2026-11-25 07:10"))

    assert slots_waiting([wishing, other], MORNING) == {wishing.pk: frozenset({"morning"}), other.pk: frozenset()}
    assert slots_waiting([], MORNING) == {}


@pytest.mark.parametrize(("pain_advice", "queries"), [(True, 15), (False, 10)])
def test_queries_do_not_grow_with_patients(db: None, settings, pain_advice: object, queries: int):
    settings.PAIN_ADVICE = pain_advice
    counts = []
    for more in (2, 10):
        for number in range(more):
            patient = make_wishing()
            if number % 2:
                make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"))
        Reminder.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            plan(MORNING)
        counts.append(len(captured))

    assert Reminder.objects.count() == 12
    assert counts == [queries] * 2


def test_nobody_to_remind_takes_three_queries_and_two_where_nothing_can_be_pushed(
    wishing: Patient, settings, django_assert_num_queries
):
    with django_assert_num_queries(3):
        assert plan(later(MORNING, minutes=-1)) == 0
    settings.PUSH_KEY = b""
    with django_assert_num_queries(2):
        assert plan(later(MORNING, minutes=-1)) == 0


def test_who_asked_today_is_told_of_nothing_that_is_past(db: None):
    make_wishing(asked_at=later(MORNING, minutes=5))

    assert plan(later(MORNING, minutes=10)) == 0
    assert plan(REPEAT) == 1
    assert later(ASKED, days=1) < MORNING
