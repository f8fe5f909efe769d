"""Take over a list of erasures that was kept with the backups. A restore calls this before it changes anything."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kneecoach.privacy.services import BadList, merge


class Command(BaseCommand):
    """`manage.py add_erasures < FILE`: add what is missing to the list of this installation. Asks no database."""

    help = "Add the lines of a list of erasures on standard input to ERASURES_FILE. Safe to run again."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how many it were."""
        if not settings.ERASURES_FILE:
            raise CommandError("Set ERASURES_FILE to where the list of this installation lies.")
        try:
            added = merge(Path(settings.ERASURES_FILE), sys.stdin.read())
        except BadList as error:
            raise CommandError(f"This is no list of erasures: {error}") from error
        self.stdout.write(f"{added} lines were added to the list of erasures.")
