"""Change the rules one by one and see whether their tests notice: `make mutants`.

mutmut makes the changes and runs the tests (pyproject.toml, [tool.mutmut]). Here its results are judged: at least 90 of
100 changes have to be noticed, and each one that is not has to stand in docs/mutants.md with the reason.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REASONS = ROOT / "docs" / "mutants.md"
LEAST_PERCENT = 90
# A change that lets a test run for ever is noticed too.
NOTICED = {"killed", "timeout"}
RESULT = re.compile(r"^ +([\w.ǁ]+__mutmut_\d+): ([a-z ]+)$", re.MULTILINE)
REASON = re.compile(r"^\| `([\w.ǁ]+__mutmut_\d+)`", re.MULTILINE)


def main(patterns: list[str]) -> None:
    """Run mutmut on everything, or on mutants whose names match, and end with what is wrong."""
    mutmut = Path(sys.executable).parent / "mutmut"
    subprocess.run([mutmut, "run", "--max-children", str(os.cpu_count() or 1), *patterns], cwd=ROOT, check=True)
    listed = subprocess.run(
        [mutmut, "results", "--all", "true"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    results = read_results(listed.stdout)
    print(f"\n{summary(results)}")
    if wrong := faults(results, explained(REASONS.read_text(encoding="utf-8"))):
        sys.exit("\n".join(wrong))


def read_results(text: str) -> dict[str, str]:
    """Return the state of each mutant from what mutmut lists; those that were not run are left out."""
    return {name: state for name, state in RESULT.findall(text) if state != "not checked"}


def explained(text: str) -> frozenset[str]:
    """Return the mutants that stand in the first column of a table, with the reason why they survive."""
    return frozenset(REASON.findall(text))


def survivors(results: Mapping[str, str]) -> list[str]:
    """Return the mutants that no test has noticed."""
    return [name for name, state in results.items() if state not in NOTICED]


def percent_noticed(results: Mapping[str, str]) -> float:
    """Return per cent of the mutants that were run; 0 where none was."""
    return 100 * (len(results) - len(survivors(results))) / len(results) if results else 0.0


def summary(results: Mapping[str, str]) -> str:
    """Return the figures in one line."""
    left = len(survivors(results))
    return f"{len(results)} mutants, {len(results) - left} noticed ({percent_noticed(results):.1f} %), {left} survive."


def faults(results: Mapping[str, str], reasons: frozenset[str]) -> list[str]:
    """Return what is wrong: too few noticed, survivors without a reason, reasons for mutants that are gone."""
    wrong = []
    if percent_noticed(results) < LEAST_PERCENT:
        wrong.append(f"Fewer than {LEAST_PERCENT} % are noticed.")
    left = survivors(results)
    wrong += [f"{name} survives without a reason in docs/mutants.md." for name in left if name not in reasons]
    wrong += [f"{name} in docs/mutants.md is noticed now." for name in sorted(reasons) if results.get(name) in NOTICED]
    return wrong


if __name__ == "__main__":
    main(sys.argv[1:])
