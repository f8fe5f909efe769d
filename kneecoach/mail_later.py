"""Mails that go out after the answer: how long a mail takes must not tell whether an address is known here."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signals import request_finished, request_started

from kneecoach.mail_errors import named

logger = logging.getLogger(__name__)
# What was to be sent during the request that this thread answers. Begun at once, a mail would share the interpreter with
# the rest of the answer, which then takes measurably longer.
_held = threading.local()


def send(message: EmailMessage) -> None:
    """Send a mail from a thread, one after the other; the process waits for them when it ends.

    During a request, not before its answer is out. One that cannot be sent is in the log: whoever waits for a code asks
    for another one.
    """
    if not settings.MAIL_LATER:
        message.send()
    elif (held := getattr(_held, "messages", None)) is not None:
        held.append(message)
    else:
        _sender().submit(_send, message)


def connect() -> None:
    """Hear of requests that begin, and of answers that are out."""
    request_started.connect(_begin, dispatch_uid="mails of a request")
    request_finished.connect(_end, dispatch_uid="mails of a request")


def _begin(**told: object) -> None:
    _end()
    _held.messages = []


def _end(**told: object) -> None:
    for message in _held.__dict__.pop("messages", []):
        _sender().submit(_send, message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:  # no traceback: it ends with the address
        logger.error("A mail could not be sent: %s", named(error))


@cache
def _sender() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
