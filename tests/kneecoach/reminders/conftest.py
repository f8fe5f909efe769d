"""Somebody who wants reminders, and a push service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kneecoach.accounts.models import Patient
from tests.kneecoach.reminders.wishing import make_wishing
from tests.push_service import PushService, push_service


@pytest.fixture
def wishing(db: None) -> Patient:
    """Return a patient who asked for reminders at 08:00 and 18:00."""
    return make_wishing(email="anna@example.org")


@pytest.fixture
def service(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """Return a push service on loopback, which is the only one that is known; its certificate is trusted."""
    with push_service(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
        settings.PUSH_HOSTS = [found.host]
        yield found
