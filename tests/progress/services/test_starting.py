"""Starting a session: once, on any device, in which slot, for which knees."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from exercises.models import PrescriptionPause
from exercises.services import end_prescription
from progress import services
from progress.models import ExerciseSession, ExerciseSet
from tests.factories import (
    a_moment,
    later,
    make_finished_session,
    make_patient,
    make_prescription,
    make_ready_session,
    make_session,
    sets_of,
)

PRESCRIBED = a_moment("2026-11-20 10:00")
MORNING = a_moment("2026-11-25 08:00")
EVENING = a_moment("2026-11-25 18:30")
TODAY = date(2026, 11, 25)


def pain_of(session: ExerciseSession) -> set[tuple[str, str, str, int | None]]:
    return set(session.pain_ratings.values_list("moment", "side", "status", "value"))


# --- starting ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_start_freezes_day_zone_and_targets(patient):
    make_prescription(patient=patient, now=PRESCRIBED, reps_target=12, hold_target_seconds=4)
    patient.time_zone = "America/New_York"
    patient.save()
    now = a_moment("2026-11-25 00:40", "America/New_York")

    session = make_session(patient=patient, now=now)

    patient.time_zone = "Asia/Kathmandu"
    patient.save()
    session.refresh_from_db()
    assert (session.local_date, session.time_zone, session.utc_offset_minutes) == (
        date(2026, 11, 24),
        "America/New_York",
        -300,
    )
    assert (session.slot, session.started_at, session.ended_at, session.is_safe) == ("evening", now, None, None)
    (row,) = sets_of(session)
    assert (row.reps_min, row.reps_max, row.reps_target, row.hold_target_ms) == (10, 20, 12, 4000)
    assert row.started_at is row.finished_at is None


@pytest.mark.django_db
def test_start_twice_with_one_id_is_once(patient):
    session = make_session(patient=patient, now=MORNING)

    again = make_session(patient=patient, now=later(MORNING, seconds=2), session_id=session.pk)

    assert again == session
    assert ExerciseSession.objects.count() == 1
    assert ExerciseSet.objects.count() == 1


@pytest.mark.django_db
def test_start_on_a_second_device_goes_on_with_the_same_session(patient):
    session = make_ready_session(patient=patient, now=MORNING)

    second = make_session(patient=patient, now=later(MORNING, minutes=3), session_id=uuid.uuid4())

    assert second == session
    assert ExerciseSession.objects.count() == 1


@pytest.mark.django_db
def test_start_with_the_id_of_a_finished_session_returns_it(patient):
    session = make_finished_session(patient=patient, now=MORNING)

    again = make_session(patient=patient, now=EVENING, session_id=session.pk)

    assert again == session
    assert ExerciseSession.objects.count() == 1


@pytest.mark.django_db
def test_start_with_the_id_of_somebody_else_is_not_found(patient, other_patient):
    make_prescription(patient=patient, now=PRESCRIBED)
    theirs = make_session(patient=other_patient, now=MORNING)

    with pytest.raises(ExerciseSession.DoesNotExist):
        services.start_session(patient=patient, session_id=theirs.pk, now=MORNING)

    assert list(ExerciseSession.objects.all()) == [theirs]


@pytest.mark.django_db
def test_start_before_the_muscle_is_found_is_refused():
    patient = make_patient(has_found_vmo=False)
    make_prescription(patient=patient, now=PRESCRIBED)

    with pytest.raises(ValidationError, match="Find the muscle first"):
        services.start_session(patient=patient, session_id=uuid.uuid4(), now=MORNING)

    assert ExerciseSession.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["never", "ended", "to come", "paused", "somebody else's"])
def test_start_with_nothing_prescribed_today_is_refused(patient, other_patient, physiotherapist, why):
    if why == "ended":
        row = make_prescription(patient=patient, now=PRESCRIBED)
        end_prescription(prescription=row, reason="stopped", on=TODAY, by=physiotherapist, now=MORNING)
    if why == "to come":
        make_prescription(patient=patient, now=PRESCRIBED, starts_on=date(2026, 11, 26))
    if why == "paused":
        row = make_prescription(patient=patient, now=PRESCRIBED)
        PrescriptionPause.objects.create(prescription=row, from_on=date(2026, 11, 24), to_on=TODAY)
    if why == "somebody else's":
        make_prescription(patient=other_patient, now=PRESCRIBED)

    with pytest.raises(ValidationError, match="Nothing is prescribed"):
        services.start_session(patient=patient, session_id=uuid.uuid4(), now=MORNING)

    assert ExerciseSession.objects.count() == 0


@pytest.mark.usefixtures("live_db")
def test_start_from_many_connections_is_one_session():
    patient = make_patient()
    make_prescription(patient=patient, now=PRESCRIBED)

    def attempt(_count: int) -> uuid.UUID:
        try:
            return services.start_session(patient=patient, session_id=uuid.uuid4(), now=MORNING).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(attempt, range(8)))

    assert set(started) == set(ExerciseSession.objects.values_list("pk", flat=True))
    assert ExerciseSession.objects.count() == 1
    assert ExerciseSet.objects.count() == 1


# --- slots ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["08:00", "18:30"], ["morning", "evening"]),
        (["14:00"], ["evening"]),
        (["08:00", "11:59"], ["morning", "extra"]),
        (["08:00", "12:00"], ["morning", "evening"]),
        (["08:00", "18:30", "20:00"], ["morning", "evening", "extra"]),
        (["08:00", "09:00", "10:00"], ["morning", "extra", "extra"]),
        (["15:00", "18:59"], ["evening", "extra"]),
    ],
)
def test_slots_of_a_day(patient, times, expected):
    make_prescription(patient=patient, now=PRESCRIBED)

    sessions = [make_finished_session(patient=patient, now=a_moment(f"2026-11-25 {time}")) for time in times]

    assert [session.slot for session in sessions] == expected
    assert {session.local_date for session in sessions} == {TODAY}


@pytest.mark.django_db
def test_once_a_day_is_not_asked_for_again_beside_twice_a_day(patient):
    make_prescription(patient=patient, stage_number=1, now=PRESCRIBED, sessions_per_day=1)
    make_prescription(patient=patient, stage_number=2, now=PRESCRIBED)

    morning = make_finished_session(patient=patient, now=MORNING)
    evening = make_finished_session(patient=patient, now=EVENING)

    assert [row.stage.number for row in sets_of(morning)] == [1, 2]
    assert [row.stage.number for row in sets_of(evening)] == [2]


@pytest.mark.django_db
def test_once_a_day_not_finished_in_the_morning_is_asked_for_in_the_evening(patient):
    make_prescription(patient=patient, stage_number=1, now=PRESCRIBED, sessions_per_day=1)
    make_prescription(patient=patient, stage_number=2, now=PRESCRIBED)

    make_finished_session(patient=patient, now=MORNING, reps=9)
    evening = make_session(patient=patient, now=EVENING)

    assert [row.stage.number for row in sets_of(evening)] == [1, 2]


@pytest.mark.django_db
def test_once_a_day_done_may_be_done_again_as_a_session_of_its_own(patient):
    make_prescription(patient=patient, now=PRESCRIBED, sessions_per_day=1)
    make_finished_session(patient=patient, now=MORNING)

    evening = make_session(patient=patient, now=EVENING)

    assert [row.stage.number for row in sets_of(evening)] == [1]


# --- knees ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage_number", "side", "expected"),
    [
        (1, "both", ["both"]),
        (2, "both", ["left", "right"]),
        (3, "both", ["both"]),
        (2, "left", ["left"]),
        (2, "right", ["right"]),
    ],
)
def test_both_knees_are_two_sets_in_a_one_legged_stage_only(patient, stage_number, side, expected):
    make_prescription(patient=patient, stage_number=stage_number, now=PRESCRIBED, side=side)

    session = make_session(patient=patient, now=MORNING)

    assert [(row.order, row.side) for row in sets_of(session)] == list(enumerate(expected, start=1))


@pytest.mark.django_db
def test_both_knees_are_asked_about_one_after_the_other(patient):
    make_prescription(patient=patient, now=PRESCRIBED, side="both")

    session = make_finished_session(patient=patient, now=MORNING, pain_before=0, pain_worst=None)

    assert pain_of(session) == {
        ("before", "left", "answered", 0),
        ("before", "right", "answered", 0),
        ("worst", "left", "skipped", None),
        ("worst", "right", "skipped", None),
    }
    assert session.ended_at is not None


# --- travel (docs/rules.md, Days and slots) ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("device_zone", "now", "expected"),
    [
        # Berlin to New York on a session day: there it is still the morning, at home the evening has begun.
        ("America/New_York", "2026-11-25 14:30", ("America/New_York", date(2026, 11, 25), "morning", -300)),
        # Tokyo: the next day has begun there.
        ("Asia/Tokyo", "2026-11-25 20:00", ("Asia/Tokyo", date(2026, 11, 26), "morning", 540)),
        # The same clock under another name is no travel.
        ("Europe/Guernsey", "2026-11-25 14:30", ("Europe/London", date(2026, 11, 25), "evening", 0)),
        ("Mars/Olympus", "2026-11-25 14:30", ("Europe/London", date(2026, 11, 25), "evening", 0)),
        ("", "2026-11-25 14:30", ("Europe/London", date(2026, 11, 25), "evening", 0)),
    ],
)
@pytest.mark.django_db
def test_start_follows_the_zone_of_the_device(patient, device_zone, now, expected):
    make_prescription(patient=patient, now=PRESCRIBED)

    session = services.start_session(
        patient=patient, session_id=uuid.uuid4(), now=a_moment(now), device_zone=device_zone
    )

    session.refresh_from_db()
    assert (session.time_zone, session.local_date, session.slot, session.utc_offset_minutes) == expected
    patient.refresh_from_db()
    assert (patient.time_zone, patient.zone_now) == ("Europe/London", expected[0])


@pytest.mark.django_db
def test_start_without_a_word_of_the_device_stays_where_the_last_session_was(patient):
    make_prescription(patient=patient, now=PRESCRIBED)
    patient.travel_zone = "America/New_York"
    patient.save()

    session = make_session(patient=patient, now=a_moment("2026-11-25 14:30"))

    assert (session.time_zone, session.slot) == ("America/New_York", "morning")
