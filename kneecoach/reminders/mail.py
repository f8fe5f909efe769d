"""What a reminder says, and handing it to the mail server. Nothing in it tells what the exercises are for."""

import smtplib
from contextlib import suppress

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kneecoach.mail_errors import named
from kneecoach.reminders.fates import Fate
from kneecoach.reminders.models import Reminder

PERMANENT_FROM = 500


def compose(reminder: Reminder, address: str) -> EmailMessage:
    """Return the message. A reader over the shoulder learns that there are exercises, and nothing else."""
    context = {
        "is_repeat": reminder.kind == Reminder.Kind.REPEAT,
        "today": settings.SITE_URL + reverse("progress:today"),
        "choices": settings.SITE_URL + reverse("reminders:choices"),
    }
    with translation.override(settings.LANGUAGE_CODE):
        body = render_to_string("reminders/mail/reminder.txt", context)
        subject = _("Time for your exercises")
    # No answering machine answers it.
    return EmailMessage(subject, body, to=[address], headers={"Auto-Submitted": "auto-generated"})


def hand_over(message: EmailMessage) -> tuple[Fate, str]:
    """Send a message over a connection of its own; return what became of it, and what went wrong in a word or two."""
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:  # which SMTPException is
        return Fate.UNREACHABLE, named(error)
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        return _refused(min(codes, default=0)), named(error)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code), named(error)
    except OSError as error:
        return Fate.UNKNOWN, named(error)
    except ValueError as error:  # an address or a text that no mail can be made of
        return Fate.REFUSED, named(error)
    finally:
        # Whatever happens now, its fate is known.
        with suppress(OSError):
            connection.close()
    return Fate.ACCEPTED, ""


def _refused(code: int) -> Fate:
    return Fate.REFUSED if code >= PERMANENT_FROM else Fate.LATER
