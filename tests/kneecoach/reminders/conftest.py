"""Somebody who wants reminders, a mail server, and a way to let time pass."""

import pytest

from kneecoach.accounts.models import Patient
from tests.kneecoach.reminders.wishing import make_wishing


@pytest.fixture
def wishing(db: None) -> Patient:
    """Return a patient who asked for reminders at 08:00 and 18:00."""
    return make_wishing(email="anna@example.org")
