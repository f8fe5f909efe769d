"""What breaks around mail, while eight phones go on: `make chaos`."""

import random
import threading
import time

import pytest

from kneecoach.reminders.models import Reminder
from tests.chaos.phones import Books, Phone
from tests.chaos.runs import PHONES, Run
from tests.chaos.servers import Postgres, Web, webs
from tests.kneecoach.reminders.test_two_workers import PATIENTS, make_crowd, wait_until_settled, worker
from tests.plugins.database import TestDatabase
from tests.smtp import ACCEPT, SILENT, mail_server

KILLS = 4
# A silent server is given up after ten seconds (EMAIL_TIMEOUT): nobody who asks for a page waits for that.
ANSWER_WITHIN_S, MAILS_WITHIN_S = 2.0, 30.0
# Each process of the web server has one mail in hand.
IN_HAND = 2


@pytest.fixture
def crowd(live_db: TestDatabase) -> None:
    """Make people whose time for a reminder has just come; before the patients with phones, who want none."""
    make_crowd()


def test_mail_is_down(run: Run, web: Web):
    """Somebody asks for codes by mail all the time, and nobody takes them."""
    answers: list[tuple[int, float]] = []

    def ask() -> str:
        answers.extend(ask_for_codes(web))
        return f"a code asked for is answered within {max(took for _, took in answers):.2f} s"

    outcome = run("mail server down", web.address, ask)

    assert outcome.retries == 0
    # Led on to where the code is typed: another one can be asked for there.
    assert {status for status, _ in answers} == {302}
    assert max(took for _, took in answers) < ANSWER_WITHIN_S


def test_mail_server_is_silent(run: Run, postgres: Postgres, live_db: TestDatabase):
    """It takes connections and says nothing, while somebody asks for codes. Then it is well again."""
    answers: list[tuple[int, float]] = []

    with mail_server() as mailbox, webs(live_db, mail_port=mailbox.port) as (web,):
        mailbox.rule = lambda address: SILENT

        def ask() -> str:
            answers.extend(ask_for_codes(web))
            mailbox.rule = lambda address: ACCEPT
            until = time.monotonic() + MAILS_WITHIN_S
            while len(mailbox.received) < PHONES - IN_HAND and time.monotonic() < until:
                time.sleep(0.05)
            slowest = max(took for _, took in answers)
            return f"a code asked for is answered within {slowest:.2f} s, {len(mailbox.received)} of {PHONES} mails came later"

        outcome = run("mail server takes connections, says nothing", web.address, ask)
        arrived = mailbox.addresses

    assert outcome.retries == 0
    assert {status for status, _ in answers} == {302}
    assert max(took for _, took in answers) < ANSWER_WITHIN_S
    # What a process was sending when there was no answer is given up, and in its log.
    assert len(set(arrived)) == len(arrived) >= PHONES - IN_HAND


def ask_for_codes(web: Web) -> list[tuple[int, float]]:
    """Ask for a code for each address, and return how each was answered, and within how many seconds."""
    answers = []
    for number in range(PHONES):
        # A browser that waits for a code is sent no other one.
        email = f"phone{number}@example.org"
        asking = Phone(web.address, email, Books(), threading.Event())
        asking.insist("GET", "/account/login/")
        begun = time.monotonic()
        answer, _body = asking.ask("POST", "/account/login/code/", {"email": email}, {})
        answers.append((answer.status, time.monotonic() - begun))
        asking.hang_up()
        time.sleep(0.5)
    return answers


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
