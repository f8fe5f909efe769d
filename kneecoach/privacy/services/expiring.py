"""What the retention file says is over: counted, and deleted. The worker does what the app role may, the host the rest."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pgtrigger
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from psycopg import sql

from kneecoach.privacy.retention import history_of, model_of
from kneecoach.privacy.rules import TableRule, load_plan
from kneecoach.privacy.services.erasing import is_owner

OWNER = "owner"


@dataclass(frozen=True)
class Over:
    """How many rows of a table are over; `is_done` where this role may delete them."""

    what: str
    count: int
    is_done: bool


def delete_expired(now: datetime) -> list[Over]:
    """Delete what is over, as far as the role of this connection may. A job of the worker; again changes nothing."""
    return apply_retention(now, dry_run=False)


def apply_retention(now: datetime, *, dry_run: bool) -> list[Over]:
    """Delete what is over and return how much it was; with `dry_run` only count. Either way the same numbers."""
    may_do_all = is_owner()
    found = []
    for rule in (rule for rule in load_plan().tables if rule.ends):
        is_done = may_do_all or rule.deleted_by != OWNER
        # The history first: it is that of rows that are gone, or go now.
        if rule.has_model and history_of(model_of(rule)):
            deletes = may_do_all and not dry_run
            found.append(Over(f"{rule.name}, history", _of_history(rule, now, deletes=deletes), may_do_all))
        deletes = is_done and not dry_run
        if rule.has_model:
            count = _of_model(rule, now, deletes=deletes, is_owner=may_do_all)
        else:
            count = _of_table(rule, now, deletes=deletes)
        found.append(Over(rule.name, count, is_done))
    return found


def expired(rule: TableRule, now: datetime) -> "QuerySet[Any]":
    """Return the rows of a table that are over."""
    rows = model_of(rule)._base_manager.filter(**{f"{rule.ends}__lte": rule.kept.ended_before(now)})
    return rows.filter(**{f"{rule.unless}": None}) if rule.unless else rows


def _of_model(rule: TableRule, now: datetime, *, deletes: bool, is_owner: bool) -> int:
    rows = expired(rule, now)
    if not deletes:
        return rows.count()
    # The log is kept by a trigger as well as by rights. As the owner nothing is to be left, not even that it went.
    with transaction.atomic(), pgtrigger.ignore() if is_owner else nullcontext():
        return int(rows._raw_delete(rows.db))


def _of_history(rule: TableRule, now: datetime, *, deletes: bool) -> int:
    """Count or delete what a history holds about rows that are gone, once it is as old as they had to be."""
    history: Any = history_of(model_of(rule))
    here = model_of(rule)._base_manager.exclude(pk__in=expired(rule, now).values("pk")).values("pk")
    cutoff = rule.kept.ended_before(now)
    rows = history._base_manager.exclude(pgh_obj_id__in=here).filter(Q(**{f"{rule.ends}__lte": cutoff}))
    if not deletes:
        return int(rows.count())
    with transaction.atomic(), pgtrigger.ignore():
        return int(rows._raw_delete(rows.db))


def _of_table(rule: TableRule, now: datetime, *, deletes: bool) -> int:
    """Count or delete rows of a table without a model: the cache."""
    names = {"table": sql.Identifier(rule.name), "ends": sql.Identifier(rule.ends)}
    action = "DELETE FROM {table} WHERE {ends} <= %s" if deletes else "SELECT COUNT(*) FROM {table} WHERE {ends} <= %s"
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(action).format(**names).as_string(cursor.connection), [rule.kept.ended_before(now)])
        return int(cursor.rowcount if deletes else cursor.fetchone()[0])
