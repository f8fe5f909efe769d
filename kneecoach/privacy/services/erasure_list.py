"""The list of erasures outside the database: a restored backup holds again who was erased, and this says whom.

A line of JSON each: the patient's id, the random id that stands in its place, how, and when. Nothing else about anybody.
It lies beside the backups, and is kept as long as any of them.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
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
    line = Line(str(patient_id), str(outcome.pseudonym), outcome.policy, now.isoformat(timespec="seconds"))
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(asdict(line))}\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[Line]:
    """Return the lines of a list, the oldest first; none where there is no file. Raises BadList."""
    if not path.exists():
        return []
    found = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = Line(**json.loads(text))
            UUID(line.patient), UUID(line.pseudonym)
        except (ValueError, TypeError) as error:
            raise BadList(f"line {number}: {error}") from error
        if line.policy not in POLICIES:
            raise BadList(f"line {number}: {line.policy} is none of {', '.join(sorted(POLICIES))}")
        found.append(line)
    return found


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
