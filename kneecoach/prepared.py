"""Queries that are put into SQL, and planned, once: to do both again is most of what a small query costs.

For the few that phones ask for all day. The queryset stays the only place where a query is written down, and what comes
out of it is what always does: model instances with `select_related` and annotations, or tuples.

    PATIENTS_OF = Prepared(lambda user: Patient.objects.filter(lead_physiotherapist=user), -1)
    PATIENTS_OF(request.user.pk)        # a list of patients
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
Made = TypeVar("Made")


class Prepared(Generic[Row]):
    """A query with places for values.

    `build` makes the queryset of the values; it may neither prefetch nor slice by them. `examples` stand for the values
    while the SQL is written: each of the type that will be given, and like nothing else in the query. A value that is
    None or a list would be another query, and is refused.
    """

    def __init__(self, build: "Callable[..., QuerySet[Any, Row]]", *examples: Any) -> None:
        self._build, self._examples = build, examples
        self._written: _Written | None = None

    def __call__(self, *values: Any) -> list[Row]:
        """Return the rows for these values. One query; TypeError where a value would be another query."""
        if len(values) != len(self._examples) or any(value is None or isinstance(value, list) for value in values):
            raise TypeError(f"Takes {len(self._examples)} values, none of them None or a list, and got {values!r}")
        if self._written is None:
            # Two threads may do so at once: they write the same.
            self._written = _Written(self._build(*self._examples), self._examples)
        return self._written.rows(values)


class _Written:
    """A queryset with its SQL, and where in it the values go."""

    def __init__(self, queryset: "QuerySet[Any, Any]", examples: Sequence[Any]) -> None:
        self.queryset = queryset
        self.compiler: SQLCompiler = queryset.query.get_compiler(connection=connection)
        self.sql, params = self.compiler.as_sql()
        self.params = list(params)
        self.converters = self.compiler.get_converters([row[0] for row in self.compiler.select])
        self.places = [
            (place, number)
            for place, param in enumerate(params)
            for number, example in enumerate(examples)
            if type(param) is type(example) and param == example
        ]
        if {number for _place, number in self.places} != set(range(len(examples))):
            raise ValueError(f"Not every one of {examples!r} is in {self.sql}")

    def rows(self, values: Sequence[Any]) -> list[Any]:
        params = self.params.copy()
        for place, number in self.places:
            params[place] = values[number]
        compiler, query, queryset = _same(self.compiler), _same(self.queryset.query), _same(self.queryset)
        # Each thread has a connection of its own.
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, params)  # type: ignore[assignment, misc]
        compiler.get_converters = lambda _expressions: self.converters  # type: ignore[assignment, method-assign]
        query.get_compiler = lambda *_asked, **_how: compiler  # type: ignore[method-assign]
        # Its setter would turn tuples into dicts.
        queryset._query = query  # type: ignore[attr-defined]
        with _server_binds():
            return list(queryset)


def _same(made: Made) -> Made:
    """Return an object with the same attributes. What is shared by it is never changed: only attributes are set anew."""
    same = object.__new__(type(made))
    vars(same).update(vars(made))
    return same


class _Cursor(ServerBindingCursor):
    """Remembers what was asked also of a query that PostgreSQL had planned before: Django's log of queries tells it."""

    def execute(self, query: str, params: Any = None, **options: Any) -> Any:
        """Ask."""
        try:
            return super().execute(query, params, **options)  # type: ignore[misc]
        finally:
            if self._query is None:  # type: ignore[has-type]
                self._query = SimpleNamespace(query=query.encode())


@contextmanager
def _server_binds() -> Iterator[None]:
    """Hand values on apart from the SQL, so that PostgreSQL plans a query once for a connection (`prepare_threshold`).

    Everywhere else they are put into the SQL: that is Django's way, and the change history needs it.
    """
    connection.ensure_connection()
    psycopg_connection = connection.connection
    usual, psycopg_connection.cursor_factory = psycopg_connection.cursor_factory, _Cursor
    try:
        yield
    finally:
        psycopg_connection.cursor_factory = usual
