"""Say whether this version can take a backup."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kneecoach.schema import known_migrations

NEWER, UNREADABLE = 4, 5


class Command(BaseCommand):
    """`manage.py check_stamp < NAME.dump.json`: refuse the stamp of a newer version. Asks no database."""

    help = f"Read a backup's stamp from standard input. Exit code {NEWER}: it is of a newer version."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare the migrations that were applied with those of this version."""
        try:
            stamp = json.load(sys.stdin)
            migrations, version, postgresql = (stamp[name] for name in ("migrations", "kneecoach", "postgresql"))
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"This is no stamp of a backup: {error}", returncode=UNREADABLE) from None
        known = {f"{app}.{name}" for app, name in known_migrations()}
        unknown = sorted(set(migrations) - known)
        if unknown:
            raise CommandError(
                f"The backup is of a newer version ({version}), which knows {', '.join(unknown)}. Nothing was restored. "
                "Check that version out first.",
                returncode=NEWER,
            )
        self.stdout.write(
            f"Of version {version}, PostgreSQL {postgresql}, {len(migrations)} migrations: all are known."
        )
