"""Erase again whom a restored backup has brought back. A restore calls this before anybody logs in."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kneecoach.privacy.management.commands.erase_patient import NOT_THE_OWNER
from kneecoach.privacy.services import BadList, NotTheOwner, erase_again


class Command(BaseCommand):
    """Read the list of erasures, and do what it says."""

    help = "Do again what the list of erasures says. Safe to run again. Needs the database role that owns the tables."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the list."""
        parser.add_argument("--list", type=Path, metavar="FILE", help="the list of erasures beside the backups")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how many it were."""
        path = options["list"] or (Path(settings.ERASURES_FILE) if settings.ERASURES_FILE else None)
        if path is None:
            raise CommandError("Name the list of erasures that lies beside the backups: --list FILE, or ERASURES_FILE.")
        try:
            done = erase_again(path, timezone.now())
        except NotTheOwner:
            raise CommandError(NOT_THE_OWNER.replace("erase_patient …", "erase_again")) from None
        except BadList as error:
            raise CommandError(f"{path} is no list of erasures: {error}") from error
        self.stdout.write(f"{len(done)} patients of {path} were erased or locked away again.")
