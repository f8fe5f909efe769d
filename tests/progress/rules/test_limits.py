"""Limits and criteria: presets and bounds."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.limits import (
    PRESETS,
    RULES_VERSION,
    Criteria,
    Fault,
    PainLimits,
    Preset,
    RuleValues,
    faults,
    preset_of,
    with_value,
)

STANDARD = RuleValues()
BOUNDS = {
    "green_max": (0, 6),
    "amber_max": (3, 7),
    "settled_tolerance": (0, 3),
    "min_days_on_stage": (0, 60),
    "window_days": (3, 28),
    "min_full_days": (1, 7),
    "rep_target": (1, 30),
    "hold_ok_percent": (50, 100),
    "pain_worst_max": (0, 5),
    "mornings_settled_min": (0, 7),
    "weekly_rise_max": (0, 4),
    "vmo_felt_percent": (0, 100),
}


def faults_with(name: str, value: int | None) -> list[Fault]:
    """Return the faults that name one value, after it alone was changed."""
    return [fault for fault in faults(with_value(STANDARD, name, value)) if fault.field == name]


def test_defaults_are_those_of_the_clinical_reference():
    assert STANDARD.limits == PainLimits(green_max=2, amber_max=5, settled_tolerance=1)
    assert STANDARD.criteria == Criteria(
        min_days_on_stage=7,
        window_days=7,
        min_full_days=5,
        rep_target=None,
        hold_ok_percent=90,
        pain_worst_max=2,
        mornings_settled_min=4,
        weekly_rise_max=1,
        vmo_felt_percent=80,
    )
    assert RULES_VERSION == 1


@pytest.mark.parametrize(
    ("preset", "green", "amber", "pain_worst_max"),
    [(Preset.STRICT, 1, 3, 0), (Preset.STANDARD, 2, 5, 2), (Preset.LENIENT, 3, 5, 3)],
)
def test_presets(preset, green, amber, pain_worst_max):
    values = PRESETS[preset]

    assert (values.limits.green_max, values.limits.amber_max) == (green, amber)
    assert values.criteria.pain_worst_max == pain_worst_max
    assert faults(values) == ()
    assert preset_of(values) is preset


def test_preset_of_anything_else_is_own():
    assert preset_of(with_value(STANDARD, "settled_tolerance", 2)) is Preset.OWN
    assert Preset.OWN not in PRESETS


def test_every_value_has_bounds():
    assert list(BOUNDS) == [field.name for part in (PainLimits, Criteria) for field in fields(part)]


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_faults_exactly_outside_the_bounds(name, bounds):
    lowest, highest = bounds

    assert faults_with(name, lowest) == faults_with(name, highest) == []
    assert faults_with(name, lowest - 1) == faults_with(name, highest + 1) == [Fault(name, lowest, highest)]


def test_faults_follow_other_values():
    assert faults(with_value(STANDARD, "green_max", 5)) == (Fault("amber_max", 6, 7),)
    assert faults(with_value(STANDARD, "window_days", 3)) == (
        Fault("min_full_days", 1, 3),
        Fault("mornings_settled_min", 0, 3),
    )


def test_faults_rep_target_may_be_left_to_the_prescription():
    assert faults(with_value(STANDARD, "rep_target", None)) == ()


def test_with_value_changes_one_and_knows_no_other_names():
    changed = with_value(with_value(STANDARD, "amber_max", 4), "window_days", 10)

    assert changed == RuleValues(PainLimits(amber_max=4), Criteria(window_days=10))
    with pytest.raises(TypeError):
        with_value(STANDARD, "unheard_of", 1)


@given(values=st.fixed_dictionaries({name: st.integers(low - 1, high + 1) for name, (low, high) in BOUNDS.items()}))
def test_faults_none_means_zones_in_order_and_counts_within_the_window(values):
    chosen = STANDARD
    for name, value in values.items():
        chosen = with_value(chosen, name, value)

    if not faults(chosen):
        limits, criteria = chosen.limits, chosen.criteria
        assert 0 <= limits.green_max < limits.amber_max <= 7
        assert 1 <= criteria.min_full_days <= criteria.window_days
        assert criteria.mornings_settled_min <= criteria.window_days
