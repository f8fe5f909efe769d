"""The list of erasures outside the database: a restored backup holds again who was erased, and this says whom.

A line of JSON each: the patient's id, the random id that stands in its place, how, and when. Nothing else about anybody.
The container `backup` keeps a copy beside the backups (deploy/backup.d/backup.sh), which goes wherever they go. A line is
never taken out: as long as there is a backup from before, somebody needs it.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from kneecoach.accounts.models import ClinicSettings, Patient, Stopped
from kneecoach.privacy.services.erasing import Outcome, carry_out, lift

LIFTED = "lift"
POLICIES = {LIFTED, *ClinicSettings.Erasure.values}


class BadList(Exception):
    """The file is no list of erasures."""


@dataclass(frozen=True)
class Line:
    """One erasure, restriction, or end of a restriction."""

    patient: str
    pseudonym: str
    policy: str
    at: str


def add(path: Path, patient_id: UUID, outcome: Outcome, now: datetime) -> None:
    """Add a line, on the disk when this returns. Raises OSError."""
    _append(path, [Line(str(patient_id), str(outcome.pseudonym), outcome.policy, now.isoformat(timespec="seconds"))])


def read(path: Path) -> list[Line]:
    """Return the lines of a list, the oldest first; none where there is no file. Raises BadList."""
    return parse(path.read_text(encoding="utf-8")) if path.exists() else []


def parse(text: str) -> list[Line]:
    """Return the lines of a text, the oldest first, as two lists that were put together need not stand. Raises BadList."""
    found = []
    for number, words in enumerate(text.splitlines(), start=1):
        try:
            line = Line(**json.loads(words))
            UUID(line.patient), UUID(line.pseudonym), _at(line)
        except (ValueError, TypeError, AttributeError) as error:
            raise BadList(f"line {number}: {error}") from error
        if line.policy not in POLICIES:
            raise BadList(f"line {number}: {line.policy} is none of {', '.join(sorted(POLICIES))}")
        found.append(line)
    return sorted(found, key=_at)


def _at(line: Line) -> datetime:
    return datetime.fromisoformat(line.at).astimezone(UTC)


def merge(path: Path, text: str) -> int:
    """Add the lines of another list that are missing, on the disk when this returns; a list that is not there is made.

    Returns how many were added. Raises BadList before anything is written, and OSError.
    """
    known = set(read(path))
    missing = [line for line in parse(text) if line not in known]
    _append(path, missing)
    return len(missing)


def _append(path: Path, lines: Iterable[Line]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(asdict(line))}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def last_of_each(lines: Iterable[Line]) -> list[Line]:
    """Return what holds now: the last line of each patient, but one that erased cannot be taken back."""
    last: dict[str, Line] = {}
    for line in lines:
        before = last.get(line.patient)
        if before is None or before.policy in {LIFTED, ClinicSettings.Erasure.RESTRICT}:
            last[line.patient] = line
    return list(last.values())


def erase_again(path: Path, now: datetime) -> list[Outcome]:
    """Do again what a restored backup has undone, under the same random ids. Returns what was done.

    Again changes nothing. Raises BadList before anything is done, and NotTheOwner.
    """
    done = []
    for line in last_of_each(read(path)):
        patient = Patient.objects.filter(pk=line.patient).first()
        if patient is None:
            continue
        if line.policy == LIFTED:
            lift(patient)
        elif line.policy != ClinicSettings.Erasure.RESTRICT or patient.stopped_why != Stopped.RESTRICTED:
            done.append(carry_out(patient, policy=line.policy, now=now, pseudonym=UUID(line.pseudonym)))
    return done
