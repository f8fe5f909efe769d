"""What only the owner of the tables may delete, as a function in the database that the worker may call.

The app role can remove nothing from log and history. The function can, because it runs as the owner, who made it: rows whose
period is over by the database's own clock, and no others. So they go by themselves, and whoever breaks into the site can
still rewrite nothing.
"""

from collections.abc import Iterator
from datetime import datetime

import pgtrigger
from django.db import connection, transaction
from psycopg import sql

from kneecoach.privacy.retention import history_of, model_of
from kneecoach.privacy.rules import TableRule, load_plan

OWNER = "owner"
MAKE = """
    CREATE OR REPLACE FUNCTION public.delete_what_is_over(asked timestamptz) RETURNS TABLE (what text, count bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS {body}
"""
CLOSE = "REVOKE ALL ON FUNCTION public.delete_what_is_over FROM PUBLIC"
OPEN = "GRANT EXECUTE ON FUNCTION public.delete_what_is_over TO {role}"
CALL = "SELECT what, count FROM public.delete_what_is_over(%s)"
# An hour is an hour, whatever the zone of the connection.
IS_OVER = "{ends} <= least(asked, now()) - make_interval(hours => 24 * {days})"
OF_NOTHING = " AND NOT EXISTS (SELECT FROM public.{table} AS kept WHERE kept.{key} = pgh_obj_id)"


def let_role_delete_what_is_over(role: str) -> None:
    """Make the function as the retention file says, and let a role call it. Runs as the owner; again ends in the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        body = sql.Literal(_body().as_string(cursor.connection))
        for statement in (
            sql.SQL(MAKE).format(body=body),
            sql.SQL(CLOSE),
            sql.SQL(OPEN).format(role=sql.Identifier(role)),
        ):
            cursor.execute(statement.as_string(cursor.connection))


def delete_as_owner(now: datetime) -> list[tuple[str, int]]:
    """Delete what is over at an instant that has passed; returns what, and how many rows.

    A later instant than that of the database's clock counts as that one.
    """
    with transaction.atomic(), pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute(CALL, [now])
        return [(str(what), int(count)) for what, count in cursor.fetchall()]


def _body() -> sql.Composed:
    named = [(sql.Identifier(f"part{number}"), *part) for number, part in enumerate(_parts())]
    deleting = [sql.SQL("{} AS ({} RETURNING 1)").format(part, deletion) for part, _what, deletion in named]
    counting = [
        sql.SQL("SELECT {}::text, count(*) FROM {}").format(sql.Literal(what), part) for part, what, _deletion in named
    ]
    return sql.SQL("WITH {} {}").format(sql.SQL(", ").join(deleting), sql.SQL(" UNION ALL ").join(counting))


def _parts() -> Iterator[tuple[str, sql.Composed]]:
    """Yield each kind of row that falls to the owner, and the statement that deletes it."""
    for rule in (rule for rule in load_plan().tables if rule.ends and rule.has_model):
        model = model_of(rule)
        history = history_of(model)
        if history:
            names = {"table": sql.Identifier(model._meta.db_table), "key": sql.Identifier(str(model._meta.pk.column))}
            gone = sql.SQL(OF_NOTHING).format(**names)
            yield f"{rule.name}, history", _delete(history._meta.db_table, rule) + gone
        if rule.deleted_by == OWNER:
            yield rule.name, _delete(model._meta.db_table, rule)


def _delete(table: str, rule: TableRule) -> sql.Composed:
    is_over = sql.SQL(IS_OVER).format(ends=sql.Identifier(rule.ends), days=sql.Literal(rule.kept.days))
    return sql.SQL("DELETE FROM public.{} WHERE {}").format(sql.Identifier(table), is_over)
