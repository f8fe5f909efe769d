"""What `make audit` makes of the answers of pip-audit."""

import sys
from pathlib import Path

import pytest

from tools.audit import ask, faults

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
WEAK = {"name": "django", "version": "5.2.1", "vulns": [{"id": "CVE-1", "fix_versions": ["5.2.2", "5.3"]}]}
WEAK_FOR_NOW = {"name": "django", "version": "5.2.1", "vulns": [{"id": "CVE-2", "fix_versions": []}]}
SKIPPED = {"name": "brotli", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("packages", "lines"),
    [
        ([CLEAN], []),
        ([CLEAN, WEAK], ["lock: django 5.2.1: CVE-1, mended in 5.2.2, 5.3"]),
        ([WEAK_FOR_NOW], ["lock: django 5.2.1: CVE-2, mended in no version yet"]),
        ([SKIPPED, CLEAN], ["lock: brotli: NOT CHECKED. Dependency not found"]),
        ([], ["lock: NOT CHECKED, no package was found in it"]),
    ],
)
def test_weak_and_unchecked_packages_are_told(packages, lines):
    assert faults("lock", packages) == lines


def test_no_answer_is_not_a_clean_one(tmp_path: Path):
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('No network.')\n", encoding="utf-8")
    program.chmod(0o755)

    with pytest.raises(SystemExit, match=r"lock: NOT CHECKED\. No network\."):
        ask(program, tmp_path / "lock")
