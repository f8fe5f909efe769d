"""Several workers share the tests (`pytest -n 2`): what takes long comes first, so that they end together."""

import signal

import pytest


def pytest_configure() -> None:
    """Let a run that is told to end, end as with Ctrl-C, so that it leaves no server behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow tests first, then those with a browser; otherwise the order stays."""
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("slow", "browser")])
