"""One run: phones go on, a fault comes and goes, and the ledger is held against the tables."""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from django.db import connection

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet
from tests.chaos.aims import NO_AIM, Aim
from tests.chaos.phones import Books, Phone
from tests.factories import PASSWORD, make_patient, make_prescription
from tests.faults.ledger import Done, Row, conflicts_of, judge, table_of

PHONES = 8
WARM_REPS = 40
SETTLE_S, DRAIN_WITHIN_S, WARM_WITHIN_S = 1.0, 60, 60
# A machine that is busy with other work takes its time; where a server has to start, more of it.
SERVED_WITHIN_S, STARTED_WITHIN_S = 10, 30
NO_ANSWER = "no answer"


@dataclass
class Outcome:
    """What came of a run."""

    name: str
    acknowledged: int
    lost: list[str]
    doubled: list[str]
    retries: int
    gap: float
    refused: dict[str, int]
    slowest_refusal: float
    longest_waits: dict[str, float]
    troubles: list[str] = field(default_factory=list)
    note: str = ""
    aim: Aim = NO_AIM
    # By patient: seconds from the end of the fault until they were answered again.
    served_again: dict[str, float] = field(default_factory=dict)

    @property
    def longest_wait(self) -> float:
        """Return for how long the patient who waited longest did so for one answer, in seconds."""
        return max(self.longest_waits.values(), default=0.0)

    @property
    def recovery(self) -> float:
        """Return how long after the end of the fault the last phone was answered again, in seconds."""
        return max(self.served_again.values(), default=math.inf)

    def late(self, *, lasts: float, within: float) -> list[str]:
        """Return who waited longer than a fault lasts that shuts them out (s), and then `within` (s)."""
        late = [f"nobody had a yes for {self.gap:.1f} s"] if self.gap > lasts + within else []
        late += [f"{who} waited {took:.1f} s" for who, took in self.longest_waits.items() if took > lasts + within]
        late += [
            f"{who} had to wait {took:.1f} s afterwards" for who, took in self.served_again.items() if took > within
        ]
        return late

    @property
    def instead(self) -> dict[str, int]:
        """Return what came instead of a yes, and how often: a status, or no answer at all."""
        counts: Counter[str] = Counter()
        for what, count in self.refused.items():
            counts[what if what[0].isdigit() else NO_ANSWER] += count
        return dict(counts)

    @property
    def line(self) -> str:
        """Return the row of the table."""
        told = ", ".join(f"{count} x {what}" for what, count in sorted(self.instead.items()))
        cells = (
            self.aim.number,
            self.name + (f"; {self.note}" if self.note else ""),
            self.acknowledged,
            len(self.lost),
            len(self.doubled),
            self.retries,
            *(f"{seconds:.1f} s" for seconds in (self.gap, self.longest_wait, self.recovery)),
            self.aim.words,
            told + (f", within {self.slowest_refusal:.1f} s" if told else ""),
        )
        return f"| {' | '.join(str(cell) for cell in cells)} |"


Run = Callable[..., Outcome]
# What the database holds of sets: repetitions, and what was said about repetitions that others had told of.
Tables = Callable[[Collection[str]], dict[str, tuple[list[Row], list[Done]]]]
# As in docs/scaling.md, where it is to be pasted.
HEAD = """
| | fault | acknowledged | lost | twice | sent again | longest gap | longest wait | well again | wanted | answered instead |
|---|---|---|---|---|---|---|---|---|---|---|
""".strip()


def make_patients() -> list[Patient]:
    """Make one patient for each phone, with something to do today."""
    patients = []
    for number in range(PHONES):
        patients.append(make_patient(email=f"phone{number}@example.org", password=PASSWORD, time_zone="UTC"))
        make_prescription(patient=patients[-1], reps_target=20, reps_max=20)
    connection.close()
    return patients


def tables_here(set_ids: Collection[str]) -> dict[str, tuple[list[Row], list[Done]]]:
    """Return what the database of the tests holds of these sets."""
    rows = [ExerciseSet.objects.get(pk=set_id) for set_id in set_ids]
    return {str(row.pk): (table_of(row), conflicts_of(row)) for row in rows}


