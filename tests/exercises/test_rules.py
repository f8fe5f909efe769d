"""Dose bounds and the stage gate."""

from dataclasses import replace

import pytest

from exercises.rules import (
    Dose,
    DoseFault,
    TimedPhase,
    deepest_next,
    dose_faults,
    fits,
    has_circle,
    rep_seconds,
    stage_gate,
)

# Stage 1 as its source gives it.
DOSE = Dose(
    reps_min=10,
    reps_max=20,
    reps_target=15,
    hold_min_seconds=3,
    hold_max_seconds=5,
    hold_target_seconds=4,
    sessions_per_day=2,
)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"reps_min": 1},
        {"reps_min": 10, "reps_target": 10},
        {"reps_target": 20},
        {"reps_max": 30},
        {"reps_min": 30, "reps_max": 30, "reps_target": 30},
        {"hold_min_seconds": 1},
        {"hold_max_seconds": 30},
        {"hold_min_seconds": 30, "hold_max_seconds": 30, "hold_target_seconds": 30},
        {"hold_min_seconds": 3, "hold_max_seconds": 3, "hold_target_seconds": 3},
        {"sessions_per_day": 1},
    ],
)
def test_dose_faults_within_bounds_none(change):
    assert dose_faults(replace(DOSE, **change)) == ()


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"reps_min": 0}, (DoseFault("reps_min", 1, 30),)),
        ({"reps_min": -1}, (DoseFault("reps_min", 1, 30),)),
        ({"reps_max": 31}, (DoseFault("reps_max", 10, 30),)),
        ({"reps_target": 9}, (DoseFault("reps_target", 10, 20),)),
        ({"reps_target": 21}, (DoseFault("reps_target", 10, 20),)),
        ({"reps_min": 21}, (DoseFault("reps_max", 21, 30), DoseFault("reps_target", 21, 20))),
        ({"reps_max": 9}, (DoseFault("reps_max", 10, 30), DoseFault("reps_target", 10, 9))),
        ({"hold_min_seconds": 0}, (DoseFault("hold_min_seconds", 1, 30),)),
        ({"hold_max_seconds": 31}, (DoseFault("hold_max_seconds", 3, 30),)),
        ({"hold_max_seconds": 2}, (DoseFault("hold_max_seconds", 3, 30), DoseFault("hold_target_seconds", 3, 2))),
        ({"hold_target_seconds": 2}, (DoseFault("hold_target_seconds", 3, 5),)),
        ({"hold_target_seconds": 6}, (DoseFault("hold_target_seconds", 3, 5),)),
        ({"sessions_per_day": 0}, (DoseFault("sessions_per_day", 1, 2),)),
        ({"sessions_per_day": 3}, (DoseFault("sessions_per_day", 1, 2),)),
        (
            {"reps_min": 0, "hold_target_seconds": 9, "sessions_per_day": 4},
            (
                DoseFault("reps_min", 1, 30),
                DoseFault("hold_target_seconds", 3, 5),
                DoseFault("sessions_per_day", 1, 2),
            ),
        ),
    ],
)
def test_dose_faults_out_of_bounds_each_is_named(change, faults):
    assert dose_faults(replace(DOSE, **change)) == faults


@pytest.mark.parametrize(
    ("required", "mastered", "missing"),
    [
        ([], [], ()),
        ([], ["vmo-1"], ()),
        (["vmo-1", "vmo-2"], [], ("vmo-1", "vmo-2")),
        (["vmo-1", "vmo-2"], ["vmo-2"], ("vmo-1",)),
        (["vmo-1", "vmo-2"], ["vmo-1", "another"], ("vmo-2",)),
        (["vmo-1", "vmo-2"], ["vmo-2", "vmo-1", "vmo-1"], ()),
    ],
)
def test_stage_gate_opens_when_nothing_is_missing(required, mastered, missing):
    gate = stage_gate(required, iter(mastered))

    assert gate.missing == missing
    assert gate.is_open is (missing == ())


@pytest.mark.parametrize(
    ("phases", "hold_seconds", "seconds"),
    [
        ([], 4, 0),
        ([TimedPhase("squeeze", 3, counts_as_hold=True), TimedPhase("relax", 2.5, counts_as_hold=False)], 4, 6.5),
        ([TimedPhase("lift", 1.5, counts_as_hold=False), TimedPhase("lower", 0.5, counts_as_hold=False)], 5, 2),
        ([TimedPhase("squeeze", 3, counts_as_hold=True), TimedPhase("hold", 3, counts_as_hold=True)], 3, 6),
    ],
)
def test_rep_seconds_hold_lasts_as_prescribed(phases, hold_seconds, seconds):
    assert rep_seconds(phases, hold_seconds) == seconds


def test_deepest_next_is_one_rung_down():
    assert [deepest_next(rung) for rung in (0, 3)] == [1, 4]


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        ({}, False),
        ({"a": [], "b": ["a"], "c": ["a", "b"]}, False),
        ({"a": ["a"]}, True),
        ({"a": ["b"], "b": ["a"]}, True),
        ({"a": ["c"], "b": ["a"], "c": ["b"]}, True),
        ({"b": ["of another version"]}, False),
    ],
)
def test_circle_of_stages_is_found(requires, expected):
    assert has_circle(requires) is expected


BOUNDS = Dose(10, 20, 10, 3, 5, 3, 2)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"reps_min": 12, "reps_max": 15, "reps_target": 12}, True),
        ({"sessions_per_day": 1}, True),
        ({"reps_min": 9}, False),
        ({"reps_max": 21}, False),
        ({"hold_min_seconds": 2}, False),
        ({"hold_max_seconds": 6}, False),
    ],
)
def test_dose_fits_inside_the_bounds_of_a_stage(changes, expected):
    assert fits(replace(BOUNDS, **changes), BOUNDS) is expected
