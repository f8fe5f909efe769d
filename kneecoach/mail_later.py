"""Mails that go out after the answer: how long a mail server takes must not tell whether an address is known here."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.conf import settings
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)


def send(message: EmailMessage) -> None:
    """Send a mail from a thread, one after the other; the process waits for them when it ends.

    One that cannot be sent is in the log: whoever waits for a code asks for another one.
    """
    if settings.MAIL_LATER:
        _sender().submit(_send, message)
    else:
        message.send()


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:
        logger.exception("A mail could not be sent.")


@cache
def _sender() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
