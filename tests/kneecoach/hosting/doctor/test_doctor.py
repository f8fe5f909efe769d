"""The doctor as a whole: what is well, and that the exit code of the command says what is wrong."""

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from kneecoach.hosting.doctor import Finding, Level, examine
from kneecoach.reminders.heartbeat import beat


@pytest.mark.django_db
def test_database_of_this_version_as_the_app_role_is_well():
    beat(timezone.now())

    found = examine(timezone.now())

    # The machine's own, and the server's: that of the tests logs what fails.
    others = {"disk", "server log"}
    assert [finding for finding in found if finding.level == Level.WRONG and finding.about not in others] == []
    assert "kneecoach_app owns nothing and can only add to history and log" in [finding.text for finding in found]


def test_command_ends_with_1_where_anything_is_wrong(monkeypatch, capsys):
    findings = [Finding(Level.OK, "pdf", "can be made"), Finding(Level.WRONG, "disk", "full", "Make room.")]
    monkeypatch.setattr("kneecoach.hosting.management.commands.doctor.examine", lambda now: findings)

    with pytest.raises(CommandError) as refused:
        call_command("doctor", "--brief")

    assert (refused.value.returncode, str(refused.value)) == (1, "1 wrong.")
    assert capsys.readouterr().out.splitlines() == ["WRONG  disk        full", f"{'':19}→ Make room."]


def test_command_without_a_database_says_so_and_goes_on(unreachable_database, capsys):
    with pytest.raises(CommandError):
        call_command("doctor")

    said = capsys.readouterr().out
    assert "WRONG  database    cannot be reached: " in said
    assert "ok     pdf" in said or "note   pdf" in said


def test_command_shows_no_secret(capsys, monkeypatch):
    monkeypatch.setattr("kneecoach.hosting.management.commands.doctor.examine", lambda now: [])

    call_command("doctor")

    said = capsys.readouterr().out
    assert settings.SECRET_KEY not in said
    assert "SECRET_KEY" in said
    assert "Nothing is wrong." in said
