"""What `manage.py doctor` looks at: one function for each subject, each says in plain lines what it found."""

from datetime import datetime

from django.conf import settings

from kneecoach.hosting.doctor.database import look_at_database
from kneecoach.hosting.doctor.findings import Finding, Level
from kneecoach.hosting.doctor.machine import backups, disk, pdf
from kneecoach.hosting.doctor.set_up import clock, cookies, mail, proxy, push, site

__all__ = ["Finding", "Level", "examine", "set_values"]


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
    said = [*site(), *proxy(), *cookies(), *mail(), *push(), *clock(now)]
    return [*said, *look_at_database(now), *backups(now), *disk(), *pdf()]
