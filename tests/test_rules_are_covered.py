"""The tests of the rules reach every branch of the rules: what nobody tries out, nobody knows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OWN_TESTS = ("tests/progress/rules", "tests/exercises/test_rules.py", "tests/kneecoach/desk/test_rules.py")
# They try out again, in every zone and over months, what the tables have tried out already.
LONG_ONES = ("tests/progress/rules/test_zones.py", "tests/progress/rules/test_life.py")


def run_with_coverage(folder: Path, modules: tuple[str, ...], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests in a process of their own, and fail below 100 % of lines and branches of some modules."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(f"--cov={module}" for module in modules),
            *("--cov-branch", "--cov-report=term-missing", "--cov-fail-under=100"),
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, "COVERAGE_FILE": str(folder / "coverage"), "HYPOTHESIS_PROFILE": "quick"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_every_branch_of_the_rules_is_reached_by_their_own_tests(tmp_path: Path):
    result = run_with_coverage(
        tmp_path,
        ("progress.rules", "exercises.rules", "kneecoach.desk.rules"),
        *OWN_TESTS,
        *(f"--ignore={name}" for name in LONG_ONES),
    )

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.slow
def test_a_branch_that_is_not_reached_is_found(tmp_path: Path):
    result = run_with_coverage(
        tmp_path, ("progress.rules.later",), "tests/progress/rules/test_later.py", "-k", "is_late"
    )

    assert result.returncode != 0
    assert "later.py" in result.stdout
    assert "Required test coverage of 100% not reached" in result.stdout
