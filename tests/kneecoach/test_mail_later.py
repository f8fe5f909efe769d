"""Mails go out when the answer is out, and not before."""

from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.signals import request_finished, request_started

from kneecoach import mail_later
from tests.kneecoach.log_reading import log_of_the_site
from tests.smtp import ACCEPT, REFUSE, Mailbox

# Django closes connections to the database when a request begins and ends.
pytestmark = pytest.mark.django_db


@pytest.fixture
def message(settings: Any) -> EmailMessage:
    """Return a mail that is to go out later."""
    settings.MAIL_LATER = True
    return EmailMessage("Subject", "Text", to=["anna@example.org"])


def wait() -> None:
    """Wait until the thread has sent whatever it was given."""
    mail_later._sender().submit(int).result(timeout=10)


def test_mail_of_a_request_waits_for_the_end_of_its_answer(message: EmailMessage, mailoutbox: list[EmailMessage]):
    request_started.send(sender=None)
    mail_later.send(message)
    wait()
    during = len(mailoutbox)
    request_finished.send(sender=None)
    wait()

    assert (during, len(mailoutbox)) == (0, 1)


def test_mail_outside_of_a_request_goes_at_once(message: EmailMessage, mailoutbox: list[EmailMessage]):
    mail_later.send(message)
    wait()

    assert [mail.to for mail in mailoutbox] == [message.to]


def test_mail_of_a_request_that_never_ended_goes_with_the_next(message: EmailMessage, mailoutbox: list[EmailMessage]):
    request_started.send(sender=None)
    mail_later.send(message)
    request_started.send(sender=None)
    request_finished.send(sender=None)
    wait()

    assert [mail.to for mail in mailoutbox] == [message.to]


def test_mail_that_is_refused_is_logged_by_kind_and_code_alone(message: EmailMessage, mailbox: Mailbox):
    mailbox.rule = lambda address: REFUSE
    with log_of_the_site() as log:
        mail_later.send(message)
        wait()

    assert log.getvalue().endswith(f"kneecoach.mail_later A mail could not be sent: SMTPRecipientsRefused {REFUSE}\n")
    assert log.getvalue().count("\n") == 1


def test_mail_that_nobody_takes_holds_up_no_other(message: EmailMessage, mailbox: Mailbox):
    mailbox.rule = lambda address: REFUSE if address == "anna@example.org" else ACCEPT
    mail_later.send(message)
    mail_later.send(EmailMessage("Subject", "Text", to=["otto@example.org"]))
    wait()

    assert mailbox.addresses == ["otto@example.org"]
