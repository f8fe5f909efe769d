"""How the results of mutation testing are judged."""

from pathlib import Path

import pytest

from tools import mutants

LISTED = """
    progress.rules.pain.x_zone_of__mutmut_1: killed
    progress.rules.pain.x_zone_of__mutmut_2: survived
    progress.rules.pain.xǁKneeMorningǁsettled__mutmut_1: timeout
    progress.rules.pain.x_settled_on__mutmut_1: no tests
    progress.rules.pain.x_settled_on__mutmut_2: not checked
"""
REASONS = """
| mutant | why it survives |
|---|---|
| `progress.rules.pain.x_zone_of__mutmut_2` | an equal change |
"""


def test_results_are_read_and_those_that_were_not_run_left_out():
    assert mutants.read_results(LISTED) == {
        "progress.rules.pain.x_zone_of__mutmut_1": "killed",
        "progress.rules.pain.x_zone_of__mutmut_2": "survived",
        "progress.rules.pain.xǁKneeMorningǁsettled__mutmut_1": "timeout",
        "progress.rules.pain.x_settled_on__mutmut_1": "no tests",
    }


def test_what_no_test_notices_survives():
    assert mutants.survivors(mutants.read_results(LISTED)) == [
        "progress.rules.pain.x_zone_of__mutmut_2",
        "progress.rules.pain.x_settled_on__mutmut_1",
    ]
    assert mutants.summary(mutants.read_results(LISTED)) == "4 mutants, 2 noticed (50.0 %), 2 survive."


@pytest.mark.parametrize(
    ("states", "reasons", "expected"),
    [
        (["killed"] * 10, set(), []),
        (["killed"] * 9 + ["survived"], {"9"}, []),
        (["killed"] * 9 + ["survived"], set(), ["9 survives without a reason in docs/mutants.md."]),
        (["killed"] * 8 + ["survived"] * 2, {"8", "9"}, ["Fewer than 90 % are noticed."]),
        (["killed"] * 10, {"3"}, ["3 in docs/mutants.md is noticed now."]),
        ([], set(), ["Fewer than 90 % are noticed."]),
    ],
)
def test_faults(states, reasons, expected):
    results = {str(number): state for number, state in enumerate(states)}

    assert mutants.faults(results, frozenset(reasons)) == expected


def test_reasons_are_read_from_the_table():
    assert mutants.explained(REASONS) == {"progress.rules.pain.x_zone_of__mutmut_2"}


def test_every_reason_names_a_function_of_the_rules():
    for name in mutants.explained(mutants.REASONS.read_text(encoding="utf-8")):
        module, _, mutant = name.rpartition(".")
        function = mutant.removeprefix("x").lstrip("_ǁ").rpartition("__mutmut_")[0].split("ǁ")[-1]
        source = (mutants.ROOT / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8")
        assert f"def {function}(" in source or f"def _{function}(" in source
