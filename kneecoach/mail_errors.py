"""What may be told of a mail that could not be sent: the text of the error may hold an address."""

import smtplib


def named(error: Exception) -> str:
    """Return the kind of an error, and the codes of the mail server where it gave any."""
    codes = [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    return " ".join([type(error).__name__, *map(str, codes)])
