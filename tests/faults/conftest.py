"""What the tests of faults share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests as slow: a fault takes its time until it is over."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("slow")


@pytest.fixture
def proxy(live_site: str) -> Iterator[Proxy]:
    """Stand between phone and server."""
    made = Proxy(live_site)
    yield made
    made.close()
