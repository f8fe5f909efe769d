"""Start the web server; where MIGRATE_ON_START is 1, keep the static files and bring the database to this version first.

For hosts that only exchange the image and run no `migrate` of their own. It needs the password of the role that owns
the tables: POSTGRES_OWNER_PASSWORD (or POSTGRES_OWNER_PASSWORD_FILE), or DATABASE_OWNER_URL. The web server itself
never gets it into its environment.
"""

import os
import subprocess
import sys

OWNERS = ("POSTGRES_OWNER_PASSWORD", "POSTGRES_OWNER_PASSWORD_FILE", "POSTGRES_OWNER_USER", "DATABASE_OWNER_URL")
SERVER = ["gunicorn", "--config", "deploy/gunicorn.conf.py", "kneecoach.wsgi"]


def as_owner(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment in which `prepare_database` runs as the owner."""
    given = {name: environment.get(name, "") for name in OWNERS}
    rest = {name: value for name, value in environment.items() if name not in OWNERS}
    if given["DATABASE_OWNER_URL"]:
        return rest | {"DATABASE_URL": given["DATABASE_OWNER_URL"]}
    if not (given["POSTGRES_OWNER_PASSWORD"] or given["POSTGRES_OWNER_PASSWORD_FILE"]):
        sys.exit(
            "MIGRATE_ON_START=1 needs the password of the role that owns the tables: set POSTGRES_OWNER_PASSWORD_FILE, "
            "or DATABASE_OWNER_URL."
        )
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"):
        rest.pop(name, None)
    return rest | {
        "POSTGRES_USER": given["POSTGRES_OWNER_USER"] or "kneecoach_owner",
        "POSTGRES_PASSWORD": given["POSTGRES_OWNER_PASSWORD"],
        "POSTGRES_PASSWORD_FILE": given["POSTGRES_OWNER_PASSWORD_FILE"],
    }


def run(command: str, environment: dict[str, str]) -> int:
    """Run a management command; return how it ended."""
    managed = [sys.executable, "manage.py", command]
    return subprocess.run(managed, env=environment, check=False).returncode  # noqa: S603 -- a list of our own


def main() -> None:
    """Prepare where that is asked for, then become the server."""
    environment = dict(os.environ)
    prepares = environment.get("MIGRATE_ON_START", "").strip().lower() in {"1", "true", "yes", "on"}
    owners = as_owner(environment) if prepares else {}
    for name in OWNERS:
        environment.pop(name, None)
    if prepares:
        # Where static files cannot be kept, which is said, the site starts all the same.
        run("keep_assets", environment)
        if failed := run("prepare_database", owners):
            sys.exit(failed)
    command = sys.argv[1:] or SERVER
    os.execvpe(command[0], command, environment)  # noqa: S606 -- no shell is wanted


if __name__ == "__main__":
    main()
