"""The change history of one patient: what was added, changed and removed, by whom, and from what to what.

The history is written by triggers of the database, so it also tells of what went past the site.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Field, Model, OuterRef, Subquery

from kneecoach.accounts.models import User
from kneecoach.desk.audit.tables import ADDED_ONLY, TABLES, events_of, moments_about
from kneecoach.desk.audit.words import KINDS, Names, table_words, value_words, who_words

ROWS = 50
# Whose row it is stands above the page; the row's own key says nothing to a reader.
NOT_TOLD = {"id", "patient"}


@dataclass(frozen=True)
class FieldChange:
    """One field, in words: from what to what. Empty is a dash."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One change. `kind` is insert, update or delete; `fields` are those that were set or have changed."""

    at: datetime
    who: str
    table: str
    kind: str
    kind_words: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class _Found:
    """A row of a history, with the one before of the same row where there is one."""

    model: type[Model]
    row: Any
    before: Any
    kind: str
    user_id: int | None


def load_changes(
    patient_id: UUID,
    *,
    with_texts: bool = True,
    since: datetime | None = None,
    until: datetime | None = None,
    page: str | None = None,
) -> Page[Change]:
    """Return a page of changes, the newest first; of all time, or between two instants.

    Without texts, what people wrote as they like is told by its length alone.

    The number of queries depends on how many kinds of rows stand on the page, never on how many rows there are.
    """
    first, *others = (moments_about(model, patient_id, since, until) for model in TABLES)
    moments = first.union(*others, all=True).order_by("-written_at", "in_table", "-row_key")
    shown = Paginator(moments, ROWS).get_page(page)
    told: list[Any] = list(shown.object_list)
    found = _load((table, key) for _moment, table, key in told)
    names = Names.of(
        [(User, row.user_id) for row in found.values()],
        [pair for row in found.values() for pair in _related(row)],
    )
    shown.object_list = [
        _change(moment, found[table, key], names, with_texts=with_texts) for moment, table, key in told
    ]
    return shown


def _load(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], _Found]:
    """Load the rows of the histories, at most two queries for each table."""
    keys_of: dict[int, list[int]] = defaultdict(list)
    for table, key in wanted:
        keys_of[table].append(key)
    found: dict[tuple[int, int], _Found] = {}
    for table, keys in keys_of.items():
        model = TABLES[table]
        load = _load_added if model in ADDED_ONLY else _load_events
        found |= {(table, key): row for key, row in load(model, keys).items()}
    return found


def _load_added(model: type[Model], keys: list[int]) -> dict[int, _Found]:
    by = ADDED_ONLY[model][1]
    rows = model._base_manager.in_bulk(keys)
    return {int(key): _Found(model, row, None, "insert", getattr(row, by) if by else None) for key, row in rows.items()}


def _load_events(model: type[Model], keys: list[int]) -> dict[int, _Found]:
    events = events_of(model)._base_manager
    same = events.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id")
    rows: list[Any] = list(events.filter(pgh_id__in=keys).annotate(before_id=Subquery(same.values("pgh_id")[:1])))
    before = events.in_bulk([row.before_id for row in rows if row.before_id])
    return {
        row.pgh_id: _Found(model, row, before.get(row.before_id), row.pgh_label, (row.pgh_context or {}).get("user"))
        for row in rows
    }


def _told_fields(model: type[Model], row: Any) -> "list[Field[Any, Any]]":
    """Return the fields of a table that its history keeps and a reader is told."""
    kept = {field.name for field in row._meta.fields}
    return [field for field in model._meta.fields if field.name in kept - NOT_TOLD]


def _related(found: _Found) -> list[tuple[Any, Any]]:
    """Return what the values name: the model and the key."""
    return [
        (field.related_model, getattr(row, field.attname))
        for row in (found.row, found.before)
        if row is not None
        for field in _told_fields(found.model, row)
        if field.is_relation
    ]


def _change(at: datetime, found: _Found, names: Names, *, with_texts: bool) -> Change:
    fields = []
    for field in _told_fields(found.model, found.row):
        now = getattr(found.row, field.attname)
        before, after = {
            "insert": (None, now),
            "delete": (now, None),
        }.get(found.kind, (getattr(found.before, field.attname, None), now))
        # What a row was before its history began is not known.
        known = found.kind != "update" or found.before is not None
        if before == after or (now in (None, "") and not (known and found.kind == "update")):
            continue
        fields.append(
            FieldChange(
                str(field.verbose_name),
                value_words(field, before, names, with_texts=with_texts) if known else "?",
                value_words(field, after, names, with_texts=with_texts),
            )
        )
    return Change(
        at=at,
        who=who_words(found.user_id, names),
        table=table_words(found.model),
        kind=found.kind,
        kind_words=str(KINDS.get(found.kind, found.kind)),
        fields=tuple(fields),
    )
