"""Whether a locked package has a known weakness: `make audit`.

pip-audit asks the public lists of weaknesses. A package that it could not ask about is NOT CHECKED, which is not the same
as clean, and ends with an error too.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")


def main() -> None:
    """Audit both lock files, and end with an error unless every package was checked and none is weak."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit"], check=True
        )
        wrong = [line for lock in LOCKS for line in faults(lock, ask(python, ROOT / lock))]
    if wrong:
        sys.exit("\n".join(wrong))
    print("Every locked package was checked, and none has a known weakness.")


def ask(python: Path, lock: Path) -> list[dict[str, Any]]:
    """Return what pip-audit says of each package of a lock file."""
    # It ends with an error where it finds something, and then prints that all the same.
    done = subprocess.run(
        [python, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--format", "json", "-r", lock],
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        sys.exit(f"{lock.name}: NOT CHECKED. {(done.stderr.strip().splitlines() or ['pip-audit said nothing'])[-1]}")
    return found


def faults(lock: str, packages: list[dict[str, Any]]) -> list[str]:
    """Return a line for each package that is weak or was not checked."""
    lines = [] if packages else [f"{lock}: NOT CHECKED, no package was found in it"]
    for package in packages:
        name = f"{lock}: {package['name']} {package.get('version', '')}".rstrip()
        if reason := package.get("skip_reason"):
            lines.append(f"{name}: NOT CHECKED. {reason}")
        for weakness in package.get("vulns", []):
            mended = ", ".join(weakness["fix_versions"]) or "no version yet"
            lines.append(f"{name}: {weakness['id']}, mended in {mended}")
    return lines


if __name__ == "__main__":
    main()
