"""Bring the database to the state this version needs. Run as the owner role."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from kneecoach import schema
from kneecoach.accounts.roles import grant_to_app_role, sync_roles

UNREACHABLE, NEWER = 3, 4


class Command(BaseCommand):
    """Migrate, make the cache table, sync the groups of staff, grant rights to the app role."""

    help = (
        "Migrate and set up roles. Safe to run again, and several at once take turns. Needs the database role that "
        f"owns the tables. Exit code {UNREACHABLE}: no database answered; {NEWER}: the database is of a newer version."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let the patience be chosen."""
        parser.add_argument("--wait", type=float, default=60, metavar="SECONDS", help="for the database (60)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it all, in the order in which each step needs the one before."""
        verbosity = options["verbosity"]
        try:
            schema.wait_for_database(options["wait"], self.stdout.write)
            with schema.only_one(self.stdout.write):
                schema.refuse_newer_database()
                schema.migrate(self.stdout.write, verbosity=verbosity)
                call_command("createcachetable", verbosity=verbosity)
                sync_roles()
                app_role = os.environ.get("DATABASE_APP_ROLE", "kneecoach_app")
                grant_to_app_role(app_role)
                call_command("let_worker_delete", app_role)
        except schema.DatabaseUnreachable as reason:
            raise CommandError(
                f"No database answered within {options['wait']:.0f} s: {reason}\n"
                "Is it running, and are POSTGRES_HOST and the password what it expects?",
                returncode=UNREACHABLE,
            ) from None
        except schema.NewerDatabase as unknown:
            raise CommandError(
                "The database was used by a newer version of Kneecoach. This version does not know: "
                f"{unknown}.\nNothing was changed. Run the newer version again, or restore a backup of this one into "
                "an empty database.",
                returncode=NEWER,
            ) from None
        self.stdout.write("The database is ready.")
