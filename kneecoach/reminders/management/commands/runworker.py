"""Run the worker. As the app role, beside the web server; several of them get on with each other."""

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kneecoach.reminders.jobs import load_jobs
from kneecoach.reminders.worker import SECONDS_BETWEEN_ROUNDS, is_round_done, one_round, run_until, stopped_by_signals


class Command(BaseCommand):
    """Do what is due, every half minute until it is told to stop, or once."""

    help = "Send reminders and run the jobs of WORKER_JOBS. Ends with SIGTERM or Ctrl-C, after the round that runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--once`, for those who prefer cron: every minute, as a reminder has its time."""
        parser.add_argument("--once", action="store_true", help="do one round and end; 1 where it failed")
        parser.add_argument(
            "--every", type=float, default=SECONDS_BETWEEN_ROUNDS, metavar="SECONDS", help="between two rounds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop."""
        try:
            jobs = load_jobs()
        except ImportError as error:
            raise CommandError(f"WORKER_JOBS names something that is not there: {error}") from error
        work = partial(one_round, jobs)
        if options["once"]:
            if not is_round_done(work):
                raise CommandError("The round failed; the log says why.")
            return
        stop = stopped_by_signals()
        self.stdout.write(f"The worker runs, with {len(jobs)} jobs beside reminders.")
        run_until(stop, work, every=options["every"])
        self.stdout.write("The worker has ended.")
