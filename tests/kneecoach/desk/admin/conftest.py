"""A Wednesday in November at eight o'clock, with everything switched on."""

from typing import Any

import pytest

from tests.factories import a_moment

NOW = a_moment("2026-11-25 08:00")


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock at NOW; `clock.move_to(...)` sets it to another instant."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    """Switch everything on, whatever the run is about."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True
