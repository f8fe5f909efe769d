"""What can be asked of the database: whether it is ours, whether it is of this version, and who was heard of in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, connection

from kneecoach.accounts.roles import APPEND_ONLY_TABLES
from kneecoach.hosting.doctor.findings import Finding, Findings, Level
from kneecoach.privacy.services.expiring import apply_retention
from kneecoach.reminders.heartbeat import why_silent
from kneecoach.schema import missing_migrations, unknown_migrations

OLDEST_POSTGRESQL, NEWEST_POSTGRESQL = 15, 18
CLOCKS_DIFFER = timedelta(seconds=5)
# The worker deletes each hour.
OVER_IS_LATE = timedelta(days=1)
# Until then a database that a restore has set aside may still be wanted.
SET_ASIDE_IS_OLD = timedelta(days=30)
# By which no row is written into the server's log: statements hold values, and so does the DETAIL of an error.
QUIET_LOG = {
    "log_min_error_statement": ("panic", "fatal"),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
}


def look_at_database(now: datetime) -> list[Finding]:
    """Look at everything in the database, or say why it cannot be reached."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = " ".join(str(error).split())
        help_text = "Is it running? Do POSTGRES_HOST, POSTGRES_USER and the password fit?"
        return [Finding(Level.WRONG, "database", f"cannot be reached: {reason}", help_text)]
    looks: list[Callable[[], Findings]] = [database, server_log, roles, migrations]
    looks += [partial(look, now) for look in (worker, retention, set_aside, database_clock)]
    return [finding for look in looks for finding in _whole(look)]


def database() -> Findings:
    """Which server, and whether we know it."""
    (version,) = _row("SELECT current_setting('server_version_num')::int / 10000")
    parts = connection.settings_dict
    where = f"{parts['HOST'] or 'local socket'}, database {parts['NAME']}"
    if OLDEST_POSTGRESQL <= version <= NEWEST_POSTGRESQL:
        yield Finding(Level.OK, "database", f"PostgreSQL {version} answers at {where}")
    else:
        text = f"PostgreSQL {version} at {where} is not one of {OLDEST_POSTGRESQL} to {NEWEST_POSTGRESQL}"
        yield Finding(Level.WRONG, "database", text, "See docs/hosting.md, Upgrades.")


def server_log() -> Findings:
    """Whether the server writes what people entered into its own log."""
    values = {name: _row("SELECT current_setting(%s)", [name])[0] for name in QUIET_LOG}
    talks = [f"{name}={value}" for name, value in values.items() if value not in QUIET_LOG[name]]
    if talks:
        help_text = "Set " + ", ".join(f"{name}={allowed[0]}" for name, allowed in QUIET_LOG.items()) + "."
        text = f"the server logs what people entered, addresses and password hashes too: {', '.join(talks)}"
        yield Finding(Level.WRONG, "server log", text, help_text)
    else:
        yield Finding(Level.OK, "server log", "the server logs no statement and no row")


def roles() -> Findings:
    """The role that we are: it must not be able to rewrite what happened."""
    name, is_super, owned = _row(
        "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),"
        " (SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user))"
    )
    (can_rewrite,) = _row(
        "SELECT coalesce(string_agg(name, ', '), '') FROM unnest(%s::text[]) AS name"
        " WHERE to_regclass(name) IS NOT NULL AND has_table_privilege(name, 'UPDATE, DELETE, TRUNCATE')",
        [list(APPEND_ONLY_TABLES)],
    )
    if is_super or owned:
        what = "is a superuser" if is_super else f"owns {owned} tables and the like"
        help_text = "Let web and worker log in as kneecoach_app; only migrate, backup and restore are kneecoach_owner."
        yield Finding(Level.WRONG, "roles", f"{name} {what}", help_text)
    elif can_rewrite:
        help_text = "Run manage.py prepare_database as the owner: it grants the rights anew."
        yield Finding(Level.WRONG, "roles", f"{name} can change or remove rows of {can_rewrite}", help_text)
    else:
        yield Finding(Level.OK, "roles", f"{name} owns nothing and can only add to history and log")


def migrations() -> Findings:
    """Whether the database is of this version."""
    missing, unknown = missing_migrations(), unknown_migrations()
    if missing:
        help_text = "Run manage.py prepare_database as the owner, or: docker compose up -d"
        yield Finding(Level.WRONG, "migrations", f"{len(missing)} missing, the first is {missing[0]}", help_text)
    if unknown:
        text = f"the database is of a newer version, which knows {unknown[-1]}"
        yield Finding(Level.WRONG, "migrations", text, "Run that version, or restore a backup of this one.")
    if not (missing or unknown):
        yield Finding(Level.OK, "migrations", "all applied")


def worker(now: datetime) -> Findings:
    """Whether reminders would go out."""
    silent = why_silent(now)
    if silent:
        yield Finding(Level.WRONG, "worker", silent, "Look at: docker compose ps worker; docker compose logs worker")
    else:
        yield Finding(Level.OK, "worker", "was heard of in the last five minutes")


def retention(now: datetime) -> Findings:
    """Whether anything is there for longer than the retention file lets it be."""
    late = {over.what: over.count for over in apply_retention(now - OVER_IS_LATE, dry_run=True) if over.count}
    if late:
        text = f"{sum(late.values())} rows should have been deleted, of {', '.join(late)}"
        help_text = "Look at: docker compose logs worker; docker compose run --rm migrate grants it the right anew."
        yield Finding(Level.WRONG, "retention", text, help_text)
    else:
        yield Finding(Level.OK, "retention", "nothing is there for longer than it may be")


def set_aside(now: datetime) -> Findings:
    """Databases that `deploy/restore --set-aside` has kept: whoever is erased now stays in these."""
    own = connection.settings_dict["NAME"]
    query = "SELECT coalesce(array_agg(datname::text ORDER BY 1), '{}') FROM pg_database WHERE datname ~ %s"
    (names,) = _row(query, [f"^{own}_before_[0-9]{{14}}$"])
    for name in names:
        age = now - datetime.strptime(name[-14:], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        text = f"{name} is kept for {age.days} days: whoever is erased meanwhile stays in it"
        help_text = "Drop it once you do not need it: docs/hosting.md, Backup and restore."
        yield Finding(Level.WRONG if age > SET_ASIDE_IS_OLD else Level.NOTE, "set aside", text, help_text)


def database_clock(now: datetime) -> Findings:
    """Whether both machines agree on the time: codes, links and days depend on it."""
    (theirs,) = _row("SELECT clock_timestamp()")
    difference = abs(theirs - now)
    if difference > CLOCKS_DIFFER:
        text = f"the database's clock differs by {difference.total_seconds():.0f} s"
        yield Finding(Level.WRONG, "clock", text, "Let both machines set their clocks by NTP.")
    else:
        yield Finding(Level.OK, "clock", "the database's clock agrees")


def _whole(look: Callable[[], Findings]) -> list[Finding]:
    """Return what a subject says; where the database refuses, that."""
    try:
        return list(look())
    except DatabaseError as error:
        return [Finding(Level.WRONG, "database", " ".join(str(error).split()), "Are all migrations applied?")]


def _row(query: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()
