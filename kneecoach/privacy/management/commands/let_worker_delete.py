"""Let the worker delete what is over in log and history. `prepare_database` calls this at each start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kneecoach.privacy.services.owner_function import let_role_delete_what_is_over


class Command(BaseCommand):
    """Make the function that deletes what is over, as the retention file of this version says."""

    help = "Let the app role delete rows of log and history whose period is over. Needs the role that owns the tables."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom."""
        parser.add_argument("role", help="the database role of web and worker, such as kneecoach_app")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; say nothing."""
        let_role_delete_what_is_over(options["role"])
