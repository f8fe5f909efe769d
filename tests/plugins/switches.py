"""The suite in both modes: with all that the software says of its own, and as a mere record (`make test-record-only`)."""

import pytest
from django.conf import settings


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of parts that are switched off: `pytestmark = pytest.mark.switched_on("READINESS")`."""
    off = {item for item in items if not all(getattr(settings, name) for name in _switches_of(item))}
    if off:
        config.hook.pytest_deselected(items=list(off))
        items[:] = [item for item in items if item not in off]


def _switches_of(item: pytest.Item) -> list[str]:
    return [name for marker in item.iter_markers("switched_on") for name in marker.args]
