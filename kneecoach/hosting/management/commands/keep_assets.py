"""Keep the static files of this version for pages that are still open when the next one has come."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kneecoach.kept_assets import RELEASES_KEPT, keep


class Command(BaseCommand):
    """`manage.py keep_assets`, at each update before a `web` of the new version answers. Asks no database."""

    help = (
        f"Copy the collected static files to ASSETS_FOLDER and delete all but the newest {RELEASES_KEPT} versions there. "
        "Safe to run again. Where ASSETS_FOLDER is empty, nothing is kept."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep them, and say so."""
        if not settings.ASSETS_FOLDER:
            self.stdout.write("ASSETS_FOLDER is empty: no static files are kept for pages of other versions.")
            return
        try:
            name = keep(Path(settings.ASSETS_FOLDER), Path(settings.STATIC_ROOT))
        except OSError as error:
            raise CommandError(f"The static files of this version are not kept: {error}") from None
        self.stdout.write(f"The static files of this version are kept as {name}.")
