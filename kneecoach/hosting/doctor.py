"""What `manage.py doctor` looks at: one function for each subject, each says in plain lines what it found."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.utils import timezone

from kneecoach.accounts.roles import APPEND_ONLY_TABLES
from kneecoach.pdf import INSTALL, why_unavailable
from kneecoach.reminders.heartbeat import why_silent
from kneecoach.schema import missing_migrations, unknown_migrations

OLDEST_POSTGRESQL, NEWEST_POSTGRESQL = 15, 18
CLOCKS_DIFFER = timedelta(seconds=5)
BACKUP_IS_OLD = timedelta(hours=26)
LEAST_DISK_SHARE, LEAST_DISK_BYTES = 0.1, 2 * 1024**3
BACKUP_NAME = re.compile(r"kneecoach-(\d{8}T\d{6}Z)\.dump")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Level(Enum):
    """How bad it is. Only WRONG makes the doctor end with 1."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    """One line: what it is about, what was found, and what to do."""

    level: Level
    about: str
    text: str
    help: str = ""


Findings = Iterator[Finding]


def set_values() -> list[tuple[str, str, str]]:
    """Return every variable that the settings read: name, value, where it comes from. Secrets are not shown."""
    environment = settings.VARIABLES
    rows = []
    for name, asked in sorted(environment.asked.items()):
        source = environment.source_of(name)
        value = environment.variables.get(name, "").strip() if source == "environment" else ""
        if source and asked.is_secret:
            value = "(set, not shown)"
        elif source and source != "environment":
            value = "(from the file)"
        rows.append((name, value or asked.default or "-", source or "default"))
    return rows


def examine(now: datetime) -> list[Finding]:
    """Look at everything; a subject that cannot be looked at is told, and the next one follows."""
    findings = [*site(), *proxy(), *cookies(), *mail(), *push(), *clock(now)]
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = " ".join(str(error).split())
        help_text = "Is it running? Do POSTGRES_HOST, POSTGRES_USER and the password fit?"
        findings.append(Finding(Level.WRONG, "database", f"cannot be reached: {reason}", help_text))
    else:
        for look in (database, roles, migrations, lambda: worker(now), lambda: database_clock(now)):
            findings += _whole(look)
    return [*findings, *backups(now), *disk(), *pdf()]


def site() -> Findings:
    """The address: what follows from it is said, because that is what a proxy has to fit."""
    parts = urlsplit(settings.SITE_URL)
    yield Finding(Level.OK, "site", f"SITE_URL is {settings.SITE_URL}")
    yield Finding(Level.OK, "site", f"expects requests for {', '.join(settings.ALLOWED_HOSTS)}")
    yield Finding(Level.OK, "site", f"accepts forms from {', '.join(settings.CSRF_TRUSTED_ORIGINS)}")
    yield Finding(
        Level.OK, "site", f"passkeys belong to {parts.hostname}; links in mails begin with {settings.SITE_URL}"
    )
    if not settings.IS_HTTPS:
        is_trial = parts.hostname in LOOPBACK
        text = "is not https: phones let no page keep the screen on, and what patients send can be read on the way"
        yield Finding(
            Level.NOTE if is_trial else Level.WRONG, "site", f"SITE_URL {text}", "Set SITE_URL to an https address."
        )
    if settings.DEBUG:
        yield Finding(Level.WRONG, "site", "DEBUG is on: errors show code and data to everybody", "Set DEBUG=0.")
    if not settings.REQUIRE_SECOND_FACTOR:
        text = "REQUIRE_SECOND_FACTOR is off: a password alone opens the desk"
        yield Finding(Level.WRONG, "site", text, "Set REQUIRE_SECOND_FACTOR=1.")


def proxy() -> Findings:
    """Who ends https: the web server itself never does."""
    if settings.TRUST_PROXY:
        text = "X-Forwarded-Proto and X-Forwarded-For are believed: the proxy has to set both itself, and be the only way in"
        yield Finding(Level.OK, "proxy", text)
    elif settings.IS_HTTPS:
        text = "SITE_URL is https, and no proxy is believed: every page would send the browser to https for ever"
        yield Finding(
            Level.WRONG, "proxy", text, "Set TRUST_PROXY=1 behind a proxy that sets X-Forwarded-Proto itself."
        )
    else:
        yield Finding(Level.OK, "proxy", "none: what X-Forwarded-* say is not believed")


def cookies() -> Findings:
    """What browsers keep."""
    is_secure = settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE
    text = f"{settings.SESSION_COOKIE_NAME}, {settings.CSRF_COOKIE_NAME}: " + (
        "https only" if is_secure else "http too"
    )
    if is_secure == settings.IS_HTTPS:
        yield Finding(Level.OK, "cookies", text)
    else:
        yield Finding(
            Level.WRONG, "cookies", f"{text}, which does not fit SITE_URL", "Remove what overrides settings.py."
        )


def mail() -> Findings:
    """The mail server: connect and log in, send nothing."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if not settings.EMAIL_HOST:
        text = "EMAIL_HOST is not set: log-in codes and invitations are printed to the log of web"
        yield Finding(Level.NOTE, "mail", text, "Set EMAIL_HOST and its neighbours.")
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    server = get_connection("django.core.mail.backends.smtp.EmailBackend")
    try:
        server.open()
    except OSError as error:  # SMTPException is one
        reason = " ".join(str(error).split()) or type(error).__name__
        help_text = "Compare EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_HOST_USER and the password."
        yield Finding(Level.WRONG, "mail", f"{where} does not take us: {reason}", help_text)
    else:
        logged_in = f"logged in as {settings.EMAIL_HOST_USER}" if settings.EMAIL_HOST_USER else "without logging in"
        yield Finding(Level.OK, "mail", f"{where} answers, {logged_in}")
    if sender.rpartition("@")[2] in LOOPBACK | {""}:
        text = f"mails come from {sender or 'nobody'}, which other servers refuse"
        yield Finding(Level.WRONG, "mail", text, "Set DEFAULT_FROM_EMAIL to an address of your own.")
    with suppress(OSError):
        server.close()


