"""Backups with their stamps, as the container `backup` makes them, on the real PostgreSQL of the tests."""

import json
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.deploy.conftest import BINARIES, SCRIPT, in_database, names_in
from tests.factories import make_patient


def test_backup_can_be_restored_and_every_table_is_compared(backup, empty, live_db, tmp_path):
    make_patient(name="Anna Knee", email="anna@example.org")

    made = backup("now")
    name = made.stdout.strip()
    restored = backup("restore", name, empty)

    assert (made.returncode, restored.returncode) == (0, 0), made.stderr + restored.stderr
    assert names_in(tmp_path) == [name, f"{name}.json"]
    assert {oct((tmp_path / file).stat().st_mode & 0o777) for file in names_in(tmp_path)} == {"0o400"}
    stamp = json.loads((tmp_path / f"{name}.json").read_text())
    assert (stamp["kneecoach"], stamp["postgresql"]) == ("0.1.0", 18)
    assert "accounts.0001_initial" in stamp["migrations"]
    assert stamp["tables"]["accounts_patient"]["rows"] == 1
    assert f"{len(stamp['tables'])} tables have the rows and checksums of the stamp" in restored.stderr
    with in_database(live_db, empty) as other:
        assert other.execute("SELECT name FROM accounts_patient").fetchall() == [("Anna Knee",)]
        # One value that is not what it was, in a table with as many rows as before.
        other.execute("UPDATE accounts_patient SET name = 'Anna Kneee'")
    differs = backup("compare", empty, stdin=(tmp_path / f"{name}.json").read_text())
    assert differs.returncode == 1
    assert "accounts_patient" in differs.stderr
    assert 'accounts_user"' not in differs.stderr
    again = backup("restore", name, empty)
    assert again.returncode == 1
    assert "is not empty: nothing was restored" in again.stderr


def test_backup_that_arrives_through_a_pipe_is_restored(backup, empty, live_db, tmp_path):
    make_patient(name="Anna Knee", email="anna@example.org")
    dump = (tmp_path / backup("now").stdout.strip()).read_bytes()
    parts = connection.settings_dict
    where = {"PGHOST": parts["HOST"], "PGPORT": str(parts["PORT"]), "PGUSER": live_db.owner}

    loaded = subprocess.run(
        ["bash", SCRIPT, "load", empty],
        env={"PATH": f"{BINARIES}:{os.environ['PATH']}", "PGPASSWORD": parts["PASSWORD"], **where},
        input=dump,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert loaded.returncode == 0, loaded.stderr.decode()
    with in_database(live_db, empty) as other:
        assert other.execute("SELECT name FROM accounts_patient").fetchall() == [("Anna Knee",)]


def test_what_is_written_meanwhile_is_in_neither_dump_nor_stamp(backup, empty, live_db, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text(
        '#!/bin/bash\npsql -qc "INSERT INTO django_session VALUES (\'late\', \'\', now())"\nexec "$REAL/pg_dump" "$@"\n'
    )
    (programs / "pg_dump").chmod(0o755)

    made = backup("now", PATH=f"{programs}:{BINARIES}:{os.environ['PATH']}", REAL=str(BINARIES))
    restored = backup("restore", made.stdout.strip(), empty)

    assert restored.returncode == 0, made.stderr + restored.stderr
    with in_database(live_db, empty) as other, live_db.owner_connection() as owner:
        late = "SELECT count(*) FROM django_session WHERE session_key = 'late'"
        assert (owner.execute(late).fetchone(), other.execute(late).fetchone()) == ((1,), (0,))


def test_dump_that_fails_halfway_gets_no_name(backup, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text(f'#!/bin/bash\n{BINARIES}/pg_dump "$@"\nexit 1\n')
    (programs / "pg_dump").chmod(0o755)

    failed = backup("now", PATH=f"{programs}:{BINARIES}:{os.environ['PATH']}")

    assert failed.returncode != 0
    assert "pg_dump failed" in failed.stderr
    assert names_in(tmp_path) == ["programs"]
    assert backup("fresh").returncode == 1


def test_only_so_many_are_kept_and_the_newest_is_fresh(backup, tmp_path):
    for day in ("24", "25", "26"):
        for ending in ("", ".json"):
            (tmp_path / f"kneecoach-202611{day}T023000Z.dump{ending}").touch()

    made = backup("now", BACKUP_KEEP="2").stdout.strip()

    assert names_in(tmp_path) == [
        "kneecoach-20261126T023000Z.dump",
        "kneecoach-20261126T023000Z.dump.json",
        made,
        f"{made}.json",
    ]
    assert backup("newest").stdout.strip() == made
    assert backup("fresh").returncode == 0


# --- the stamp and this version --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("stamp", "code"),
    [
        ({"kneecoach": "9.9", "postgresql": 17, "migrations": ["accounts.0001_initial", "progress.9999_later"]}, 4),
        ({"kneecoach": "0.1.0"}, 5),
        ("no stamp", 5),
    ],
)
def test_stamp_that_this_version_cannot_take_is_refused(monkeypatch, tmp_path, stamp, code):
    (tmp_path / "stamp").write_text(json.dumps(stamp))

    with (tmp_path / "stamp").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        with pytest.raises(CommandError) as refused:
            call_command("check_stamp")

    assert refused.value.returncode == code
