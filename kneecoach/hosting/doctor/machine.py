"""What the machine has: backups, room on the disk, what PDFs are drawn with."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from kneecoach.hosting.doctor.findings import Finding, Findings, Level
from kneecoach.pdf import INSTALL, why_unavailable

BACKUP_IS_OLD = timedelta(hours=26)
LEAST_DISK_SHARE, LEAST_DISK_BYTES = 0.1, 2 * 1024**3
BACKUP_NAME = re.compile(r"kneecoach-(\d{8}T\d{6}Z)\.dump")


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
