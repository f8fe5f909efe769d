"""How long pages take with two years of history, in times of a bare page behind log-in.

    make bench

One process, the app role on a real PostgreSQL, no browser. In each of five rounds every page is asked for in turn,
for a second each, so that whatever else the machine does meets all of them; the median of the rounds counts.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from kneecoach.accounts.models import Patient
from progress.models import Correction, ExerciseSession, Message, MorningCheck, PainRating, Rep, WeeklyCheck
from progress.rules.weekly import monday_of
from tests.bench.asking import asker, times_bare
from tests.factories import a_moment, make_patient, make_physiotherapist, make_prescription, make_session
from tests.rows import make_history

# The last day of a month: the calendar, the charts and the tables are full.
NOW = a_moment("2026-11-30 20:30")
SESSIONS = 2 * 730
BARE, PROGRESS = "/bare/", "/progress/"
PAGES = (BARE, "/", PROGRESS, "/progress/?month=2026-10", "/progress/2026-11-24/", "/me/")
MOST_TIMES_BARE = 30


@pytest.mark.urls("tests.bench.urls")
def test_progress_with_two_years_is_quick(live_db, time_machine):
    time_machine.move_to(NOW, tick=True)
    patient = two_years()
    with live_db.owner_connection() as connection:
        connection.execute("ANALYZE")
    assert patient.user
    print(f"\nwith {ExerciseSession.objects.count()} sessions and {Rep.objects.count()} repetitions")

    times = times_bare(asker(patient.user), PAGES)

    assert times[PROGRESS] <= MOST_TIMES_BARE


def two_years() -> Patient:
    """Make a patient with two years of sessions twice a day, mornings, weeks, notes, corrections, new doses."""
    by = make_physiotherapist()
    patient = make_patient(lead_physiotherapist=by)
    for quarters in range(8):
        begin = NOW - timedelta(days=730 - 91 * quarters)
        prescription = make_prescription(patient=patient, now=begin, by=by, reps_target=10 + quarters % 2)
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=SESSIONS)
    today = NOW.date()
    days = [today - timedelta(days=count) for count in range(730)]
    MorningCheck.objects.bulk_create(
        MorningCheck(patient=patient, local_date=day, swelling="none", answered_at=NOW) for day in days
    )
    weeks = sorted({monday_of(day) for day in days})
    WeeklyCheck.objects.bulk_create(
        WeeklyCheck(patient=patient, week_starts_on=week, change=1, answered_at=NOW) for week in weeks
    )
    told = [(day, "morning") for day in days]
    told += [(week, moment) for week in weeks for moment in ("week_worst", "week_usual")]
    PainRating.objects.bulk_create(
        PainRating(
            patient=patient,
            local_date=day,
            moment=moment,
            side="right",
            status="answered",
            value=day.day % 5,
            rated_at=NOW,
        )
        for day, moment in told
    )
    sessions = list(ExerciseSession.objects.of(patient))
    Message.objects.bulk_create(
        Message(
            id=uuid4(),
            patient=patient,
            exercise_session=row,
            is_from_patient=True,
            author=patient.user,
            body="It clicks a little.",
            sent_at=row.started_at,
        )
        for row in sessions[::7]
    )
    Correction.objects.bulk_create(
        Correction(exercise_session=row, what="effort", value=3, corrected_by=patient.user, corrected_at=NOW)
        for row in sessions[::10]
    )
    make_session(patient=patient, now=NOW)
    return patient
