"""tools/demo.py: one sentence for each thing that can be wrong, and nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from kneecoach.demo.people import LOGINS
from tools import demo

ROOT = demo.ROOT


def free_port() -> int:
    """Return a port that nobody serves."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_busy_port_is_one_sentence():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        with pytest.raises(demo.Stop, match=f"^Port {port} is busy: .* PORT={port + 1}"):
            demo.check_port_is_free(port)


@pytest.mark.parametrize("text", ["x", "0", "65536", "-1", "80.5"])
def test_port_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(demo.Stop, match=r"^PORT is "):
        demo.chosen_port()


def test_second_demo_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    with demo.only_one_demo(), pytest.raises(demo.Stop, match="runs already"), demo.only_one_demo():
        pytest.fail("both run")


def test_reset_deletes_everything_but_the_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "demo")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    with demo.only_one_demo():
        (demo.FOLDER / "database").mkdir()
        (demo.FOLDER / "secret_key").touch()
        (demo.FOLDER / "link").symlink_to(outside)
        demo.delete_folder()
        assert [path.name for path in demo.FOLDER.iterdir()] == ["lock"]
    assert (outside / "kept").exists()


def test_secret_is_random_private_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    first = demo.secret_key()
    assert len(first) >= 50
    assert demo.secret_key() == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_card_names_address_and_every_login():
    text = demo.card(LOGINS, 8000)
    assert "http://localhost:8000" in text
    assert len(LOGINS) == 7
    for login in LOGINS:
        assert login.email in text
        assert login.password in text


# --- the real thing, in a copy of the tree -------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the demo runs, so that it has a .demo/ of its own."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("kneecoach", "exercises", "progress", "templates", "static", "tools"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", copy)
    return copy


class Running:
    """A demo in a process of its own."""

    def __init__(self, tree: Path, *arguments: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.demo", *arguments],
            cwd=tree,
            env={**os.environ, "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for_page(self, *, host: str = "localhost") -> None:
        """Wait until the log-in page is served."""
        while self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://{host}:{self.port}/account/login/") as page:
                    assert page.status == 200
                    return
            except OSError:
                time.sleep(0.05)
        pytest.fail(f"the demo ended: {self.output()}")

    def output(self) -> str:
        """Wait for the end, return what was printed."""
        return self.process.communicate(timeout=60)[0]


def processes_of(tree: Path) -> list[str]:
    """Return what still runs on a tree: PostgreSQL by its folder, the rest by where it works."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(tree) in " ".join([process.cwd(), *process.cmdline()]):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:  # it has just ended, or is not ours to look at
            continue
    return found


@pytest.fixture
def nothing_left(tree: Path) -> Iterator[None]:
    """Hold that every process has ended."""
    yield
    assert processes_of(tree) == []


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serves_and_ends_everything(tree: Path, number: signal.Signals):
    running = Running(tree)
    running.wait_for_page()
    assert any("postgres" in command for command in processes_of(tree))
    running.process.send_signal(number)
    assert "Ctrl-C ends it" in running.output()
    assert running.process.returncode == 0


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@pytest.mark.usefixtures("nothing_left")
def test_second_start_makes_nothing_anew(tree: Path):
    key = (tree / ".demo" / "secret_key").read_text()
    running = Running(tree)
    running.wait_for_page(host="127.0.0.1")
    running.process.send_signal(signal.SIGINT)
    output = running.output()
    # What takes time is not done again. The clock itself would measure the machine's other work.
    assert "Making" not in output
    assert "Preparing" not in output
    assert (tree / ".demo" / "secret_key").read_text() == key


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@pytest.mark.usefixtures("nothing_left")
def test_development_server_ends_too(tree: Path):
    running = Running(tree, "--reload")
    running.wait_for_page()
    running.process.send_signal(signal.SIGTERM)
    running.output()


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@pytest.mark.usefixtures("nothing_left")
def test_broken_database_is_one_sentence_and_reset_mends_it(tree: Path):
    (tree / ".demo" / "database" / "global" / "pg_control").write_bytes(b"broken")
    running = Running(tree)
    output = running.output()
    assert running.process.returncode == 1
    assert output.startswith("The demo's database in .demo is broken; `make demo-reset` deletes it and starts over.\n")
    assert len(output.splitlines()) == 2
    mended = Running(tree, "--reset")
    mended.wait_for_page()
    mended.process.send_signal(signal.SIGINT)
    assert "Making the demo clinic" in mended.output()
