"""What breaks around mail, while eight phones go on: `make chaos`."""

import random
import threading
import time

import pytest

from kneecoach.reminders.models import Reminder
from tests.chaos.phones import Books, Phone
from tests.chaos.runs import PHONES, Run
from tests.chaos.servers import Web
from tests.kneecoach.reminders.test_two_workers import PATIENTS, make_crowd, wait_until_settled, worker
from tests.plugins.database import TestDatabase
from tests.smtp import mail_server

KILLS = 4


@pytest.fixture
def crowd(live_db: TestDatabase) -> None:
    """Make people whose time for a reminder has just come; before the patients with phones, who want none."""
    make_crowd()


def test_mail_is_down(run: Run, web: Web):
    """Somebody asks for codes by mail all the time, and nobody takes them."""
    answers: list[tuple[int, float]] = []

    def ask() -> str:
        asking = Phone(web.address, "phone0@example.org", Books(), threading.Event())
        asking.insist("GET", "/account/login/")
        for number in range(PHONES):
            begun = time.monotonic()
            answer, _body = asking.ask("POST", "/account/login/code/", {"email": f"phone{number}@example.org"}, {})
            answers.append((answer.status, time.monotonic() - begun))
            time.sleep(0.5)
        asking.hang_up()
        return f"a code asked for is answered within {max(took for _, took in answers):.2f} s"

    outcome = run("mail server down", web.address, ask)

    assert outcome.retries == 0
    # Led on to where the code is typed: another one can be asked for there.
    assert {status for status, _ in answers} == {302}


def test_worker_of_reminders_killed(crowd: None, run: Run, web: Web):
    """Each time in the middle of its work. A reminder may be lost then; none is sent twice."""
    with mail_server() as mailbox:
        mailbox.rule = lambda address: time.sleep(0.05) or "accept"

        def kill_again_and_again() -> str:
            for number in range(KILLS):
                wanted = min(len(mailbox.received) + 3, PATIENTS)
                with worker(mailbox) as process:
                    until = time.monotonic() + 30
                    while len(mailbox.received) < wanted:
                        assert time.monotonic() < until, f"worker {number} sends nothing"
                        time.sleep(0.01)
                    # Somewhere in the next message, or between two.
                    time.sleep(random.uniform(0, 0.1))  # noqa: S311 -- any moment
                    process.kill()
            with worker(mailbox):
                wait_until_settled()
            states = {state: Reminder.objects.filter(state=state).count() for state in ("sent", "sending")}
            return f"of {PATIENTS} reminders {states['sent']} sent, {states['sending']} cut off, none twice"

        outcome = run(f"SIGKILL of the reminder worker, {KILLS} times", web.address, kill_again_and_again)
        arrived = mailbox.addresses

    assert outcome.retries == 0
    assert len(arrived) == len(set(arrived))
    assert PATIENTS - KILLS <= Reminder.objects.filter(state="sent").count() <= len(arrived)
