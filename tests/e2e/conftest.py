"""What the walks through the screens share."""

from collections.abc import Callable

import pytest

from kneecoach.accounts.models import ClinicSettings, User
from tests.e2e.hands import LEAPING_CLOCK
from tests.e2e.walk import Walk
from tests.plugins.browser import OpenPage

ERROR_PAGES = (r"status of (403|404|422)",)


@pytest.fixture
def make_walk(open_page: OpenPage, axe: Callable[..., list[str]]) -> Callable[..., Walk]:
    """Return a function that begins a walk; `user` is logged in."""

    def make(user: User | None = None) -> Walk:
        # Without motion, so that no colour is caught half-way.
        page = open_page(user=user, reduced_motion="reduce", allow=ERROR_PAGES)
        page.add_init_script(LEAPING_CLOCK)
        return Walk(page, axe)

    return make


@pytest.fixture
def clinic(live_db) -> ClinicSettings:
    row = ClinicSettings(name="Knee clinic", phone="020 7946 0000", emergency_number="999", allows_stage_override=True)
    row.save()
    return row
