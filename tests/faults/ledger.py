"""The oracle of every fault: what a phone has written down, against what the tables hold.

A phone's ledger is written by an init script that watches the phone's own store: whatever the page puts into its outbox
is in it, before any request. It stands in localStorage, so it outlives reloads and is shared by the tabs of one phone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

from progress.models import ExerciseSet, Rep, RepConflict
from progress.models import RepResult as Result

KEEP_LEDGER = """
(() => {
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (entry, ...more) {
    if (this.name === "outbox") {
      const note = (isKept) => localStorage.setItem(`ledger:${entry.id}`, JSON.stringify({ ...entry, isKept }));
      note(false);
      this.transaction.addEventListener("complete", () => note(true));
    }
    return add.call(this, entry, ...more);
  };
})();
"""
READ_LEDGER = """() => Object.keys(localStorage)
  .filter((key) => key.startsWith("ledger:"))
  .map((key) => JSON.parse(localStorage.getItem(key)))"""
REP_ADDRESS = re.compile(r"/sets/(?P<set_id>[^/]+)/reps/(?P<rep_id>[^/]+)/(?P<is_back>take-back/)?$")


@dataclass(frozen=True, order=True)
class Done:
    """One repetition in the words of whoever tells of it."""

    rep_id: str
    number: int
    held_ms: int | None
    paused_ms: int
    outcome: str


@dataclass(frozen=True)
class Line:
    """One line of a ledger: a repetition, or one that was taken back. `is_kept`: it was on disk for certain."""

    rep_id: str
    done: Done | None = None
    is_back: bool = False
    is_kept: bool = True


@dataclass(frozen=True)
class Row:
    """A repetition in the table."""

    done: Done
    stands: bool = True


def ledger_of(*pages: Page) -> list[Line]:
    """Return what the phones of these pages have written down; tabs of one phone share one ledger."""
    entries = {entry["id"]: entry for page in pages for entry in page.evaluate(READ_LEDGER)}
    return [line for entry in entries.values() if (line := _line(entry))]


def _line(entry: dict) -> Line | None:
    address = REP_ADDRESS.search(entry["url"])
    if not address:
        return None
    rep_id, fields = address["rep_id"], entry["fields"]
    done = (
        Done(rep_id, fields["number"], fields["held_ms"], fields["paused_ms"], fields["outcome"])
        if "outcome" in fields
        else None
    )
    return Line(rep_id, done, is_back=bool(address["is_back"]), is_kept=entry["isKept"])


def table_of(exercise_set: ExerciseSet) -> list[Row]:
    """Return every repetition that the database holds for a set, also those taken back."""
    rows = Rep.objects.filter(exercise_set=exercise_set).order_by("number")
    return [Row(_done(str(row.pk), row), stands=row.voided_at is None) for row in rows]


def conflicts_of(exercise_set: ExerciseSet) -> list[Done]:
    """Return what was said about repetitions of a set that others had already told of."""
    rows = RepConflict.objects.filter(rep__exercise_set=exercise_set).order_by("number")
    return [_done(str(row.claimed_id), row) for row in rows]


def _done(rep_id: str, row: Result) -> Done:
    return Done(rep_id, row.number, row.held_ms, row.paused_ms, row.outcome)


def judge(ledger: Iterable[Line], table: Sequence[Row], conflicts: Sequence[Done] = ()) -> list[str]:
    """Return everything that is not as it has to be, one line each."""
    lines = list(ledger)
    told = [line for line in lines if line.done]
    backs = {line.rep_id for line in lines if line.is_back}
    stored = Counter(row.done for row in table)
    kept_apart = Counter(conflicts)
    complaints = [
        f"lost: {line.done}" for line in told if line.is_kept and not stored[line.done] and not kept_apart[line.done]
    ]
    # Sent again after the first on its number was taken back, a repetition finds its place after all.
    freed = {row.done.number for row in table if not row.stands}
    complaints += [
        f"stored and in conflict: {done}" for done in stored if kept_apart[done] and done.number not in freed
    ]
    complaints += [f"conflict kept twice: {done}" for done, count in kept_apart.items() if count > 1]
    ids = Counter(row.done.rep_id for row in table)
    complaints += [f"id stored twice: {rep_id}" for rep_id, count in ids.items() if count > 1]
    numbers = Counter(row.done.number for row in table if row.stands)
    complaints += [f"number counted twice: {number}" for number, count in numbers.items() if count > 1]
    complaints += [f"nobody did: {done}" for done in {*stored, *kept_apart} - {line.done for line in told}]
    complaints += [
        f"stands, but was taken back: {row.done}" for row in table if row.stands and row.done.rep_id in backs
    ]
    complaints += [f"voided by nobody: {row.done}" for row in table if not row.stands and row.done.rep_id not in backs]
    complaints += [f"in conflict with nobody: {done}" for done in kept_apart if not _has_rival(done, stored)]
    return complaints


def _has_rival(done: Done, stored: Iterable[Done]) -> bool:
    return any(other != done and (other.number == done.number or other.rep_id == done.rep_id) for other in stored)
