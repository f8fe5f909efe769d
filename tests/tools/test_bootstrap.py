"""tools/bootstrap.py says in one sentence what is missing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap

SOURCE = Path(bootstrap.__file__)


def test_an_old_python_can_read_it():
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_needs_the_standard_library_only():
    names = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(SOURCE.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module])
    }
    assert names <= sys.stdlib_module_names


def test_old_python_is_told():
    with pytest.raises(SystemExit) as caught:
        bootstrap.check_python((3, 8))
    assert str(caught.value) == "Python 3.11 or newer is needed, this is 3.8."
    bootstrap.check_python((3, 11))
    bootstrap.check_python((3, 13))


def test_missing_venv_module_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="venv module is missing"):
        bootstrap.make_venv()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "WARNING: Retrying (Retry(total=1)) after NewConnectionError\n\nERROR: No matching distribution\n",
            "No network",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n", "could not be installed"),
    ],
)
def test_failed_install_is_one_sentence_and_the_last_line_of_pip(output: str, sentence: str):
    first, last = bootstrap.reason(output).splitlines()
    assert sentence in first
    assert last == output.strip().splitlines()[-1]


def test_no_network_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With the real pip, and an index that is not there."""
    lock = tmp_path / "requirements-dev.txt"
    lock.write_text("asgiref==3.13.0 --hash=sha256:" + "0" * 64 + "\n")
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(bootstrap, "LOCK", str(lock))
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", venv_with_pip(tmp_path))
    with pytest.raises(SystemExit, match=r"^No network"):
        bootstrap.install()


def venv_with_pip(folder: Path) -> str:
    """Make an empty virtual environment, so that nothing is installed yet."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    return str(folder / "venv" / "bin" / "python")


def test_second_run_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stamp = tmp_path / "stamp"
    stamp.write_text(bootstrap.fingerprint())
    monkeypatch.setattr(bootstrap, "STAMP", str(stamp))
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", sys.executable)
    monkeypatch.setattr(bootstrap, "install", lambda: pytest.fail("installed again"))
    bootstrap.main()
