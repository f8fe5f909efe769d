"""A backup each night by itself. The clock is the test's: it stands still, but for the time that the script sleeps."""

import os
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tests.deploy.conftest import BINARIES, SCRIPT, Run, names_in
from tests.plugins.database import TestDatabase

ZONE = ZoneInfo("Europe/Berlin")
# The files grow older with the clock, because `find` reads the real one. It ends where the test's clock does.
SLEEP = """#!/bin/bash
now=$(($(cat "$CLOCK/now") + $1))
echo "$now" >"$CLOCK/now"
echo "$1" >>"$CLOCK/slept"
for file in "$BACKUP_FOLDER"/*.dump; do
  if [ -e "$file" ]; then touch --no-create --date "@$(($(stat --format %Y "$file") - $1))" "$file"; fi
done
if [ "$now" -ge "$(cat "$CLOCK/end")" ]; then kill "$PPID"; fi
"""
DATE = """#!/bin/bash
now=$(cat "$CLOCK/now") options=()
while [[ ${1:-} == -* ]]; do
  if [ "$1" = -d ]; then
    case $2 in
      @*) day=$2 ;;
      today*) day="$(/bin/date -d "@$now" +%F) ${2#today }" ;;
      tomorrow*) day="$(/bin/date -d "$(/bin/date -d "@$now" +%F) + 1 day" +%F) ${2#tomorrow }" ;;
    esac
    shift
  else
    options+=("$1")
  fi
  shift
done
exec /bin/date "${options[@]}" -d "${day:-@$now}" "$@"
"""
# Fails as often as the test says.
PG_DUMP = f"""#!/bin/bash
left=$(cat "$CLOCK/failures")
if [ "$left" -gt 0 ]; then echo $((left - 1)) >"$CLOCK/failures"; exit 1; fi
exec {BINARIES}/pg_dump "$@"
"""
Nights = Callable[..., tuple[list[str], list[timedelta]]]


