"""The rules of docs/architecture.md that a machine can check: imports and the conventions of models and files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from pghistory.models import Event

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("kneecoach", "exercises", "progress")
LONGEST_FILE = 400
CODE_SUFFIXES = {".py", ".html", ".css", ".js"}
LOCK_FILES = ("requirements.txt", "requirements-dev.txt")
# Fields whose names are Django's.
DJANGO_NAMES = {"last_login", "date_joined"}
# Put together, so that this line is not found by what it looks for.
MACHINE_PATH = re.compile(
    "|".join(rf"(?<![\w.]){start}/" for start in ("/ro" + "ot", "/wo" + "rk", "/Us" + "ers", r"/ho" + r"me/\w+"))
)

OUR_MODELS = [
    model
    for model in apps.get_models()
    if model.__module__.partition(".")[0] in PACKAGES and not issubclass(model, Event) and not model._meta.auto_created
]


def repository_files() -> list[Path]:
    """Return every file that is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of our pyproject.toml against the packages in a folder."""
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--config", ROOT / "pyproject.toml", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_contracts_are_kept():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("exercises/models.py", "import progress.models", "Packages import one way BROKEN"),
        ("kneecoach/accounts/models/people.py", "import exercises.models", "Packages import one way BROKEN"),
        ("progress/services/sets.py", "import kneecoach.desk.site", "Packages import one way BROKEN"),
        ("kneecoach/reminders/jobs.py", "import kneecoach.desk.site", "Packages import one way BROKEN"),
        ("kneecoach/desk/cases.py", "import kneecoach.reminders.models", "Packages import one way BROKEN"),
        ("exercises/models.py", "import exercises.services", "from the address to the rule BROKEN"),
        ("exercises/rules.py", "import django.utils", "Rules are plain Python BROKEN"),
        ("progress/rules/days.py", "import django.utils", "Rules are plain Python BROKEN"),
    ],
)
def test_import_contracts_find_a_planted_fault(tmp_path: Path, file: str, line: str, contract: str):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / file).open("a") as source:
        source.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert contract in result.stdout


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_model_says_what_it_is(model: type[models.Model]):
    # Django writes a docstring of its own, the list of fields, where there is none.
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}("), "has no docstring"
    assert model.__str__ is not models.Model.__str__, "has no __str__"


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_names_of_times_and_dates(model: type[models.Model]):
    for field in model._meta.get_fields():
        if field.name in DJANGO_NAMES:
            continue
        if isinstance(field, models.DateTimeField):
            assert re.search(r"(^|_)at$", field.name), f"{field} is a moment: its name ends in _at"
        elif isinstance(field, models.DateField):
            assert re.search(r"_(on|date)$", field.name), f"{field} is a day: its name ends in _on or _date"


def test_no_address_is_made_of_the_host_header():
    made = {
        str(path.relative_to(ROOT))
        for path in repository_files()
        if path.relative_to(ROOT).parts[0] in {*PACKAGES, "templates"} and path.suffix in CODE_SUFFIXES
        if "build_absolute_uri" in path.read_text(encoding="utf-8")
    }
    assert not made, "What is mailed and printed begins with settings.SITE_URL"


def test_files_are_short():
    long = {
        f"{path.relative_to(ROOT)}: {count}"
        for path in repository_files()
        if path.suffix in CODE_SUFFIXES and "migrations" not in path.parts
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


@pytest.mark.parametrize("name", LOCK_FILES)
def test_lock_files_name_no_host_and_hold_hashes(name: str):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
    requirements = re.findall(r"^[\w\[\]-]+==", text, flags=re.MULTILINE)
    assert requirements
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[\w\[\]-]+==)", text)[1:])


def test_runtime_versions_are_the_same_in_both_lock_files():
    runtime, dev = (
        set(re.findall(r"^([\w\[\]-]+==\S+)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE))
        for name in LOCK_FILES
    )
    assert runtime <= dev


def test_no_file_names_a_path_of_one_machine():
    found = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture or a sound
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE_PATH.finditer(text)]
    assert not found
