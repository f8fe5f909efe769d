"""Say what is stored, why, how long and for whom, as docs/privacy.md does."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kneecoach.privacy.description import describe, with_description


class Command(BaseCommand):
    """Print the description, or put it into a document."""

    help = "Describe what is stored, from kneecoach/privacy/retention.toml."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the document."""
        parser.add_argument(
            "--write", type=Path, metavar="FILE", help="put it into this document, such as docs/privacy.md"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or write."""
        path: Path | None = options["write"]
        if path is None:
            self.stdout.write(describe())
            return
        path.write_text(with_description(path.read_text(encoding="utf-8")), encoding="utf-8")
        self.stdout.write(f"{path} is current.")
