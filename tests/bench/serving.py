"""Gunicorn as the compose image runs it, on databases that are copies of one."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from tests.bench import bare
from tests.bench.clinic import HOST
from tests.chaos.servers import Postgres, Web, url_of
from tests.plugins.database import TestDatabase
from tests.settings import ENVIRONMENT

Fill = Callable[[psycopg.Connection[Any]], object]


class Site(Web):
    """The site on one database."""

    def __init__(self, url: str, static: Path) -> None:
        with socket.create_server(("localhost", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment = production(url, static)
        self.start()

    def kill(self) -> None:
        """End it at once, where it has not come to its end by itself."""
        with suppress(ProcessLookupError):
            super().kill()


def production(url: str, static: Path) -> dict[str, str]:
    """Return the environment of the image: what docker-compose.yml and .env give it."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "SECRET_KEY": ENVIRONMENT["SECRET_KEY"],
        "SITE_URL": f"https://{HOST}",
        "TRUST_PROXY": "1",
        "DATABASE_URL": url,
        "BENCH_STATIC": str(static),
        "LOG_LEVEL": "CRITICAL",
    }


@contextmanager
def sites(database: TestDatabase, **filled: Fill) -> Iterator[dict[str, Site]]:
    """Serve copies of the test database as it is now, side by side, each under a name and filled up by a superuser."""
    postgres = Postgres()
    postgres.make_durable()
    made: dict[str, Site] = {}
    with ExitStack() as after:
        static = Path(tempfile.mkdtemp(prefix="kneecoach-bench-"))
        after.callback(shutil.rmtree, static)
        collect_static(static)
        for name, fill in filled.items():
            after.callback(drop, postgres, name)
            copy_database(postgres, database, name)
            with postgres.superuser(name) as superuser:
                fill(superuser)
                superuser.execute("VACUUM ANALYZE")
            made[name] = Site(url_of(database.app, name), static)
            after.callback(made[name].kill)
        for site in made.values():
            site.wait()
        yield made


def copy_database(postgres: Postgres, database: TestDatabase, name: str) -> None:
    """Copy the test database, and put the table of the bare insert into the copy."""
    original = connection.settings_dict["NAME"]
    connection.close()
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    with postgres.superuser("postgres") as superuser:
        superuser.execute(copy.format(*map(sql.Identifier, (name, original, database.owner))))
    with psycopg.connect(url_of(database.owner, name), autocommit=True) as owner:
        owner.execute(bare.TABLE)
        app = sql.Identifier(database.app)
        owner.execute(sql.SQL("GRANT ALL ON bare_rep, bare_rep_id_seq TO {}").format(app))


def drop(postgres: Postgres, name: str) -> None:
    """Drop a copy, whoever is still connected to it."""
    with postgres.superuser("postgres") as superuser:
        superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def collect_static(folder: Path) -> None:
    """Collect and compress the static files, as the image is built."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    environment = production("postgresql://nobody@localhost/none", folder)
    subprocess.run(command, env=environment, check=True, cwd=settings.BASE_DIR)
