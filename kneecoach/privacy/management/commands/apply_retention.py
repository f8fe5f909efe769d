"""Delete what the retention file says is over, as the worker does each hour by itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kneecoach.privacy.services.expiring import apply_retention


class Command(BaseCommand):
    """Delete or count, and say how much."""

    help = "Delete what is over, as the worker does each hour. --dry-run counts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether it is meant."""
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and print it."""
        for over in apply_retention(timezone.now(), dry_run=options["dry_run"]):
            self.stdout.write(f"  {over.count:>7}  {over.what}")
        self.stdout.write("Nothing has changed." if options["dry_run"] else "Done.")
