"""The years that a clinic has behind it: sessions of people who have long been discharged, written with COPY."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.utils import timezone

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep
from tests.bench.clinic import REPS
from tests.bench.tables import Table
from tests.factories import make_prescription

FORMER = 400
# Nothing that a page looks at today is as old as this.
ENDED_DAYS_AGO = 120
SLOTS = (("morning", 8), ("evening", 19))
PATIENTS_AT_ONCE = 10


def make_former() -> list[Prescription]:
    """Make those who have been discharged, each with the prescription that has ended; their sessions come later."""
    first = make_prescription(reps_target=REPS, reps_max=REPS)
    ended = timezone.localdate() - timedelta(days=ENDED_DAYS_AGO)
    patients = Patient.objects.bulk_create(
        Patient(name=f"Former {number}", birth_date=date(1980, 1, 1), side="right", time_zone="UTC")
        for number in range(FORMER)
    )
    values = {
        field.attname: getattr(first, field.attname)
        for field in Prescription._meta.concrete_fields
        if not field.primary_key and not field.generated
    }
    values |= {
        "starts_on": ended - timedelta(days=5000),
        "ended_on": ended,
        "end_reason": Prescription.EndReason.MASTERED,
        "ended_by_id": first.prescribed_by_id,
        "ended_at": timezone.now(),
    }
    return Prescription.objects.bulk_create(Prescription(**values | {"patient_id": row.pk}) for row in patients)


class Past:
    """Rows of sessions with all their repetitions; `reps` of them in all, the same number for each patient."""

    def __init__(self, prescriptions: list[Prescription], reps: int) -> None:
        self.prescriptions = prescriptions
        self.sessions_each = -(-reps // REPS // len(prescriptions))
        # Ids in order, spread over all there are: an index of random ones looks like that when it is full, and fills
        # in a tenth of the time.
        self.step = 2**128 // (self.sessions_each * len(prescriptions) + 1)
        self.sessions = Table(
            ExerciseSession,
            *("id", "patient_id", "local_date", "time_zone", "utc_offset_minutes", "slot"),
            *("is_safe", "started_at", "ended_at"),
        )
        self.sets = Table(
            ExerciseSet,
            *("id", "exercise_session_id", "order", "prescription_id", "stage_id", "side", "reps_min", "reps_max"),
            *("reps_target", "hold_target_ms", "started_at", "finished_at", "felt_muscle"),
        )
        self.ratings = Table(
            PainRating,
            *("patient_id", "exercise_session_id", "local_date", "moment", "side", "status", "value", "rated_at"),
        )

    def write(self, superuser: psycopg.Connection[Any]) -> None:
        """Write everything. No trigger looks at it: all of it belongs together by the way it is made."""
        superuser.execute("SET session_replication_role = replica")
        number = 0
        for first in range(0, len(self.prescriptions), PATIENTS_AT_ONCE):
            done = []
            for prescription in self.prescriptions[first : first + PATIENTS_AT_ONCE]:
                for started_at, slot in days_before(prescription.ended_on, self.sessions_each):
                    number += 1
                    done.append(self.add(prescription, started_at, slot, number * self.step))
            with superuser.cursor() as cursor:
                for table in (self.sessions, self.sets, self.ratings):
                    table.write(cursor)
                with cursor.copy(COPY_REPS) as copy:
                    copy.write("".join(reps_of(key, started_at, self.step // (REPS + 1)) for key, started_at in done))

    def add(self, prescription: Prescription, started_at: datetime, slot: str, key: int) -> tuple[int, datetime]:
        """Add a session with its one set and two ratings; return what its repetitions are made of."""
        same_id, day = UUID(int=key), started_at.date()
        ended_at = started_at + timedelta(minutes=9)
        patient = prescription.patient_id
        times, dose = (started_at, ended_at), (prescription.reps_min, prescription.reps_max, prescription.reps_target)
        session = (same_id, patient, day, "UTC", 0, slot, True, *times)
        self.sessions.add(*session)
        of_stage = (prescription.pk, prescription.stage_id, prescription.side, *dose)
        self.sets.add(same_id, same_id, 1, *of_stage, prescription.hold_target_seconds * 1000, *times, "yes")
        for moment, value in (("before", 2), ("worst", 3)):
            self.ratings.add(patient, same_id, day, moment, prescription.side, "answered", value, started_at)
        return key, started_at


COPY_REPS = f"""
    COPY {Rep._meta.db_table} (id, exercise_set_id, number, held_ms, paused_ms, outcome, method, done_at, received_at,
                               is_clock_suspect, voided_at) FROM STDIN
"""


def reps_of(key: int, started_at: datetime, step: int) -> str:
    """Return the repetitions of a set as lines for COPY."""
    set_id = f"{key:032x}"
    return "".join(
        f"{key + number * step:032x}\t{set_id}\t{number}\t3000\t0\tok\tguided\t{started_at}\t{started_at}\tf\t\\N\n"
        for number in range(1, REPS + 1)
    )


def days_before(last: date | None, sessions: int) -> Iterator[tuple[datetime, str]]:
    """Return when sessions began, two a day, from a day backwards."""
    assert last
    for index in range(sessions):
        slot, hour = SLOTS[index % len(SLOTS)]
        day = last - timedelta(days=1 + index // len(SLOTS))
        yield datetime(day.year, day.month, day.day, hour, tzinfo=timezone.get_default_timezone()), slot
