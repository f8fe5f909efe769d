"""For whoever hosts the clinic: take away a second factor that was lost together with its recovery codes."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kneecoach.accounts.models import User
from kneecoach.accounts.services import reset_factors


class Command(BaseCommand):
    """`manage.py reset_second_factor EMAIL`: the next log-in of this account leads to setting up a new one."""

    help = "Take away every second factor of an account. Its next log-in leads to setting up a new one."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the address."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist:
            raise CommandError(f"Nobody logs in with {options['email']}.") from None
        self.stdout.write(f"{user}: {reset_factors(user)} removed. The next log-in leads to setting up a new one.")
