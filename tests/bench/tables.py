"""Rows for COPY: one table with its columns, filled from tuples."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.fields import AutoFieldMixin
from psycopg import sql

IDS_AT_ONCE = 1000


class Table:
    """The table of a model. Rows give the columns that are named; every other one has the model's default."""

    def __init__(self, model: type[Model], *names: str) -> None:
        self.name = model._meta.db_table
        fields = {field.attname: field for field in model._meta.concrete_fields}
        rest = [
            field
            for name, field in fields.items()
            # What the database fills in itself stays out.
            if name not in names and not isinstance(field, AutoFieldMixin) and not field.has_db_default()
        ]
        self.columns = [*(fields[name].column for name in names), *(field.column for field in rest)]
        self.defaults = tuple(field.get_prep_value(field.get_default()) for field in rest)
        self.rows: list[tuple[Any, ...]] = []
        self._ids = self._next_ids()

    def add(self, *values: Any) -> None:
        """Add a row: the named columns in their order."""
        self.rows.append(values + self.defaults)

    def next_id(self) -> int:
        """Return an id from the sequence of the table."""
        return next(self._ids)

    def write(self, cursor: Any) -> None:
        """Send what has been added to the database; `cursor` is one of psycopg's."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(self.name), sql.SQL(", ").join(map(sql.Identifier, self.columns))
        )
        with cursor.copy(statement) as copy:
            for row in self.rows:
                copy.write_row(row)
        self.rows.clear()

    def _next_ids(self) -> Iterator[int]:
        query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        while True:
            with connection.cursor() as cursor:
                cursor.execute(query, [self.name, IDS_AT_ONCE])
                yield from [number for (number,) in cursor.fetchall()]


def in_batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Return rows a few at a time."""
    found = iter(rows)
    while batch := list(islice(found, size)):
        yield batch
