"""What the tests of faults share."""

from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy


@pytest.fixture
def proxy(live_site: str) -> Iterator[Proxy]:
    """Stand between phone and server."""
    made = Proxy(live_site)
    yield made
    made.close()
