"""Text that would run as a script, and putting it into every text column of the database.

A column that is not filled has its reason in one of the tables below. Those of a history are called as in the table that
it tells of.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models
from psycopg import Error, sql

from tests.plugins.database import TestDatabase

Model: TypeAlias = type[models.Model]
Column: TypeAlias = "models.Field[Any, Any]"
# By the key, as text.
Rows: TypeAlias = dict[str, tuple[Any, ...]]
PAYLOADS = (
    "<script>__xss=1</script>",
    '"><img src=x onerror=__xss=1>',
    "'><svg onload=__xss=1>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '" onfocus=alert(1) autofocus data-xss="',
    "' onmouseover=alert(1) data-xss='",
    "<a href=javascript:alert(1) data-xss>x</a>",
    "<iframe srcdoc='<script>parent.__xss=1</script>'></iframe>",
    "<!--><b data-xss onclick=alert(1)>x</b>-->",
    "{{ request }}{% debug %}${alert(1)}",
    # Where nothing else has room.
    "<svg onload=__xss=1>",
    "<b data-xss>",
)
KEY_OF_ADDRESSES = "part of addresses: forms and URL patterns take letters, digits and hyphens"
ZONE = "code reads it as the name of a time zone; everything that writes it looks it up first"
OF_LIBRARY = "belongs to Django, which reads it: its rows would not work any more, and no page shows it"
# What is not filled, and why.
UNFILLED = {
    "exercises.Programme.key": KEY_OF_ADDRESSES,
    "exercises.Stage.key": KEY_OF_ADDRESSES,
    "exercises.Prescription.stage_key": KEY_OF_ADDRESSES,
    "exercises.ProgrammeTranslation.language_code": "a translation is found by it",
    "exercises.ProgrammeTranslation.path": "a translation is found by it",
    "progress.ExerciseSession.time_zone": ZONE,
    "accounts.Patient.time_zone": ZONE,
    "accounts.Patient.travel_zone": ZONE,
    "accounts.Patient.declined_zone": ZONE,
    "reminders.Reminder.slot": "the database takes only the slots that there are",
    "privacy.Erasure.policy": "the database takes only the two policies",
    "accounts.Device.session_key": "a log-in is found by it; Django makes it at random",
    "accounts.User.password": "a hash, which Django makes and no page shows",
    "admin.LogEntry.object_id": "the number of the row that an entry is about, by which its page finds it",
    "sessions.Session.session_key": OF_LIBRARY,
    "sessions.Session.session_data": OF_LIBRARY,
    "contenttypes.ContentType.app_label": OF_LIBRARY,
    "contenttypes.ContentType.model": OF_LIBRARY,
    "auth.Permission.codename": OF_LIBRARY,
    "pgh_label": "the triggers write one of three words",
    "pgh_context": "who, as a number, and the address of the request: the desk reads the number only",
}
# Tables that stay empty, and why.
NO_ROWS = {
    "account.EmailAddress": "an account has one address, and the database refuses a row here",
    "account.EmailConfirmation": "as above: an address is proven with a code, which stands in the session",
    "pghistory.Context": "the context stands in each event",
}
# What is filled and stands on no page, by table or column, and why.
HISTORY = "history that is kept as evidence: no page reads it"
ON_NO_PAGE = {
    "accounts.ClinicSettingsEvent": HISTORY,
    "exercises.ProgrammeEvent": HISTORY,
    "exercises.ProgrammeVersionEvent": HISTORY,
    "exercises.ProgrammeTextEvent": HISTORY,
    "exercises.ProgrammeTranslationEvent": HISTORY,
    "exercises.StageEvent": HISTORY,
    "exercises.TipEvent": HISTORY,
    "exercises.RepPhaseEvent": HISTORY,
    "accounts.Invitation.token_hash": "only compared",
    "admin.LogEntry.object_repr": "shown by Django's front page, whose place the worklist has taken",
    "reminders.CalendarFeed.token_hash": "only compared",
    "reminders.JobRun": "for the log and the worker",
    "reminders.PushDevice.auth_secret": "for the push service",
    "reminders.PushDevice.public_key": "for the push service",
    "reminders.Reminder.error": "for the log and the worker",
}
# The roles are found by their names: of groups only those are filled that somebody made.
FIRST_ROWS_STAY = {"auth.Group"}
# What people read of a column that holds more.
PART_OF_JSON = {"mfa.Authenticator.data": "name"}


@dataclass
class Poisoned:
    """What became of the columns, each by its own name: the mark that its text begins with, or why it has none."""

    marks: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)


def text_columns() -> Iterator[tuple[Model, list[Column]]]:
    """Yield every model with those of its columns that hold words or JSON, history included.

    Left out is what has choices: forms take nothing else, and pages show the words of the choice.
    """
    for model in apps.get_models(include_auto_created=True):
        columns = [
            column
            for column in model._meta.concrete_fields
            if isinstance(column, models.CharField | models.TextField | models.JSONField)
            and not (column.choices or column.is_relation)
        ]
        if columns and model._meta.managed and not model._meta.proxy:
            # The key comes last: the rows are found by it.
            yield model, sorted(columns, key=lambda column: column.primary_key)


def name_of(model: Model, column: Column) -> str:
    """Return how the tables call a column: as where it comes from."""
    if column.name.startswith("pgh_"):
        return column.name
    return f"{getattr(model, 'pgh_tracked_model', model)._meta.label}.{column.name}"


def hostile(length: int | None, turn: int) -> str:
    """Return as many payloads as fit, another one first each time."""
    text, first = "", turn % len(PAYLOADS)
    for payload in PAYLOADS[first:] + PAYLOADS[:first]:
        if length is None or len(text) + len(payload) <= length:
            text += payload
    return text


def put(cursor: Any, model: Model, column: Column, texts: dict[str, str | None]) -> None:
    """Write a column of the rows that are named by their keys."""
    name, part = sql.Identifier(column.column), PART_OF_JSON.get(name_of(model, column))
    value = sql.SQL("jsonb_set({}, {}, to_jsonb(new.text))").format(name, [part]) if part else sql.SQL("new.text")
    query = "UPDATE {} SET {} = {} FROM unnest(%s::text[], %s::text[]) AS new (key, text) WHERE {}::text = new.key"
    written = cursor.execute(
        sql.SQL(query).format(sql.Identifier(model._meta.db_table), name, value, key_of(model)),
        [list(texts), list(texts.values())],
    )
    assert written.rowcount == len(texts)


def key_of(model: Model) -> sql.Composable:
    """Return the column of the primary key."""
    assert model._meta.pk
    return sql.Identifier(model._meta.db_table, model._meta.pk.column)


def read(cursor: Any, model: Model, columns: list[Column]) -> Rows:
    """Return the columns of all rows by the key."""
    names = sql.SQL(", ").join(sql.Identifier(column.column) for column in columns)
    query = sql.SQL("SELECT {}::text, {} FROM {}").format(key_of(model), names, sql.Identifier(model._meta.db_table))
    return {row[0]: row[1:] for row in cursor.execute(query).fetchall()}


@contextmanager
def poison(database: TestDatabase) -> Iterator[Poisoned]:
    """Replace every text; at the end put back what the migrations made."""
    done, kept = Poisoned(), []
    with database.owner_connection() as cursor:
        try:
            for model, columns in text_columns():
                switch_triggers(cursor, model, "DISABLE")
                rows = read(cursor, model, columns)
                first = {str(key) for key in database.first_rows[model._meta.db_table]}
                kept.append((model, columns, {key: row for key, row in rows.items() if key in first}))
                stay = first if model._meta.label in FIRST_ROWS_STAY else set()
                replace(cursor, model, columns, {key: row for key, row in rows.items() if key not in stay}, done)
            yield done
        finally:
            for model, columns, rows in kept:
                for position, column in enumerate(columns):
                    if rows and name_of(model, column) not in UNFILLED:
                        put(cursor, model, column, {key: row[position] for key, row in rows.items()})
                switch_triggers(cursor, model, "ENABLE")


def replace(cursor: Any, model: Model, columns: list[Column], rows: Rows, done: Poisoned) -> None:
    """Fill the columns of a model, and note what became of each."""
    for position, column in enumerate(columns):
        if name_of(model, column) in UNFILLED:
            continue
        if not rows:
            done.empty.add(model._meta.label)
        # Some columns may hold a text only where another says so, such as when an alert was resolved.
        for keys in (list(rows), [key for key, row in rows.items() if row[position]]):
            if not keys:
                break
            name, mark = f"{model._meta.label}.{column.name}", f"~{len(done.marks)}~"
            try:
                put(cursor, model, column, dict(zip(keys, texts_of(column, mark, len(keys)), strict=True)))
            except Error as error:
                done.refused[name] = str(error)
            else:
                done.marks[name] = mark
                done.refused.pop(name, None)
                break


def texts_of(column: Column, mark: str, count: int) -> list[str | None]:
    """Return a text for each row, which begins with the mark; where they have to differ, they do."""
    texts: list[str | None] = []
    for number in range(count):
        begins = f"{mark}{number} " if column.unique or column.name == "email" else mark
        room = column.max_length - len(begins) if column.max_length else None
        texts.append(begins + hostile(room, int(mark.strip("~")) + number))
    return texts


def switch_triggers(cursor: Any, model: Model, way: str) -> None:
    """Let history be written and published programmes be kept as they are, or not."""
    table = sql.Identifier(model._meta.db_table)
    cursor.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(table, sql.SQL(way)))
