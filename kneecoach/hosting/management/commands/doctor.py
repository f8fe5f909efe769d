"""Say in plain lines what is set, what is expected, and what is wrong."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kneecoach.hosting.doctor import Finding, Level, examine, set_values


class Command(BaseCommand):
    """Examine this installation; end with 1 if anything is wrong."""

    help = "Say what is set, what is expected and what is wrong. Ends with 1 if anything is. Changes nothing."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let the table of settings be left out."""
        parser.add_argument("--brief", action="store_true", help="only what is not well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the settings, then every finding with what to do."""
        findings = examine(timezone.now())
        if not options["brief"]:
            self._print_settings()
        for finding in findings:
            if finding.level != Level.OK or not options["brief"]:
                self._print(finding)
        wrong = sum(finding.level == Level.WRONG for finding in findings)
        if wrong:
            raise CommandError(f"{wrong} wrong.")
        self.stdout.write("Nothing is wrong.")

    def _print_settings(self) -> None:
        rows = set_values()
        width = max(len(name) for name, _value, _source in rows)
        for name, value, source in rows:
            self.stdout.write(f"{name:{width}}  {value}  [{source}]")
        self.stdout.write("")

    def _print(self, finding: Finding) -> None:
        self.stdout.write(f"{finding.level.value:5}  {finding.about:10}  {finding.text}")
        if finding.help:
            self.stdout.write(f"{'':19}→ {finding.help}")
