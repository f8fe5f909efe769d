"""A patient's own copy of everything, as JSON or as CSV in an archive: made while it is sent, a query for each table."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kneecoach.accounts.models import Patient
from kneecoach.privacy.columns import OWN_KINDS
from kneecoach.spreadsheet import ROWS_AT_ONCE, Table, stream_archive
from progress.everything.columns import KINDS
from progress.everything.tables import readme, table_of

ALL_KINDS = (*KINDS, *OWN_KINDS)
ABOUT = (
    "Everything that Kneecoach has stored about you. null means: not known, not asked or not applicable; it never means "
    "zero. What was prescribed and what was done are different columns. Times are UTC; a day is your own, from 04:00. "
    "Of corrected values the first stands in its own table, and what was said later in corrections; the newest counts."
)


def everything_about(patient: Patient) -> list[Table]:
    """Return every table of a patient's export."""
    return [table_of(patient, *kind) for kind in ALL_KINDS]


def stream_csv(patient: Patient) -> Iterator[bytes]:
    """Yield an archive of CSV files, with what the columns mean as README.txt."""
    tables = everything_about(patient)
    return stream_archive(tables, readme(tables))


def stream_json(patient: Patient) -> Iterator[str]:
    """Yield one JSON document, with what the columns mean beside the rows of each table."""
    head = {"about": ABOUT, "made_at": timezone.now().isoformat(timespec="seconds")}
    yield f'{json.dumps(head)[:-1]}, "tables": {{'
    for number, table in enumerate(everything_about(patient)):
        yield f"{', ' if number else ''}\n{json.dumps(table.name)}: "
        yield from _table(table)
    yield "\n}}\n"


def _table(table: Table) -> Iterator[str]:
    columns = {column.name: column.meaning for column in table.columns}
    yield f'{json.dumps({"about": table.about, "columns": columns}, ensure_ascii=False)[:-1]}, "rows": ['
    waiting: list[str] = []
    separator = ""
    for row in _objects(list(columns), table.rows):
        waiting.append(f"{separator}\n{json.dumps(row, ensure_ascii=False, default=_value)}")
        separator = ","
        if len(waiting) == ROWS_AT_ONCE:
            yield "".join(waiting)
            waiting.clear()
    yield "".join([*waiting, "]}"])


def _objects(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield dict(zip(names, row, strict=True))


def _value(value: object) -> object:
    """Return what JSON has no word for: numbers as numbers, times as ISO 8601, everything else as text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)
