"""`deploy/backup` and `deploy/restore`: what becomes of the list of erasures. The whole of it: deploy/check-variants.

In place of Compose stands a program that runs what the containers `backup` and `migrate` would, writes down what it was asked
for, and has an empty database, into which it restores nothing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from kneecoach.schema import known_migrations
from tests.deploy.conftest import BINARIES, SCRIPT, names_in
from tests.plugins.database import TestDatabase

COMPOSE = f"""#!/bin/bash
echo "$*" >>"$WORLD/asked"
if [ "$1" = exec ]; then echo 0; fi
if [ "$1" != run ]; then exit; fi
# run --rm --no-deps -T SERVICE
service=$5
shift 5
if [ "$service" = backup ]; then [ "$1" != load ] || exit 1; exec bash {SCRIPT} "$@"; fi
if [ "$1" = python ]; then shift; exec {sys.executable} "$@"; fi
exec "$@"
"""
LINE = json.dumps(
    {
        "patient": "00000000-0000-0000-0000-000000000001",
        "pseudonym": "00000000-0000-0000-0000-000000000002",
        "policy": "erase",
        "at": "2026-11-28T09:00:00+00:00",
    }
)


class Machine:
    """A machine with our scripts, its backups, and its list of erasures."""

    def __init__(self, folder: Path, database: TestDatabase) -> None:
        self.folder, self.owner = folder, database.owner
        self.list = folder / "list"
        (folder / "backups").mkdir()
        (folder / "compose").write_text(COMPOSE)
        (folder / "compose").chmod(0o755)

    def run(self, script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        server = connection.settings_dict
        return subprocess.run(
            ["bash", settings.BASE_DIR / "deploy" / script, *arguments],
            env={
                "PATH": f"{BINARIES}:{os.environ['PATH']}",
                "COMPOSE": str(self.folder / "compose"),
                "WORLD": str(self.folder),
                "ERASURES_FILE": str(self.list),
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "PGHOST": server["HOST"],
                "PGPORT": str(server["PORT"]),
                "PGUSER": self.owner,
                "PGDATABASE": server["NAME"],
                "PGPASSWORD": server["PASSWORD"],
                "BACKUP_FOLDER": str(self.folder / "backups"),
                "VERSION_FILE": str(settings.BASE_DIR / "pyproject.toml"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def asked(self) -> list[str]:
        """Return the commands that Compose was given, without its options."""
        said = (self.folder / "asked").read_text().splitlines()
        return [line.removeprefix("run --rm --no-deps -T ") for line in said]


@pytest.fixture
def machine(live_db: TestDatabase, tmp_path: Path) -> Machine:
    """Return a machine that knows of nobody who was erased."""
    return Machine(tmp_path, live_db)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a backup that another machine has made, without a list of erasures."""
    away = tmp_path / "away"
    away.mkdir()
    path = away / "kneecoach-20261128T023000Z.dump"
    path.touch()
    stamp = {"kneecoach": "0.1.0", "postgresql": 17, "migrations": [".".join(row) for row in known_migrations()]}
    path.with_name(f"{path.name}.json").write_text(json.dumps(stamp))
    return path


def test_copy_of_a_backup_has_the_list_of_erasures_beside_it(machine: Machine, tmp_path: Path):
    name = machine.run("backup").stdout.strip()
    first = machine.run("backup", "get", tmp_path / "away")
    empty = (tmp_path / "away" / "erasures").read_text()
    machine.list.write_text(f"{LINE}\n")

    after = machine.run("backup", "erasures", tmp_path / "away")
    # A folder that holds more than this machine knows loses nothing.
    machine.list.write_text("")
    (tmp_path / "backups" / "erasures").write_text("")
    again = machine.run("backup", "get", tmp_path / "away")

    assert first.stdout.strip() == str(tmp_path / "away" / name), first.stderr
    assert names_in(tmp_path / "away") == ["erasures", name, f"{name}.json"]
    assert empty == ""
    assert after.stdout.strip() == str(tmp_path / "away" / "erasures"), after.stderr
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "away" / "erasures").read_text() == f"{LINE}\n"


def test_without_any_list_nothing_is_restored(machine: Machine, file: Path):
    done = machine.run("restore", file)

    assert done.returncode == 1
    assert "there is no list of erasures" in done.stderr
    assert "nothing was changed" in done.stderr
    assert [line.split()[0] for line in machine.asked()] == ["migrate", "up", "exec", "migrate"]


def test_list_that_is_none_stops_it_before_anything_is_changed(machine: Machine, file: Path):
    file.with_name("erasures").write_text("no list\n")

    done = machine.run("restore", file)

    assert done.returncode == 1
    assert "This is no list of erasures: line 1" in done.stderr
    assert "stop web worker backup" not in machine.asked()
    assert not machine.list.exists()


@pytest.mark.parametrize("place", ["beside the file", "of the machine", "told that there is none"])
def test_with_a_list_it_goes_on(machine: Machine, file: Path, place: str):
    arguments: list[str | Path] = [file]
    if place == "beside the file":
        file.with_name("erasures").write_text(f"{LINE}\n")
    elif place == "of the machine":
        machine.list.write_text(f"{LINE}\n")
    else:
        arguments.insert(0, "--without-erasures")

    done = machine.run("restore", *arguments)

    assert done.returncode == 1
    assert machine.asked()[-2:] == ["stop web worker backup", "backup load kneecoach"]
    assert (machine.list.exists() and machine.list.read_text()) == (
        f"{LINE}\n" if place != "told that there is none" else False
    )
