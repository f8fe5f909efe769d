"""Setting limits and criteria: a new version each time, nothing ever changed."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kneecoach.accounts.models import Patient, User
from progress import services
from progress.history import rule_set_of
from progress.models import RuleSet
from progress.rules.limits import PRESETS, Preset, RuleValues, with_value
from tests.factories import a_moment, later
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
STRICT, STANDARD = PRESETS[Preset.STRICT], PRESETS[Preset.STANDARD]


def flat(values: RuleValues) -> dict[str, Any]:
    """Return the values by the names of their columns."""
    return {**vars(values.limits), **vars(values.criteria)}


def versions(patient: Patient | None) -> list[tuple[int, str]]:
    """Return version and preset of what was set for somebody."""
    return list(RuleSet.objects.filter(patient=patient).order_by("version").values_list("version", "preset"))


def test_set_makes_the_next_version_of_each_scope_and_the_patients_own_count(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    for values in (STRICT, with_value(STRICT, "amber_max", 4)):
        services.set_rules(patient=patient, values=values, by=physiotherapist, now=NOW)
    clinic = services.set_rules(patient=None, values=PRESETS[Preset.LENIENT], by=physiotherapist, now=NOW)

    own = rule_set_of(patient)
    assert (versions(patient), versions(None)) == ([(1, "strict"), (2, "own")], [(1, "standard"), (2, "lenient")])
    assert (own.version, own.values.limits.amber_max, own.made_by, own.made_at) == (2, 4, physiotherapist, NOW)
    assert rule_set_of(other_patient) == clinic


def test_set_the_same_again_changes_nothing(patient: Patient, physiotherapist: User):
    first = services.set_rules(patient=patient, values=STRICT, by=physiotherapist, now=NOW)
    before = all_rows()

    again = services.set_rules(patient=patient, values=STRICT, by=physiotherapist, now=later(NOW, hours=1))
    services.set_rules(patient=None, values=STANDARD, by=physiotherapist, now=NOW)

    assert again == first
    assert all_rows() == before


def test_set_back_to_earlier_values_is_a_new_version(patient: Patient, physiotherapist: User):
    for values in (STRICT, STANDARD, STRICT):
        services.set_rules(patient=patient, values=values, by=physiotherapist, now=NOW)

    assert versions(patient) == [(1, "strict"), (2, "standard"), (3, "strict")]


def test_hand_back_lets_the_clinics_count_also_those_it_sets_later(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    services.set_rules(patient=patient, values=STRICT, by=physiotherapist, now=NOW)
    of_other = services.set_rules(patient=other_patient, values=STRICT, by=physiotherapist, now=NOW)

    back = services.hand_back_rules(patient=patient, by=physiotherapist, now=NOW)
    at_once = rule_set_of(patient)
    newer = services.set_rules(patient=None, values=PRESETS[Preset.LENIENT], by=physiotherapist, now=NOW)

    assert back
    assert (back.version, back.preset, back.values, back.made_by) == (2, "clinic", STANDARD, physiotherapist)
    assert (at_once.patient, at_once.values) == (None, STANDARD)
    assert rule_set_of(patient) == newer
    assert rule_set_of(other_patient) == of_other


def test_hand_back_twice_is_once_and_without_any_of_their_own_nothing(patient: Patient, physiotherapist: User):
    nothing = services.hand_back_rules(patient=patient, by=physiotherapist, now=NOW)
    services.set_rules(patient=patient, values=STRICT, by=physiotherapist, now=NOW)
    for _time in (1, 2):
        again = services.hand_back_rules(patient=patient, by=physiotherapist, now=NOW)

    assert (nothing, again) == (None, None)
    assert versions(patient) == [(1, "strict"), (2, "clinic")]


def test_set_after_handing_back_counts_even_with_the_values_of_the_clinic(patient: Patient, physiotherapist: User):
    services.set_rules(patient=patient, values=STRICT, by=physiotherapist, now=NOW)
    services.hand_back_rules(patient=patient, by=physiotherapist, now=NOW)

    own = services.set_rules(patient=patient, values=STANDARD, by=physiotherapist, now=NOW)

    assert (rule_set_of(patient), own.version, own.preset) == (own, 3, "standard")


def test_clinic_cannot_hand_back(db: None):
    with pytest.raises(IntegrityError, match="ruleset_preset_known"), transaction.atomic():
        RuleSet.objects.create(version=9, preset=Preset.CLINIC, made_at=NOW, **flat(STANDARD))


def test_set_for_a_patient_what_the_clinic_has_keeps_it_when_the_clinic_changes(
    patient: Patient, physiotherapist: User
):
    services.set_rules(patient=patient, values=STANDARD, by=physiotherapist, now=NOW)
    services.set_rules(patient=None, values=STRICT, by=physiotherapist, now=NOW)

    assert rule_set_of(patient).values == STANDARD


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("amber_max", 8, "Between 3 and 7."),
        ("amber_max", 2, "Between 3 and 7."),
        ("window_days", 2, "Between 3 and 28."),
        ("rep_target", 31, "Between 1 and 30."),
    ],
)
def test_set_out_of_bounds_is_refused(patient: Patient, physiotherapist: User, name: str, value: int, said: str):
    values: RuleValues = with_value(replace(STANDARD), name, value)
    before = all_rows()

    with pytest.raises(ValidationError) as refused:
        services.set_rules(patient=patient, values=values, by=physiotherapist, now=NOW)

    assert refused.value.message_dict[name] == [said]
    assert all_rows() == before
