"""What the tests of the house itself share."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.plugins.database import TestDatabase, set_connection
from tests.smtp import Mailbox, mail_server


@pytest.fixture
def unreachable_database(django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the application look for its database where none listens."""
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
        yield
        connection.close()


@pytest.fixture
def as_owner(django_db_setup: TestDatabase, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Be the owner role, and forget at the end whatever was granted; return the name of the app role."""
    with django_db_blocker.unblock():
        connection.close()
        set_connection(USER=django_db_setup.owner)
        try:
            with transaction.atomic():
                yield django_db_setup.app
                transaction.set_rollback(True)
        finally:
            connection.close()
            set_connection(USER=django_db_setup.app)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """Return the mailbox of a mail server on loopback, to which everything is sent."""
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_TIMEOUT = False, "", 5
        yield box
