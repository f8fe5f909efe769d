"""Name the clinic and open the first account, by a link that works once."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone

from kneecoach.hosting.first_account import AccountExists, open_clinic


class Command(BaseCommand):
    """`manage.py create_clinic`: there is no default account and no default password anywhere."""

    help = "Name the clinic, open its technical account, print a link that works once to choose the password at."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what would be asked for."""
        parser.add_argument("--name", help="of the clinic, as patients read it")
        parser.add_argument("--email", help="of the first account")
        parser.add_argument("--person", help="whose account it is (the part of the e-mail before the @)")
        parser.add_argument("--new-link", action="store_true", help="the account is there: print another link for it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for what is missing, write it, print the link."""
        email = (options["email"] or self._ask("E-mail of the first account: ")).strip()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        name = "" if options["new_link"] else (options["name"] or self._ask("Name of the clinic: ")).strip()
        if not name and not options["new_link"]:
            raise CommandError("The clinic needs a name: --name")
        person = options["person"] or email.partition("@")[0]
        try:
            link = open_clinic(name=name, email=email, person=person, renews=options["new_link"], now=timezone.now())
        except AccountExists as reason:
            raise CommandError(str(reason)) from None
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        self.stdout.write(
            f"\nOpen this link within {hours} hours and choose a password. It works once.\n\n  {link}\n\n"
            f"Then log in at {settings.SITE_URL}/admin/ and follow what it asks."
        )

    def _ask(self, question: str) -> str:
        if not sys.stdin.isatty():
            raise CommandError("Nobody is there to ask: give --name and --email.")
        return input(question)
