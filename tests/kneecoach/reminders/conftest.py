"""Somebody who wants reminders, a mail server, and a way to let time pass."""

from collections.abc import Iterator
from typing import Any

import pytest

from kneecoach.accounts.models import Patient
from tests.kneecoach.reminders.wishing import make_wishing
from tests.smtp import Mailbox, mail_server


@pytest.fixture
def wishing(db: None) -> Patient:
    """Return a patient who asked for reminders at 08:00 and 18:00."""
    return make_wishing(email="anna@example.org")


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """Return the mailbox of a mail server on loopback, to which everything is sent."""
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_TIMEOUT = False, "", 5
        yield box
