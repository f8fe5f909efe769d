"""What Today loads at a glance is what its loaders find one by one, in lives of all kinds and at all hours."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from exercises.models import Prescription, PrescriptionPause
from kneecoach.accounts.models import Patient
from progress.advice import load_advice
from progress.asking import load_asking, load_week
from progress.facts import load_span, moment_of
from progress.flags import load_flags
from progress.history import PAIN_DAYS, load_pain
from progress.models import Correction, ExerciseSession, MorningCheck, PainRating, WeeklyCheck
from progress.rules.slots import day_view
from progress.today import load_today
from tests.factories import a_moment, make_alert, make_patient, make_physiotherapist, make_prescription, make_red_flag
from tests.rows import make_history

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 21:00")
LIVES = range(4)
HOURS = (3.9, 4, 7, 9.3, 11.9, 12, 13.9, 14, 19, 22)
SIDES = {"left": ["left"], "right": ["right"], "both": ["left", "right"]}


def instants(dice: Random) -> Iterator[datetime]:
    """Yield instants of the last days, at the hours at which something begins or ends."""
    midnight = a_moment("2026-11-25 00:00")
    for hour in HOURS:
        yield midnight - timedelta(days=dice.randrange(6), hours=-hour)


def live(dice: Random) -> Patient:
    """Make a patient with four weeks behind them: numbers missing, skipped, corrected, late; days left out."""
    patient = make_patient(
        side=dice.choice(list(SIDES)), time_zone=dice.choice(["Europe/London", "Pacific/Auckland", "Asia/Kolkata"])
    )
    first = make_prescription(patient=patient, now=NOW - timedelta(days=22))
    # The last days are without a session in some lives.
    until = NOW + timedelta(days=1 - dice.randrange(4))
    make_history(patient=patient, prescription=first, until=until, sessions=36)
    PainRating.objects.filter(patient=patient).delete()
    own = ExerciseSession.objects.of(patient)
    own.filter(pk__in=[row.pk for row in own if dice.random() < 0.2]).update(entry="later", entered_at=NOW)
    own.filter(pk__in=[row.pk for row in own if dice.random() < 0.1]).update(stop_reason="pain")
    PainRating.objects.bulk_create(_ratings(patient, own, dice))
    _correct(patient, dice)
    _say_how_mornings_and_weeks_were(patient, dice)
    if dice.random() < 0.5:
        _change_the_plan(patient, first, dice)
    if dice.random() < 0.5:
        make_red_flag(patient=patient, now=NOW - timedelta(days=2))
    return patient


def _rating(patient: Patient, day: date, moment: str, side: str, dice: Random, **more: Any) -> PainRating:
    value = None if dice.random() < 0.1 else dice.randrange(8)
    status = "skipped" if value is None else "answered"
    at = more.pop("at", NOW)
    return PainRating(
        patient=patient, local_date=day, moment=moment, side=side, status=status, value=value, rated_at=at, **more
    )


def _ratings(patient: Patient, sessions: Iterable[ExerciseSession], dice: Random) -> Iterator[PainRating]:
    for row in sessions:
        for moment, often in (("before", 0.9), ("worst", 0.9), ("hour_later", 0.2)):
            for side in SIDES[patient.side]:
                if dice.random() < often:
                    yield _rating(patient, row.local_date, moment, side, dice, exercise_session=row, at=row.started_at)


def _correct(patient: Patient, dice: Random) -> None:
    by = make_physiotherapist()
    for row in PainRating.objects.filter(patient=patient, exercise_session__isnull=False):
        if dice.random() < 0.1:
            Correction.objects.create(
                exercise_session_id=row.exercise_session_id,
                pain_rating=row,
                what="pain",
                value=dice.choice([None, 0, 9]),
                corrected_by=by,
                corrected_at=NOW,
            )


def _say_how_mornings_and_weeks_were(patient: Patient, dice: Random) -> None:
    for back in range(20):
        day = NOW.date() - timedelta(days=back)
        sides = [side for side in SIDES[patient.side] if dice.random() < 0.6]
        PainRating.objects.bulk_create(_rating(patient, day, "morning", side, dice) for side in sides)
        if dice.random() < 0.5:
            swelling = dice.choice(["", "none", "marked"])
            MorningCheck.objects.create(patient=patient, local_date=day, swelling=swelling, answered_at=NOW)
        if day.weekday() == 0 and dice.random() < 0.5:
            WeeklyCheck.objects.create(patient=patient, week_starts_on=day, answered_at=NOW)


def _change_the_plan(patient: Patient, first: Prescription, dice: Random) -> None:
    make_prescription(patient=patient, stage_number=2, now=NOW - timedelta(days=3))
    day = NOW.date() - timedelta(days=dice.randrange(10))
    PrescriptionPause.objects.create(
        prescription=first, from_on=day, to_on=dice.choice([None, day + timedelta(days=2)])
    )
    alert = make_alert(patient=patient, now=NOW - timedelta(days=4))
    alert.resolved_by, alert.resolved_at, alert.resolution = make_physiotherapist(), NOW, "Called"
    alert.save()


@pytest.mark.parametrize("seed", LIVES)
def test_today_is_what_the_loaders_find_one_by_one(seed: int):
    dice = Random(seed)  # noqa: S311 -- the same lives each time
    patient = live(dice)
    make_history(
        patient=(other := make_patient()), prescription=make_prescription(patient=other), until=NOW, sessions=4
    )

    for now in instants(dice):
        moment = moment_of(patient, now)
        today = moment.local_date
        span, week = load_span(patient, today, today, now), load_week(patient, now)
        sets: dict[Any, list[Any]] = {row.pk: list(row.sets.all()) for row in span.sessions}

        found = load_today(patient, now)

        assert found.day == day_view(today, moment, span.prescription_facts, span.session_facts)
        assert found.reps == {
            key: (sum(row.reps_done for row in rows), sum(row.reps_target for row in rows))
            for key, rows in sets.items()
        }
        covering = {fact.id for fact in span.prescription_facts if fact.covers(today)}
        assert list(found.prescriptions) == [row for row in span.prescriptions if row.pk in covering]
        assert [row.stage for row in found.prescriptions] == [
            row.stage for row in span.prescriptions if row.pk in covering
        ]
        assert found.asking == load_asking(patient, now)
        assert found.asks_about_week == (week is not None and week.check is None)
        assert found.told == load_advice(
            patient, now, pain=load_pain(patient, today - timedelta(days=PAIN_DAYS), today)
        )
        assert found.flags == load_flags(patient, now)


def test_lives_are_of_all_kinds(settings: Any):
    settings.PAIN_ADVICE = True
    seen: set[str] = set()
    for seed in LIVES:
        dice = Random(seed)  # noqa: S311 -- the same lives each time
        patient = live(dice)
        for now in instants(dice):
            found = load_today(patient, now)
            seen |= {row.kind for row in found.told.advice} if found.told else {"nothing told"}
            seen |= {row.what for row in found.asking.questions} | {view.state for view in found.day.slots}

    assert seen >= {"pause_and_call", "stop_the_set", "do_the_minimum", "nothing told"}
    assert seen >= {"morning", "swelling", "hour_later", "done", "missed", "due"}


def test_what_starts_later_is_told_where_nothing_runs():
    patient = make_patient()
    later = make_prescription(patient=patient, now=NOW, starts_on=NOW.date() + timedelta(days=3))
    # What somebody else begins before that is theirs.
    make_prescription(patient=make_patient(), now=NOW, starts_on=NOW.date() + timedelta(days=1))

    found = load_today(patient, NOW)

    assert (found.prescriptions, found.upcoming) == ((), later)
    assert load_today(make_patient(), NOW).upcoming is None