def push() -> Findings:
    """Reminders on phones and computers. Push services are not asked: they answer to a message alone."""
    if not settings.PUSH_KEY:
        yield Finding(Level.NOTE, "push", "no reminder is pushed to phones: there is no key", "Run deploy/init again.")
    elif not settings.IS_HTTPS:
        yield Finding(Level.NOTE, "push", "browsers take messages from https sites alone", "Set SITE_URL to https.")
    else:
        yield Finding(Level.OK, "push", f"reminders go through {', '.join(settings.PUSH_HOSTS)}, port 443")


def clock(now: datetime) -> Findings:
    """The clinic's zone; an unknown one was refused at the start."""
    local = timezone.localtime(now)
    yield Finding(Level.OK, "clock", f"TIME_ZONE is {settings.TIME_ZONE}: it is {local:%Y-%m-%d %H:%M} there")


def database_clock(now: datetime) -> Findings:
    """Whether both machines agree on the time: codes, links and days depend on it."""
    (theirs,) = _row("SELECT clock_timestamp()")
    difference = abs(theirs - now)
    if difference > CLOCKS_DIFFER:
        text = f"the database's clock differs by {difference.total_seconds():.0f} s"
        yield Finding(Level.WRONG, "clock", text, "Let both machines set their clocks by NTP.")
    else:
        yield Finding(Level.OK, "clock", "the database's clock agrees")


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


def backups(now: datetime) -> Findings:
    """How old the newest backup is, for whoever sees the folder."""
    if not settings.BACKUP_FOLDER:
        yield Finding(Level.NOTE, "backup", "not seen from here", "deploy/backup list says what there is.")
        return
    names = (BACKUP_NAME.fullmatch(path.name) for path in Path(settings.BACKUP_FOLDER).glob("*.dump"))
    times = [datetime.strptime(name[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for name in names if name]
    if not times:
        yield Finding(Level.WRONG, "backup", f"there is none in {settings.BACKUP_FOLDER}", "Run deploy/backup.")
        return
    age = now - max(times)
    is_old = age > BACKUP_IS_OLD
    text = f"the newest is {age / timedelta(hours=1):.0f} h old, there are {len(times)}"
    help_text = "Look at: docker compose logs backup" if is_old else ""
    yield Finding(Level.WRONG if is_old else Level.OK, "backup", text, help_text)


def disk() -> Findings:
    """How much is free where this process writes."""
    usage = shutil.disk_usage(settings.BASE_DIR)
    text = f"{usage.free / 1024**3:.1f} GB of {usage.total / 1024**3:.1f} GB are free"
    if usage.free < LEAST_DISK_BYTES or usage.free < usage.total * LEAST_DISK_SHARE:
        yield Finding(Level.WRONG, "disk", text, "A full disk stops every write. Make room, or get a larger one.")
    else:
        yield Finding(Level.OK, "disk", text)


def pdf() -> Findings:
    """Whether sheets can be made as PDF."""
    reason = why_unavailable()
    if reason:
        yield Finding(Level.NOTE, "pdf", f"cannot be made: {reason}", INSTALL)
    else:
        yield Finding(Level.OK, "pdf", "can be made")


def _whole(look: Callable[[], Findings]) -> list[Finding]:
    """Return what a subject says; where the database refuses, that."""
    try:
        return list(look())
    except DatabaseError as error:
        return [Finding(Level.WRONG, "database", " ".join(str(error).split()), "Are all migrations applied?")]


def _row(query: str, parameters: list[list[str]] | None = None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()
