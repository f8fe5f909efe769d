"""deploy/start.py: what runs as the owner before the server, and that the server learns nothing of it."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

START = settings.BASE_DIR / "deploy" / "start.py"
# Each says who it is and which addresses and passwords it was given.
TELL = """
import json, os, sys
told = {name: value for name, value in os.environ.items() if name.startswith(("POSTGRES_", "DATABASE_")) and value}
print(json.dumps([sys.argv[1:], told]), flush=True)
sys.exit(int(os.environ.get(sys.argv[1].partition("_")[0].upper() + "_EXITS", "0")))
"""


@pytest.fixture
def start(tmp_path):
    (tmp_path / "manage.py").write_text(TELL)
    (tmp_path / "server.py").write_text(TELL)

    def run(**environment: str) -> tuple[int, list[object], str]:
        command = [sys.executable, START, sys.executable, "server.py", "serves"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    return run


APP = {"POSTGRES_HOST": "db", "POSTGRES_USER": "kneecoach_app", "POSTGRES_PASSWORD_FILE": "/app"}


def test_start_alone_serves(start):
    assert start(**APP) == (0, [[["serves"], APP]], "")


def test_start_prepares_as_owner_then_serves_as_app(start):
    status, said, errors = start(**APP, MIGRATE_ON_START="1", POSTGRES_OWNER_PASSWORD_FILE="/owner")

    owner = {"POSTGRES_HOST": "db", "POSTGRES_USER": "kneecoach_owner", "POSTGRES_PASSWORD_FILE": "/owner"}
    assert (status, said, errors) == (
        0,
        [[["keep_assets"], APP], [["prepare_database"], owner], [["serves"], APP]],
        "",
    )


def test_start_takes_a_whole_address_of_the_owner(start):
    addresses = {"DATABASE_URL": "postgresql://app@db/x", "DATABASE_OWNER_URL": "postgresql://owner@db/x"}

    status, said, _errors = start(**addresses, MIGRATE_ON_START="yes")

    assert (status, [told for _arguments, told in said]) == (
        0,
        [{"DATABASE_URL": f"postgresql://{role}@db/x"} for role in ("app", "owner", "app")],
    )


def test_start_serves_nothing_where_preparing_failed(start):
    status, said, _errors = start(**APP, MIGRATE_ON_START="1", POSTGRES_OWNER_PASSWORD="x", PREPARE_EXITS="4")

    assert (status, [arguments for arguments, _told in said]) == (4, [["keep_assets"], ["prepare_database"]])


def test_start_goes_on_where_static_files_cannot_be_kept(start):
    status, said, _errors = start(**APP, MIGRATE_ON_START="1", POSTGRES_OWNER_PASSWORD="x", KEEP_EXITS="1")

    assert (status, [arguments for arguments, _told in said]) == (
        0,
        [["keep_assets"], ["prepare_database"], ["serves"]],
    )


def test_start_without_the_owners_password_says_so(start):
    status, said, errors = start(**APP, MIGRATE_ON_START="1")

    assert (status, said) == (1, [])
    assert "POSTGRES_OWNER_PASSWORD_FILE" in errors
