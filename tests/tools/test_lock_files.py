"""The lock files install with any pip: each requirement that names an extra finds that extra pinned."""

from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def pinned(lock: str) -> dict[str, set[str]]:
    """Return the extras that a lock file names, by package."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line.split(" \\")[0]) for line in lines if line[:1].isalnum()]
    return {canonicalize_name(requirement.name): requirement.extras for requirement in requirements}


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_extras_are_pinned_as_they_are_asked_for(lock: str):
    """pip 23.2 looks for the newest `coverage[toml]` where only `coverage` is pinned, and finds no hash for it."""
    extras = pinned(lock)
    asked = {
        (name, canonicalize_name(needed.name), extra)
        for name in extras
        for text in installed_requirements(name)
        for needed in [Requirement(text)]
        if not needed.marker or needed.marker.evaluate({"extra": ""})
        for extra in needed.extras
    }
    assert [row for row in asked if row[2] not in extras[row[1]]] == []
    assert "binary" in extras["psycopg"]


def installed_requirements(name: str) -> list[str]:
    """Return what an installed package asks for; nothing for a package of another platform."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
