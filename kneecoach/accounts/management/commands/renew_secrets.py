"""For whoever hosts the clinic: encrypt with the newest key what an older one has encrypted."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from kneecoach.accounts import secret_box

# Where each kind of factor keeps what is encrypted.
FIELDS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


class Command(BaseCommand):
    """`manage.py renew_secrets`, after a new SECRET_KEY: afterwards the former one may leave SECRET_KEY_FALLBACKS."""

    help = "Encrypt the second factors anew with SECRET_KEY. Afterwards SECRET_KEY_FALLBACKS may go."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it in one transaction: all or none."""
        with transaction.atomic():
            rows = list(Authenticator.objects.select_for_update().filter(type__in=FIELDS))
            for row in rows:
                field = FIELDS[Authenticator.Type(row.type)]
                try:
                    row.data[field] = secret_box.renewed(row.data[field])
                except secret_box.Unreadable:
                    raise CommandError(
                        f"Factor {row.pk} of account {row.user_id} fits no key. Nothing was changed."
                    ) from None
                row.save(update_fields=["data"])
        self.stdout.write(f"{len(rows)} secrets are encrypted with SECRET_KEY.")
