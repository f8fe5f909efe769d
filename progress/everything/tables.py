"""Everything that is on record of a patient, as tables: one for each kind of row, with every value it was made of."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from kneecoach.accounts.models import Patient
from kneecoach.spreadsheet import Column, Table, Value
from progress.everything.columns import KINDS, ORDER

CHUNK = 2000

README = """\
Everything that Kneecoach has on record of one patient. Made on {made} (UTC).

Text is UTF-8, separated by commas. An empty cell means: not known, not asked or not applicable; it never means zero.
What was prescribed and what was done are different columns. Corrected values: the first stands in its own table, what was
said later in corrections.csv; the newest counts. A text that begins like a formula has an apostrophe in front.
"""


def tables_of(patient: Patient) -> list[Table]:
    """Return the tables, each with one query that runs when it is written; repetitions in pieces."""
    return [table_of(patient, *kind) for kind in KINDS]


def readme(tables: Sequence[Table]) -> str:
    """Return what the files and their columns mean."""
    lines = [README.format(made=f"{timezone.now():%Y-%m-%d %H:%M}")]
    for table in tables:
        lines += [f"\n{table.name}.csv: {table.about}", *(f"  {row.name}: {row.meaning}" for row in table.columns)]
    return "\n".join(lines) + "\n"


def table_of(
    patient: Patient, name: str, about: str, model: type[Model], owner: str, columns: Sequence[tuple[str, str, str]]
) -> Table:
    """Return one kind of row as a table; `owner` is the lookup that leads from a row to its patient."""
    rows = model._default_manager.filter(**{owner: patient.pk}).order_by(*ORDER.get(model, ()), "pk")
    named = [Column(column, meaning) for column, _path, meaning in columns]
    return Table(name, about, named, _rows(rows, [path for _column, path, _meaning in columns]))


def _rows(rows: "QuerySet[Any]", paths: Sequence[str]) -> Iterator[Sequence[Value]]:
    yield from rows.values_list(*paths).iterator(chunk_size=CHUNK)
