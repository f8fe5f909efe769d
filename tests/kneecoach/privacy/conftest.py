"""Being the owner of the database, as the host is who erases."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.cast import NOW, Cast, make_cast
from tests.plugins.database import TestDatabase, set_connection


@pytest.fixture
def cast(live_db: TestDatabase, time_machine: Any, settings: Any) -> Cast:
    """Return two patients with a row of every kind, committed; everything of the other one is a canary."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_cast()


@pytest.fixture
def as_owner(live_db: TestDatabase) -> Iterator[TestDatabase]:
    """Connect as the role that owns the tables, from the first query of the test on."""
    be(live_db.owner)
    yield live_db
    be(live_db.app)


def be(role: str) -> None:
    """Connect as another role from now on."""
    connection.close()
    set_connection(USER=role)
