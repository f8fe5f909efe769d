"""What the database itself refuses, and the history that the app role can add to and never change."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction

from progress.models import ExerciseSession, ExerciseSet, PainRating, RedFlagReport, Rep, RepConflict
from tests.factories import (
    a_moment,
    do_reps,
    later,
    make_finished_session,
    make_prescription,
    make_ready_session,
    make_session,
    rate_each_side,
    sets_of,
)

NOW = a_moment("2026-11-25 08:00")
TODAY = date(2026, 11, 25)

pytestmark = pytest.mark.django_db


def is_taken(make) -> bool:
    """Tell whether the database takes what `make` writes."""
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return False
    return True


@pytest.fixture
def session(patient) -> ExerciseSession:
    """Return a session that has just started."""
    return make_session(patient=patient, now=NOW)


@pytest.fixture
def exercise_set(session) -> ExerciseSet:
    """Return its set."""
    return sets_of(session)[0]


# --- pain ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "value", "expected"),
    [
        ("answered", 0, True),
        ("answered", 10, True),
        ("answered", 11, False),
        ("answered", -1, False),
        ("answered", None, False),
        ("skipped", None, True),
        ("skipped", 0, False),
        ("skipped", 5, False),
        ("", None, False),
        ("asked", 3, False),
    ],
)
def test_pain_is_a_number_or_skipped(session, status, value, expected):
    made = is_taken(lambda: make_rating(session, status=status, value=value))

    assert made == expected


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("moment", "morning", True),
        ("moment", "noon", False),
        ("side", "left", True),
        ("side", "both", False),
        ("side", "", False),
    ],
)
def test_pain_moment_and_side_known(session, column, value, expected):
    assert is_taken(lambda: make_rating(session, **{column: value})) == expected


def test_pain_once_for_a_moment_and_side_of_a_session(session):
    make_rating(session, side="left")

    assert not is_taken(lambda: make_rating(session, side="left", value=3))
    assert is_taken(lambda: make_rating(session, side="right"))
    assert is_taken(lambda: make_rating(session, side="left", moment="worst"))


def test_pain_once_for_a_moment_and_side_of_a_day_without_session(session, other_patient):
    make_rating(session, moment="morning", exercise_session=None)

    assert not is_taken(lambda: make_rating(session, moment="morning", exercise_session=None))
    assert is_taken(
        lambda: make_rating(session, moment="morning", exercise_session=None, local_date=date(2026, 11, 26))
    )
    assert is_taken(lambda: make_rating(session, moment="morning", exercise_session=None, patient=other_patient))
    # One in a session and one besides are two things.
    assert is_taken(lambda: make_rating(session, moment="morning"))


def make_rating(session: ExerciseSession, **columns: object) -> PainRating:
    values = {
        "patient": session.patient,
        "exercise_session": session,
        "local_date": TODAY,
        "moment": "before",
        "side": "left",
        "status": "answered",
        "value": 2,
        "rated_at": NOW,
    }
    return PainRating.objects.create(**values | columns)


# --- repetitions ---------------------------------------------------------------------------------------------------
BOUNDS = [
    ({"number": 0}, False),
    ({"number": 1}, True),
    ({"number": 60}, True),
    ({"number": 61}, False),
    ({"held_ms": -1}, False),
    ({"held_ms": 0}, True),
    ({"held_ms": None}, True),
    ({"held_ms": 120_000}, True),
    ({"held_ms": 120_001}, False),
    ({"paused_ms": -1}, False),
]


@pytest.mark.parametrize(("columns", "expected"), BOUNDS)
def test_rep_bounds(exercise_set, columns, expected):
    assert is_taken(lambda: make_rep(exercise_set, **columns)) == expected


@pytest.mark.parametrize(("columns", "expected"), BOUNDS)
def test_rep_conflict_bounds(exercise_set, columns, expected):
    rep = make_rep(exercise_set)

    assert is_taken(lambda: make_conflict(rep, **columns)) == expected


def test_rep_number_once_while_it_stands(exercise_set):
    first = make_rep(exercise_set)
    taken = is_taken(lambda: make_rep(exercise_set))

    Rep.objects.filter(pk=first.pk).update(voided_at=NOW)

    assert not taken
    assert is_taken(lambda: make_rep(exercise_set))
    assert not is_taken(lambda: make_rep(exercise_set))
    # Back to life it cannot come while another stands.
    assert not is_taken(lambda: Rep.objects.filter(pk=first.pk).update(voided_at=None))


def test_rep_id_is_unique_for_ever(exercise_set, other_patient):
    first = make_rep(exercise_set)
    Rep.objects.filter(pk=first.pk).update(voided_at=NOW)
    elsewhere = sets_of(make_session(patient=other_patient, now=NOW))[0]

    assert not is_taken(lambda: make_rep(elsewhere, id=first.pk))


def test_rep_conflict_same_claim_is_one_row(exercise_set):
    rep, claimed_id = make_rep(exercise_set), uuid.uuid4()
    make_conflict(rep, claimed_id=claimed_id, held_ms=None)

    assert not is_taken(lambda: make_conflict(rep, claimed_id=claimed_id, held_ms=None))
    assert is_taken(lambda: make_conflict(rep, claimed_id=claimed_id, held_ms=0))
    assert is_taken(lambda: make_conflict(rep, held_ms=None))


RESULT = {"number": 1, "held_ms": 3000, "outcome": "ok", "method": "guided", "done_at": NOW, "received_at": NOW}


def make_rep(exercise_set: ExerciseSet, **columns: object) -> Rep:
    return Rep.objects.create(**RESULT | {"exercise_set": exercise_set} | columns)


def make_conflict(rep: Rep, **columns: object) -> RepConflict:
    return RepConflict.objects.create(**RESULT | {"rep": rep, "claimed_id": uuid.uuid4()} | columns)


# --- sessions and sets ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("slot", "expected"), [("morning", False), ("evening", True), ("extra", True), ("night", False), ("", False)]
)
def test_session_one_per_slot(session, slot, expected):
    assert session.slot == "morning"
    assert is_taken(lambda: make_session_row(session, slot=slot)) == expected


def test_session_any_number_of_extras(session):
    assert [is_taken(lambda: make_session_row(session, slot="extra")) for _count in range(3)] == [True] * 3


def test_session_same_slot_on_another_day_or_of_another_patient(session, other_patient):
    assert is_taken(lambda: make_session_row(session, local_date=date(2026, 11, 24)))
    assert is_taken(lambda: make_session_row(session, patient=other_patient))


@pytest.mark.parametrize(("seconds", "expected"), [(-1, False), (0, True)])
def test_session_ends_after_start(session, seconds, expected):
    change = {"ended_at": later(NOW, seconds=seconds)}

    assert is_taken(lambda: ExerciseSession.objects.filter(pk=session.pk).update(**change)) == expected


def make_session_row(like: ExerciseSession, **columns: object) -> ExerciseSession:
    values = {
        "patient": like.patient,
        "local_date": like.local_date,
        "time_zone": like.time_zone,
        "utc_offset_minutes": 0,
        "slot": like.slot,
        "started_at": NOW,
    }
    return ExerciseSession.objects.create(**values | columns)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, True),
        ({"order": 1}, False),
        ({"side": "right"}, False),
        ({"side": ""}, False),
        ({"felt_muscle": "maybe"}, False),
        ({"reps_min": 0}, False),
        ({"reps_target": 9}, False),
        ({"reps_target": 21}, False),
    ],
)
def test_set_bounds(exercise_set, columns, expected):
    def make() -> None:
        row = sets_of(exercise_set.exercise_session)[0]
        row.pk, row.order, row.side = uuid.uuid4(), 2, "left"
        for column, value in columns.items():
            setattr(row, column, value)
        row.save(force_insert=True)

    assert is_taken(make) == expected


@pytest.mark.parametrize("column", ["reps_min", "reps_max", "reps_target", "hold_target_ms"])
def test_set_targets_are_never_updated(patient, column):
    make_prescription(patient=patient, now=NOW, reps_min=9, reps_target=12)
    (row,) = sets_of(make_session(patient=patient, now=NOW))

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        ExerciseSet.objects.filter(pk=row.pk).update(**{column: 11})

    assert is_taken(lambda: ExerciseSet.objects.filter(pk=row.pk).update(felt_muscle="yes"))


# --- history -------------------------------------------------------------------------------------------------------
def test_history_of_a_rep_holds_the_words_before_and_after(exercise_set):
    rep = make_rep(exercise_set)
    history = apps.get_model("progress", "RepEvent").objects
    inserted = history.count()

    Rep.objects.filter(pk=rep.pk).update(voided_at=NOW)
    Rep.objects.filter(pk=rep.pk).delete()

    events = history.order_by("pgh_id").values_list("pgh_label", "id", "voided_at")
    assert inserted == 0
    assert list(events) == [("update", rep.pk, NOW), ("delete", rep.pk, NOW)]


# --- querysets and words -------------------------------------------------------------------------------------------
def test_counts_tell_done_from_recorded_and_from_taken_back(patient):
    (row,) = sets_of(make_ready_session(patient=patient, now=NOW))
    do_reps(exercise_set=row, now=NOW, numbers=[1, 2, 3])
    do_reps(exercise_set=row, now=NOW, numbers=[4], held_ms=900)
    do_reps(exercise_set=row, now=NOW, numbers=[5], held_ms=8000)
    row.reps.filter(number=5).update(voided_at=NOW)

    counted: Any = ExerciseSet.objects.with_counts().get()

    assert (counted.reps_done, counted.reps_recorded) == (3, 4)


def test_querysets_keep_to_their_patient(patient, other_patient):
    mine, theirs = (
        make_finished_session(patient=person, now=NOW, pain_worst=None) for person in (patient, other_patient)
    )
    running = make_session(patient=patient, now=later(NOW, hours=10))

    assert set(ExerciseSession.objects.of(patient)) == {mine, running}
    assert list(ExerciseSession.objects.of(patient).unfinished()) == [running]
    assert set(PainRating.objects.of(other_patient)) == set(theirs.pain_ratings.all())
    assert list(PainRating.objects.of(patient).answered().values_list("moment", flat=True)) == ["before"]


def test_words_of_rows(session):
    rate_each_side(session=session, moment="before", value=0, now=NOW)
    rate_each_side(session=session, moment="worst", value=None, now=NOW)
    exercise_set = sets_of(session)[0]
    rep = make_rep(exercise_set)
    report = RedFlagReport.objects.create(
        patient=session.patient, exercise_session=session, local_date=TODAY, answered_at=NOW, card_version=1
    )

    assert str(session) == "2026-11-25 morning"
    assert str(exercise_set) == "Stage 1: Seated squeeze, right"
    assert (str(rep), str(make_conflict(rep, number=2, outcome="short"))) == ("1: held", "2: held too short")
    assert {str(row) for row in PainRating.objects.all()} == {"before: 0", "worst during: skipped"}
    assert str(report) == "2026-11-25"
