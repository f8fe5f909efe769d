"""The numbers that a physiotherapist sets: limits of pain, and the criteria for the next stage.

Bounds and defaults: docs/rules.md, Limits and criteria. The defaults are ours; no source gives a validated test, so every
number can be changed within its bounds and is shown with the name of who set it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

# Stored with every evaluation and every alert. It grows when a rule means something else than before.
RULES_VERSION = 1


class Preset(StrEnum):
    """Limits and criteria to start from."""

    STRICT = "strict"
    STANDARD = "standard"
    LENIENT = "lenient"
    OWN = "own"
    # No values of a patient's own any more: whatever the clinic has counts again.
    CLINIC = "clinic"


@dataclass(frozen=True)
class PainLimits:
    """Green up to `green_max`, amber up to `amber_max`, red above, on the scale from 0 to 10.

    The morning after has settled at no more than the pain before plus `settled_tolerance`.
    """

    green_max: int = 2
    amber_max: int = 5
    settled_tolerance: int = 1


@dataclass(frozen=True)
class Criteria:
    """What is counted before the next stage may be asked for (docs/rules.md, Readiness). Days, counts, per cents, pain.

    `rep_target` None stands for the fewest repetitions that were prescribed; `vmo_felt_percent` 0 waives the question.
    """

    min_days_on_stage: int = 7
    window_days: int = 7
    min_full_days: int = 5
    rep_target: int | None = None
    hold_ok_percent: int = 90
    pain_worst_max: int = 2
    mornings_settled_min: int = 4
    weekly_rise_max: int = 1
    vmo_felt_percent: int = 80


@dataclass(frozen=True)
class RuleValues:
    """Everything that one version of a rule set holds."""

    limits: PainLimits = PainLimits()
    criteria: Criteria = Criteria()


@dataclass(frozen=True)
class Fault:
    """One value outside its bounds."""

    field: str
    lowest: int
    highest: int


PRESETS: dict[Preset, RuleValues] = {
    Preset.STRICT: RuleValues(PainLimits(green_max=1, amber_max=3), Criteria(pain_worst_max=0)),
    Preset.STANDARD: RuleValues(),
    Preset.LENIENT: RuleValues(PainLimits(green_max=3, amber_max=5), Criteria(pain_worst_max=3)),
}


def faults(values: RuleValues) -> tuple[Fault, ...]:
    """Return every value outside its bounds, in the order of the form; empty for values that can be set."""
    limits, criteria = values.limits, values.criteria
    bounds = (
        ("green_max", 0, 6),
        ("amber_max", limits.green_max + 1, 7),
        ("settled_tolerance", 0, 3),
        ("min_days_on_stage", 0, 60),
        ("window_days", 3, 28),
        ("min_full_days", 1, criteria.window_days),
        ("rep_target", 1, 30),
        ("hold_ok_percent", 50, 100),
        ("pain_worst_max", 0, 5),
        ("mornings_settled_min", 0, criteria.window_days),
        ("weekly_rise_max", 0, 4),
        ("vmo_felt_percent", 0, 100),
    )
    told = dict(_values(values))
    return tuple(
        Fault(name, lowest, highest)
        for name, lowest, highest in bounds
        if (value := told[name]) is not None and not lowest <= value <= highest
    )


def preset_of(values: RuleValues) -> Preset:
    """Return the preset that these values are, or `own`."""
    return next((preset for preset, known in PRESETS.items() if known == values), Preset.OWN)


def with_value(values: RuleValues, name: str, value: int | None) -> RuleValues:
    """Return the same values with one of them changed. Raises TypeError for a name that is none of them."""
    change: dict[str, Any] = {name: value}
    if name in {field.name for field in fields(PainLimits)}:
        return replace(values, limits=replace(values.limits, **change))
    return replace(values, criteria=replace(values.criteria, **change))


def _values(values: RuleValues) -> Iterator[tuple[str, int | None]]:
    for part in (values.limits, values.criteria):
        for field in fields(part):
            yield field.name, getattr(part, field.name)