@pytest.fixture
def nights(live_db: TestDatabase, tmp_path: Path) -> Nights:
    """Return a function that lets the script run from one time to another; it returns what was said, and each sleep."""
    clock, folder = tmp_path / "clock", tmp_path / "backups"
    for each in (clock, folder):
        each.mkdir()
    for name, text in (("sleep", SLEEP), ("date", DATE), ("pg_dump", PG_DUMP)):
        (clock / name).write_text(text)
        (clock / name).chmod(0o755)
    server = connection.settings_dict

    def run(
        begin: datetime, end: datetime, *, failures: int = 0, **environment: str
    ) -> tuple[list[str], list[timedelta]]:
        for name, value in (("now", int(begin.timestamp())), ("end", int(end.timestamp())), ("failures", failures)):
            (clock / name).write_text(str(value))
        done = subprocess.run(
            ["bash", SCRIPT, "nightly"],
            env={
                "PATH": f"{clock}:{BINARIES}:{os.environ['PATH']}",
                "CLOCK": str(clock),
                "TZ": ZONE.key,
                "PGHOST": server["HOST"],
                "PGPORT": str(server["PORT"]),
                "PGUSER": live_db.owner,
                "PGDATABASE": server["NAME"],
                "PGPASSWORD": server["PASSWORD"],
                "BACKUP_FOLDER": str(folder),
                "VERSION_FILE": "pyproject.toml",
                "BACKUP_AT": "02:30",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == -15, done.stderr
        slept = (clock / "slept").read_text().split()
        return [line.partition("  ")[2] for line in done.stderr.splitlines()], [
            timedelta(seconds=int(s)) for s in slept
        ]

    return run


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def dumps_in(folder: Path) -> list[str]:
    return [name for name in names_in(folder) if name.endswith(".dump")]


def old_dump(folder: Path, name: str, age: timedelta) -> None:
    """Leave a backup of so long ago."""
    for ending in ("", ".json"):
        path = folder / f"kneecoach-{name}.dump{ending}"
        path.touch()
        made = path.stat().st_mtime - age.total_seconds()
        os.utime(path, (made, made))


def test_first_one_is_made_at_once_and_the_next_at_the_hour(nights: Nights, tmp_path: Path):
    said, slept = nights(at("2026-11-28T01:00"), at("2026-11-28T02:50"))

    # The names are in UTC.
    assert dumps_in(tmp_path / "backups") == ["kneecoach-20261128T000000Z.dump", "kneecoach-20261128T013000Z.dump"]
    assert said[0] == "each night at 02:30, 14 are kept"
    assert [line for line in said if line.startswith("the next")] == [
        "the next one at 2026-11-28 02:30:00 CET",
        "the next one at 2026-11-29 02:30:00 CET",
    ]
    assert set(slept) == {timedelta(minutes=10)}


def test_one_that_fails_is_tried_again_after_ten_minutes(nights: Nights, tmp_path: Path):
    said, slept = nights(at("2026-11-28T10:00"), at("2026-11-28T10:30"), failures=2)

    assert said.count("failed; tried again in 10 minutes") == 2
    assert dumps_in(tmp_path / "backups") == ["kneecoach-20261128T092000Z.dump"]
    assert slept == [timedelta(minutes=10)] * 3


@pytest.mark.parametrize(("hours", "made"), [(25, []), (27, ["kneecoach-20261128T080000Z.dump"])])
def test_night_that_was_missed_is_made_up_for(nights: Nights, tmp_path: Path, hours: int, made: list[str]):
    old_dump(tmp_path / "backups", "20261127T013000Z", timedelta(hours=hours))

    nights(at("2026-11-28T09:00"), at("2026-11-28T09:10"))

    assert dumps_in(tmp_path / "backups") == ["kneecoach-20261127T013000Z.dump", *made]


def test_last_sleep_ends_at_the_hour_also_where_the_clock_changes(nights: Nights, tmp_path: Path):
    old_dump(tmp_path / "backups", "20261024T013000Z", timedelta(hours=23))

    # At three o'clock it is two o'clock once more: two hours and five minutes are left.
    said, slept = nights(at("2026-10-25T02:25"), at("2026-10-25T03:40"), BACKUP_AT="03:30")

    assert dumps_in(tmp_path / "backups")[-1] == "kneecoach-20261025T023000Z.dump"
    assert "the next one at 2026-10-25 03:30:00 CET" in said
    assert slept == [*[timedelta(minutes=10)] * 12, timedelta(minutes=5), timedelta(minutes=10)]


def test_only_so_many_are_kept(nights: Nights, tmp_path: Path):
    for day in (26, 27):
        old_dump(tmp_path / "backups", f"202611{day}T013000Z", timedelta(hours=(28 - day) * 24 - 1))

    nights(at("2026-11-28T02:00"), at("2026-11-28T02:40"), BACKUP_KEEP="2")

    kept = ["kneecoach-20261127T013000Z.dump", "kneecoach-20261128T013000Z.dump"]
    assert names_in(tmp_path / "backups") == sorted([*kept, *(f"{name}.json" for name in kept)])


# --- the list of erasures beside the backups -------------------------------------------------------------------------
def test_list_of_erasures_is_copied_during_the_day(nights: Nights, tmp_path: Path):
    old_dump(tmp_path / "backups", "20261128T013000Z", timedelta(hours=7))
    (tmp_path / "list").write_text('{"patient": "1"}\n')

    nights(at("2026-11-28T09:30"), at("2026-11-28T09:40"), ERASURES_FILE=str(tmp_path / "list"))

    assert len(dumps_in(tmp_path / "backups")) == 1
    assert (tmp_path / "backups" / "erasures").read_text() == '{"patient": "1"}\n'


def test_list_beside_the_backups_loses_no_line_and_takes_no_half_one(backup: Run, tmp_path: Path):
    source, copy = tmp_path / "list", tmp_path / "erasures"

    nobody = backup("erasures", ERASURES_FILE=str(source))
    assert (nobody.returncode, nobody.stdout, copy.read_text()) == (0, "", "")
    source.write_text('{"patient": "1"}\n{"patient": "2"}\n{"pati')
    first = backup("erasures", ERASURES_FILE=str(source))
    # As after a restore onto a machine that knew of nobody.
    source.write_text('{"patient": "3"}\n{"patient": "2"}\n')
    second = backup("erasures", ERASURES_FILE=str(source))

    assert first.stdout == '{"patient": "1"}\n{"patient": "2"}\n'
    assert second.stdout == copy.read_text() == '{"patient": "1"}\n{"patient": "2"}\n{"patient": "3"}\n'
    lost = backup("erasures", ERASURES_FILE=str(tmp_path / "gone" / "list"))
    assert lost.returncode == 1
    assert "the list of erasures cannot be read" in lost.stderr
    assert copy.read_text() == second.stdout


def test_each_backup_brings_the_list_along(backup: Run, tmp_path: Path):
    (tmp_path / "list").write_text('{"patient": "1"}\n')

    made = backup("now", ERASURES_FILE=str(tmp_path / "list"))

    assert made.returncode == 0, made.stderr
    assert (tmp_path / "erasures").read_text() == '{"patient": "1"}\n'
