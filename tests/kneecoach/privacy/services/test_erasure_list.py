"""The list of erasures: copies of it that were kept apart are put together, and what holds is what was done last."""

import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from kneecoach.privacy.services.erasing import Outcome
from kneecoach.privacy.services.erasure_list import BadList, add, last_of_each, merge, parse, read
from tests.cast import NOW

ANNA, BERT = UUID(int=1), UUID(int=2)
PSEUDONYM = UUID(int=9)


def noted(path: Path, patient: UUID, policy: str, at: datetime) -> str:
    """Add a line to a list and return it."""
    add(path, patient, Outcome(PSEUDONYM, policy, {}), at)
    return path.read_text().splitlines()[-1]


def test_two_lists_become_one_and_again_changes_nothing(tmp_path: Path):
    here, copy = tmp_path / "here", tmp_path / "copy"
    both = noted(here, ANNA, "erase", NOW)
    copy.write_text(f"{both}\n")
    mine = noted(here, BERT, "restrict", NOW)
    theirs = noted(copy, BERT, "lift", NOW + timedelta(days=1))

    assert merge(here, copy.read_text()) == 1
    assert here.read_text().splitlines() == [both, mine, theirs]
    assert merge(here, copy.read_text()) == 0
    assert len(here.read_text().splitlines()) == 3


def test_what_was_done_last_holds_in_whichever_order_lists_were_put_together(tmp_path: Path):
    locked = noted(tmp_path / "here", BERT, "restrict", NOW)
    lifted = noted(tmp_path / "copy", BERT, "lift", NOW + timedelta(seconds=1))

    for lines in ([locked, lifted], [lifted, locked]):
        assert [line.policy for line in last_of_each(parse("\n".join(lines)))] == ["lift"]


def test_list_of_a_machine_that_knows_of_nobody_is_made(tmp_path: Path):
    assert merge(tmp_path / "list", "") == 0
    assert (tmp_path / "list").read_text() == ""
    assert read(tmp_path / "list") == []


@pytest.mark.parametrize(
    "changes",
    [{"patient": "anna"}, {"pseudonym": 3}, {"policy": "forget"}, {"at": "yesterday"}, {"at": 5}, {"name": "Anna"}],
)
def test_what_is_no_list_is_refused_before_anything_is_written(tmp_path: Path, changes: dict[str, Any]):
    good = noted(tmp_path / "good", ANNA, "erase", NOW)
    bad = json.dumps({**json.loads(good), **changes})

    with pytest.raises(BadList, match="line 2"):
        merge(tmp_path / "list", f"{good}\n{bad}\n")

    assert not (tmp_path / "list").exists()


def test_command_takes_a_list_over(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    line = noted(tmp_path / "copy", ANNA, "erase", NOW)
    settings.ERASURES_FILE = str(tmp_path / "list")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))

    call_command("add_erasures")

    assert (tmp_path / "list").read_text() == f"{line}\n"
    assert capsys.readouterr().out == "1 lines were added to the list of erasures.\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("no list"))
    with pytest.raises(CommandError, match="This is no list of erasures: line 1"):
        call_command("add_erasures")
    settings.ERASURES_FILE = ""
    with pytest.raises(CommandError, match="ERASURES_FILE"):
        call_command("add_erasures")
