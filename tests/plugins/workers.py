"""Several workers share the tests (`pytest -n 2`): what takes long comes first, so that they end together."""

import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

# The variable that tells the workers where the folders of their database servers go, so that none is left behind.
SERVERS_FOLDER = "KNEECOACH_TEST_SERVERS"
SERVERS = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Let a run that is told to end, end as with Ctrl-C; and give the database servers of its workers one folder."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if SERVERS_FOLDER not in os.environ and config.getoption("numprocesses", default=None):
        config.stash[SERVERS] = Path(tempfile.mkdtemp(prefix="kneecoach-workers-"))
        config.stash[SERVERS].chmod(0o755)
        os.environ[SERVERS_FOLDER] = str(config.stash[SERVERS])


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers of workers that were cut short."""
    folder = config.stash.get(SERVERS, None)
    if folder is None:
        return
    for running in folder.glob("*/data/postmaster.pid"):
        with suppress(ProcessLookupError, ValueError, IndexError):
            os.kill(int(running.read_text().splitlines()[0]), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow tests first, then those with a browser; otherwise the order stays."""
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("slow", "browser")])
