"""What may not stand in the log of web and worker: secrets in addresses, and rows in the errors of the database."""

import logging
import re

HIDDEN = "[hidden]"
# Whoever has such an address reads a calendar, takes up an invitation or sets a password: all after it goes, whether or not
# it would be found. It is the first part of a path, alone or behind a scheme and a host.
SECRET_ADDRESS = re.compile(
    r"(?<![\w.~%/-])((?:https?://[^/\s]*)?/*(?:calendar|invitation|account/+password/+reset/+key)/+)\S+",
    flags=re.IGNORECASE,
)
# PostgreSQL names the values that it refuses. Texts have line breaks, so it ends where another traceback begins.
ROW = re.compile(r"\bDETAIL:  .*?(?=\n\n(?:The above exception|During handling)|\Z)", flags=re.DOTALL)


def without_secrets(text: str) -> str:
    """Return a text of a log with its secrets and rows hidden; everything else stays as it is."""
    return ROW.sub(f"DETAIL:  {HIDDEN}", SECRET_ADDRESS.sub(rf"\1{HIDDEN}", text))


class Formatter(logging.Formatter):
    """Write a line, and the traceback that may follow it, without secrets and rows."""

    def format(self, record: logging.LogRecord) -> str:
        """Return what is written for a record."""
        return without_secrets(super().format(record))
