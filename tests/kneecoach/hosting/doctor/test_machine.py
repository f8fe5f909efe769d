"""What the machine has: old backups and a full disk are told."""

from collections import namedtuple
from datetime import UTC, datetime

import pytest
from django.conf import settings

from kneecoach.hosting.doctor import Level, machine
from tests.kneecoach.hosting.doctor.saying import levels

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


def test_backups(tmp_path, monkeypatch):
    unseen = levels(machine.backups(NOW))
    monkeypatch.setattr(settings, "BACKUP_FOLDER", str(tmp_path))
    none = levels(machine.backups(NOW))
    (tmp_path / "kneecoach-20261125T023000Z.dump").touch()
    (tmp_path / ".kneecoach-20261128T070000Z.dump").touch()  # was never finished
    old = levels(machine.backups(NOW))
    (tmp_path / "kneecoach-20261128T023000Z.dump").touch()

    assert [unseen[0][0], none[0][0], old[0][0]] == [Level.NOTE, Level.WRONG, Level.WRONG]
    assert levels(machine.backups(NOW)) == [(Level.OK, "the newest is 6 h old, there are 2")]


@pytest.mark.parametrize(("free", "level"), [(50, Level.OK), (9, Level.WRONG), (1, Level.WRONG)])
def test_disk(monkeypatch, free, level):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(100 * 1024**3, 0, free * 1024**3))

    assert [found for found, _text in levels(machine.disk())] == [level]
