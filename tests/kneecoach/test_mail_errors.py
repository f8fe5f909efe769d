"""What is told of a mail that could not be sent."""

import smtplib

import pytest

from kneecoach.mail_errors import named


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            smtplib.SMTPRecipientsRefused({"anna@example.org": (550, b"no anna@example.org"), "x@y": (451, b"later")}),
            "SMTPRecipientsRefused 550 451",
        ),
        (smtplib.SMTPSenderRefused(553, b"not anna", "anna@example.org"), "SMTPSenderRefused 553"),
        (smtplib.SMTPServerDisconnected("anna@example.org"), "SMTPServerDisconnected"),
        (ConnectionRefusedError(111, "mail.example.org"), "ConnectionRefusedError"),
        (ValueError("anna@example.org"), "ValueError"),
    ],
)
def test_kind_and_codes_are_told_and_no_text(error: Exception, told: str):
    assert named(error) == told
