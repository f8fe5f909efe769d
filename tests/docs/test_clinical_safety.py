"""Every hazard names tests, and every test that it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "clinical-safety.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
SEVERITIES, LEFT = {"minor", "moderate", "major"}, {"low", "very low"}


def hazards(text: str) -> list[list[str]]:
    """Return the rows of the hazard log, cell by cell."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in row] for row in rows]


def missing(text: str) -> list[str]:
    """Return the named tests that are not there, and hazards that name none."""
    found = [f"hazard {row[0]} names no test" for row in hazards(text) if not NAMED.search(row[6])]
    for file, name in NAMED.findall(text):
        path = ROOT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
        if name not in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}:
            found.append(f"{file}::{name}")
    return found


def test_every_named_test_is_there():
    assert missing(TEXT) == []
    assert len(hazards(TEXT)) >= 15


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("test_safety_flag_ends_the_session", "test_gone", "tests/progress/views/test_session_safety.py::test_gone"),
        ("`tests/faults/test_ledger.py", "`tests/faults/test_gone.py", "tests/faults/test_gone.py::"),
    ],
)
def test_one_that_is_missing_is_found(old: str, new: str, found: str):
    assert any(line.startswith(found) for line in missing(TEXT.replace(old, new)))


def test_hazard_without_a_test_is_found():
    assert missing("| 1 | a | b | minor | c | low | we are careful |") == ["hazard 1 names no test"]


def test_log_is_numbered_and_uses_its_own_words():
    rows = hazards(TEXT)

    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert {row[3] for row in rows} <= SEVERITIES
    assert {row[5] for row in rows} <= LEFT
    assert all(len(row) == 7 for row in rows)


def test_reporting_tells_days_for_each_severity():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    days = re.findall(r"^\| (critical|high|medium|low) \|.*\| (\d+) days \| (\d+) days \|$", text, flags=re.MULTILINE)
    assert [name for name, _first, _mended in days] == ["critical", "high", "medium", "low"]
    assert [int(mended) for _name, _first, mended in days] == sorted(int(mended) for _name, _first, mended in days)
