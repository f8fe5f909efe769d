"""Every fault has a line that says what plays it, and what it names is there."""

import re
from pathlib import Path

import pytest

from tests.chaos.aims import AIMS
from tests.docs.test_clinical_safety import NAMED, ROOT, missing

TEXT = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
LINE = re.compile(r"^\| (F\d+) \| .+ \| (.+) \|$", re.MULTILINE)
FAULTS = [f"F{number}" for number in range(1, 27)]
MAKE = re.compile(r"`make ([\w-]+)`")
FILE = re.compile(r"`((?:deploy|tests)/[\w/.-]+)`")


def faults_of(text: str) -> list[str]:
    """Return what the page lacks, one line each."""
    lines = dict(LINE.findall(text))
    found = [f"{fault} has no line" for fault in FAULTS if fault not in lines]
    found += [
        f"{fault} names nothing that plays it, and no reason"
        for fault, played in lines.items()
        if not (NAMED.search(played) or "not played: " in played)
    ]
    found += missing(text)
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found += [f"make {name}" for name in MAKE.findall(text) if name not in targets]
    found += [name for name in FILE.findall(text) if not (ROOT / name).exists()]
    return found


def test_every_fault_has_a_line_and_all_that_is_named_is_there():
    assert faults_of(TEXT) == []
    assert [fault for fault, _played in LINE.findall(TEXT)] == FAULTS


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("| F14 |", "| G14 |", "F14 has no line"),
        ("not played: there is no SQLite", "there is no SQLite", "F14 names nothing that plays it, and no reason"),
        ("test_disk_full`", "test_disk_gone`", "tests/chaos/disk.py::test_disk_gone"),
        ("`make chaos-engine`", "`make chaos-motor`", "make chaos-motor"),
        ("`deploy/restore-drill`", "`deploy/restore-gone`", "deploy/restore-gone"),
    ],
)
def test_what_is_missing_is_found(old: str, new: str, found: str):
    assert old in TEXT
    assert found in faults_of(TEXT.replace(old, new))


def test_what_is_played_under_load_stands_in_the_line_of_its_fault():
    lines = dict(LINE.findall(TEXT))
    played = {fault: {name for _file, name in NAMED.findall(line)} for fault, line in lines.items()}

    for test, aim in AIMS.items():
        for fault in aim.number.split(", "):
            assert test in played[fault], f"{fault} does not name {test}"


def test_every_wish_is_of_a_test_that_is_there():
    source = "".join(path.read_text(encoding="utf-8") for path in Path(ROOT / "tests" / "chaos").glob("*.py"))

    assert [test for test in AIMS if f"def {test}(" not in source] == []