def under_load(
    name: str,
    address: str,
    fault: Callable[[], str | None],
    *,
    emails: Iterable[str],
    password: str = PASSWORD,
    tables: Tables = tables_here,
    aim: Aim = NO_AIM,
    is_naive: bool = False,
) -> Outcome:
    """Let the phones work, let `fault` happen and be over, and let them hand in what they have. Print the row."""
    books, stop = Books(), threading.Event()
    phones = [Phone(address, email, books, stop, password=password, is_naive=is_naive) for email in emails]
    for phone in phones:
        phone.start()
    try:
        wait_for(lambda: len(books.acknowledged_at) >= WARM_REPS, books, WARM_WITHIN_S)
        books.retries, books.slowest_refusal = 0, 0.0
        books.refused.clear()
        books.longest_waits.clear()
        begun = time.monotonic()
        note = fault() or ""
        over = time.monotonic()
        had = len(books.acknowledged_at)
        # Each of them: that most go on hides one that hangs.
        wait_until(lambda: max(served_again(phones, books, over).values()) < math.inf, DRAIN_WITHIN_S)
        # Whoever waits a second before trying again is heard of too.
        wait_for(lambda: len(books.acknowledged_at) >= had + WARM_REPS, books, DRAIN_WITHIN_S)
        time.sleep(SETTLE_S)
        ended = time.monotonic()
    finally:
        stop.set()
        for phone in phones:
            phone.join(DRAIN_WITHIN_S)
    books.troubles += [f"{phone.email} still waits" for phone in phones if phone.is_alive()]
    outcome = judged(name, books, tables, is_naive=is_naive)
    outcome.note, outcome.gap, outcome.aim = note, longest_gap(books.acknowledged_at, begun, ended), aim
    outcome.served_again = served_again(phones, books, over)
    print(f"\n{outcome.line}", flush=True)
    return outcome


def wait_for(is_so: Callable[[], bool], books: Books, seconds: float) -> None:
    """Wait for something that the phones bring about. Raises AssertionError where they do not in time."""
    assert wait_until(is_so, seconds), f"the phones stand still: {dict(books.refused)} {books.troubles}"


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait so many seconds at most; tell whether it became so."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def served_again(phones: Iterable[Phone], books: Books, since: float) -> dict[str, float]:
    """Return after how many seconds each patient was answered again."""
    return {phone.email: books.first_yes(phone.email, since) for phone in phones}


def longest_gap(moments: Iterable[float], begun: float, ended: float) -> float:
    """Return for how long nobody at all was told yes."""
    within = sorted(moment for moment in moments if begun <= moment <= ended)
    ends = [begun, *within, ended]
    return max(late - early for early, late in pairwise(ends))


def judged(name: str, books: Books, tables: Tables, *, is_naive: bool) -> Outcome:
    """Hold the ledgers against the tables."""
    connection.close()
    lost: list[str] = []
    other: list[str] = []
    if is_naive:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rep_id, count(*) FROM naive_rep GROUP BY 1")
            stored = dict(cursor.fetchall())
        told = {line.rep_id for lines in books.lines.values() for line in lines if line.is_kept}
        lost = sorted(told - set(stored))
        other = [rep_id for rep_id, count in stored.items() for _ in range(count - 1)]
    else:
        found = tables(books.lines.keys())
        for set_id, lines in books.lines.items():
            # What was acknowledged stands in the ledger twice, before and after: once is enough.
            kept = {line.rep_id: line for line in sorted(lines, key=lambda line: line.is_kept)}
            complaints = judge(kept.values(), *found[set_id])
            lost += [one for one in complaints if one.startswith("lost")]
            other += [one for one in complaints if not one.startswith("lost")]
    return Outcome(
        name=name,
        acknowledged=len(books.acknowledged_at),
        lost=lost,
        doubled=other,
        retries=books.retries,
        gap=0.0,
        refused=dict(books.refused),
        slowest_refusal=books.slowest_refusal,
        longest_waits=books.longest_waits,
        troubles=books.troubles,
    )
