"""What the Caddy of compose writes into its log when no `web` answers, on a real Caddy where there is one."""

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

FILE = settings.BASE_DIR / "deploy" / "Caddyfile"
# Where it gives up finding a `web` (lb_try_duration), and some.
PATIENCE_S = 40


@contextmanager
def caddy_with(file: Path, folder: Path) -> Iterator[tuple[int, Path]]:
    """Run Caddy on loopback in front of nothing; give its port and the path of its log."""
    program = shutil.which("caddy")
    if not program:
        pytest.skip("NOT CHECKED: there is no caddy here; .ci/run gets one")
    with ExitStack() as taken:
        http_port, https_port = (
            taken.enter_context(socket.create_server(("localhost", 0))).getsockname()[1] for _port in range(2)
        )
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [program, "run", "--config", file, "--adapter", "caddyfile"],
            env={
                "PATH": os.environ["PATH"],
                "SITE_URL": f"http://localhost:{http_port}",
                "HTTP_PORT": str(http_port),
                "HTTPS_PORT": str(https_port),
                "XDG_DATA_HOME": str(folder),
                "XDG_CONFIG_HOME": str(folder),
            },
            stderr=stream,
        )
    try:
        wait_for(log, "serving initial configuration")
        yield http_port, log
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def wait_for(log: Path, text: str) -> None:
    """Wait until a text stands in a log."""
    end = time.monotonic() + PATIENCE_S
    while text not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < end, f"No {text} in the log"
        time.sleep(0.05)


def logged(file: Path, folder: Path) -> str:
    """Ask for an address with a secret and a name in it while there is no `web`; return what is logged of it."""
    with caddy_with(file, folder) as (port, log):
        connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE_S)
        connection.request(
            "GET", "/invitation/a-live-token/?q=Anna", headers={"Referer": "http://localhost/from-here/"}
        )
        assert connection.getresponse().status >= 500
        connection.close()
        wait_for(log, '"http.log.error"')
    (line,) = [line for line in log.read_text(encoding="utf-8").splitlines() if '"http.log.error"' in line]
    return line


WORDS = ("a-live-token", "Anna", "from-here", "remote_ip")


@pytest.mark.slow
def test_error_is_logged_without_the_request(tmp_path):
    said = logged(FILE, tmp_path)

    assert '"msg":"no upstreams available"' in said
    assert [word for word in WORDS if word in said] == []


@pytest.mark.slow
def test_without_the_filter_the_request_would_stand_there(tmp_path):
    text = FILE.read_text(encoding="utf-8")
    assert text.count("request delete") == 1
    (tmp_path / "Caddyfile").write_text(text.replace("request delete", "another delete"), encoding="utf-8")

    said = logged(tmp_path / "Caddyfile", tmp_path)

    assert [word for word in WORDS if word not in said] == []
