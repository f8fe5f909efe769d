"""What the doctor says: one line for each thing that was looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is. Only WRONG makes the doctor end with 1."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    """One line: what it is about, what was found, and what to do."""

    level: Level
    about: str
    text: str
    help: str = ""


Findings = Iterator[Finding]
