"""What the retention file says is over: counted, and deleted. A job of the worker."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pgtrigger
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from psycopg import sql

from kneecoach.privacy.retention import history_of, model_of
from kneecoach.privacy.rules import TableRule, load_plan
from kneecoach.privacy.services.owner_function import OWNER, delete_as_owner


@dataclass(frozen=True)
class Over:
    """How many rows of a table are over."""

    what: str
    count: int


def delete_expired(now: datetime) -> list[Over]:
    """Delete what is over. A job of the worker; again changes nothing."""
    return apply_retention(now, dry_run=False)


def apply_retention(now: datetime, *, dry_run: bool) -> list[Over]:
    """Delete what is over and return how much it was; with `dry_run` only count. Either way the same numbers."""
    rules = [rule for rule in load_plan().tables if rule.ends]
    found = [
        Over(rule.name, _of_rows(rule, now, deletes=not dry_run))
        for rule in rules
        if dry_run or rule.deleted_by != OWNER
    ]
    if dry_run:
        with_history = [rule for rule in rules if rule.has_model and history_of(model_of(rule))]
        return [*found, *(Over(f"{rule.name}, history", _in_history(rule, now)) for rule in with_history)]
    # After the rows themselves: of these no history stays.
    return [*found, *(Over(what, count) for what, count in delete_as_owner(now))]


def expired(rule: TableRule, now: datetime) -> "QuerySet[Any]":
    """Return the rows of a table that are over."""
    rows = model_of(rule)._base_manager.filter(**{f"{rule.ends}__lte": rule.kept.ended_before(now)})
    return rows.filter(**{f"{rule.unless}": None}) if rule.unless else rows


def _of_rows(rule: TableRule, now: datetime, *, deletes: bool) -> int:
    return (_of_model if rule.has_model else _of_table)(rule, now, deletes=deletes)


def _of_model(rule: TableRule, now: datetime, *, deletes: bool) -> int:
    rows = expired(rule, now)
    if not deletes:
        return rows.count()
    # Nothing is to be left, not even in a history that they went.
    with transaction.atomic(), pgtrigger.ignore():
        return int(rows._raw_delete(rows.db))


def _in_history(rule: TableRule, now: datetime) -> int:
    """Count what a history holds about rows that are gone or go now, once it is as old as they had to be."""
    history: Any = history_of(model_of(rule))
    here = model_of(rule)._base_manager.exclude(pk__in=expired(rule, now).values("pk")).values("pk")
    cutoff = rule.kept.ended_before(now)
    return int(history._base_manager.exclude(pgh_obj_id__in=here).filter(Q(**{f"{rule.ends}__lte": cutoff})).count())


def _of_table(rule: TableRule, now: datetime, *, deletes: bool) -> int:
    """Count or delete rows of a table without a model: the cache."""
    names = {"table": sql.Identifier(rule.name), "ends": sql.Identifier(rule.ends)}
    action = "DELETE FROM {table} WHERE {ends} <= %s" if deletes else "SELECT COUNT(*) FROM {table} WHERE {ends} <= %s"
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(action).format(**names).as_string(cursor.connection), [rule.kept.ended_before(now)])
        return int(cursor.rowcount if deletes else cursor.fetchone()[0])
