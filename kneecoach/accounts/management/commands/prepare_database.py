"""Bring the database to the state this version needs. Run as the owner role."""

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from kneecoach.accounts.roles import grant_to_app_role, sync_roles


class Command(BaseCommand):
    """Migrate, make the cache table, sync the groups of staff, grant rights to the app role."""

    help = "Migrate and set up roles. Safe to run again. Needs the database role that owns the tables."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it all, in the order in which each step needs the one before."""
        verbosity = options["verbosity"]
        call_command("migrate", interactive=False, verbosity=verbosity)
        call_command("createcachetable", verbosity=verbosity)
        sync_roles()
        grant_to_app_role(os.environ.get("DATABASE_APP_ROLE", "kneecoach_app"))
        self.stdout.write("The database is ready.")
