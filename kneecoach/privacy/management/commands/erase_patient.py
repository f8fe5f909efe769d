"""Erase, anonymise or lock away one patient. Run as the owner role, by whoever hosts the site."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from kneecoach.accounts.models import ClinicSettings, Patient, Stopped
from kneecoach.privacy.services import NotTheOwner, Outcome, carry_out, lift
from kneecoach.privacy.services.erasure_list import LIFTED, add

NOT_THE_OWNER = "This needs the database role that owns the tables: docker compose run --rm migrate python manage.py erase_patient …"
NO_LIST = (
    "Name the list of erasures that lies beside the backups (--list FILE, or ERASURES_FILE): without it a restored backup "
    "would bring the patient back."
)


class _NotYet(Exception):
    """Only a look: undo it."""


class Command(BaseCommand):
    """Say what would go; with --carry-out let it go."""

    help = "Erase, anonymise or lock away one patient, as the clinic's settings say. Shows what would happen first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take who, how, and whether it is meant."""
        parser.add_argument("patient", type=UUID, help="the id in the address of the patient's page at the desk")
        parser.add_argument(
            "--policy", choices=ClinicSettings.Erasure.values, help="other than in the clinic's settings"
        )
        parser.add_argument("--lift", action="store_true", help="end a restriction")
        parser.add_argument("--carry-out", action="store_true", help="do it; it cannot be undone")
        parser.add_argument("--list", type=Path, metavar="FILE", help="the list of erasures beside the backups")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the patient, then show or do it."""
        patient = Patient.objects.filter(pk=options["patient"]).first()
        if patient is None:
            raise CommandError(f"There is no patient {options['patient']}.")
        policy = LIFTED if options["lift"] else options["policy"] or ClinicSettings.load().erasure_policy
        path = options["list"] or (Path(settings.ERASURES_FILE) if settings.ERASURES_FILE else None)
        if policy == LIFTED and patient.stopped_why != Stopped.RESTRICTED:
            raise CommandError("This patient is not restricted.")
        if options["carry_out"] and path is None:
            raise CommandError(NO_LIST)
        try:
            outcome = _do(patient, policy, path if options["carry_out"] else None)
        except NotTheOwner:
            raise CommandError(NOT_THE_OWNER) from None
        self.tell(outcome, is_done=options["carry_out"])

    def tell(self, outcome: Outcome, *, is_done: bool) -> None:
        """Print what went, or would go."""
        self.stdout.write(f"{'Done' if is_done else 'This would happen'} ({outcome.policy}):")
        for what, count in outcome.counts.items():
            self.stdout.write(f"  {count:>7}  {what}")
        if is_done:
            evidence = f"What stays as evidence stands under {outcome.pseudonym}."
            self.stdout.write(f"{evidence} Copy the list of erasures off this machine now, beside the backups.")
        else:
            self.stdout.write("Nothing has changed. Do it with --carry-out: it cannot be undone.")


def _do(patient: Patient, policy: str, path: Path | None) -> Outcome:
    """Do it, and write it into the list before it counts; without a list do it and undo it."""
    now, outcomes = timezone.now(), []

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if path is None:
            raise _NotYet
        add(path, patient.pk, outcome, now)

    try:
        if policy == LIFTED:
            with transaction.atomic():
                note(Outcome(patient.pk, LIFTED, {"patient unlocked": lift(patient)}))
        else:
            carry_out(patient, policy=policy, now=now, before_commit=note)
    except _NotYet:
        pass
    return outcomes[0]
