"""Migrations run while the older version serves: what they must not do to a table that grows with every session.

Those up to LAST_BEFORE_RELEASE never met a clinic's data. For the others the statements are read that PostgreSQL will get.
"""

import re
from collections.abc import Iterable

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

LAST_BEFORE_RELEASE = {"accounts": 10, "exercises": 7, "privacy": 1, "progress": 15, "reminders": 3}
GROWING = (
    *("progress_rep", "progress_repevent", "progress_exerciseset", "progress_exercisesetevent", "progress_painrating"),
    *("progress_painratingevent", "progress_exercisesession", "progress_exercisesessionevent", "accounts_accesslog"),
    *("progress_readinessevaluation", "progress_readinesscriterion", "reminders_reminder", "pghistory_context"),
)
TABLE = rf'"?(?:{"|".join(GROWING)})"?'
ALTER = rf"ALTER TABLE (?:ONLY |IF EXISTS )*{TABLE} .*"
FORBIDDEN = {
    "an index shuts out whoever writes: AddIndexConcurrently": rf"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).* ON {TABLE}",
    "dropping an index waits and shuts out: RemoveIndexConcurrently": r"DROP INDEX (?!CONCURRENTLY)",
    "another type writes every row anew: a new column": rf"{ALTER}ALTER COLUMN \S+ (?:SET DATA )?TYPE ",
    "a default for each row writes every row anew": rf"{ALTER}ADD COLUMN .*DEFAULT \(?(?:gen_random_uuid|random|clock_)",
    "reads every row: a check NOT VALID first, validated later": rf"{ALTER}SET NOT NULL",
    "reads every row: NOT VALID, and VALIDATE CONSTRAINT in one that is not atomic": (
        rf"{ALTER}ADD CONSTRAINT (?!.*(?:NOT VALID|USING INDEX)).*"
    ),
    "the older version leaves the column out: db_default": rf"{ALTER}ALTER COLUMN \S+ DROP DEFAULT",
    "the older version still asks for it: leave it for one release": rf"{ALTER}(?:DROP COLUMN|RENAME)",
}


def complaints(statements: Iterable[str]) -> list[str]:
    """Return what these statements would do to those who record meanwhile."""
    return [
        f"{why}: {' '.join(statement.split())}"
        for statement in statements
        for why, pattern in FORBIDDEN.items()
        if re.search(pattern, " ".join(statement.split()), re.IGNORECASE)
    ]


def statements_of(app: str, name: str) -> list[str]:
    """Return what a migration says to PostgreSQL."""
    loader = MigrationLoader(connection, replace_migrations=False)
    return list(loader.collect_sql([(loader.graph.nodes[app, name], False)]))


def test_migrations_since_the_release_shut_nobody_out(live_db):
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    later = [
        (app, name)
        for app, name in sorted(known)
        if app in LAST_BEFORE_RELEASE and int(name[:4]) > LAST_BEFORE_RELEASE[app]
    ]

    assert {(app, name): found for app, name in later if (found := complaints(statements_of(app, name)))} == {}


@pytest.mark.parametrize(("name", "is_fine"), [("0015_worklist_indexes", True), ("0009_minimum_of_a_set", False)])
def test_statements_of_a_real_migration_are_read(live_db, name: str, is_fine: bool):  # noqa: FBT001 -- a parameter
    statements = statements_of("progress", name)

    assert any("progress_" in statement for statement in statements)
    assert (complaints(statements) == []) is is_fine


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX "a" ON "progress_rep" ("done_at")',
        'CREATE UNIQUE INDEX "a" ON progress_rep ("done_at")',
        'DROP INDEX IF EXISTS "a"',
        'ALTER TABLE "progress_rep" ALTER COLUMN "number" TYPE integer USING "number"::integer',
        "ALTER TABLE progress_rep ADD COLUMN code uuid NOT NULL DEFAULT gen_random_uuid()",
        'ALTER TABLE "progress_rep" ALTER COLUMN "held_ms" SET NOT NULL',
        'ALTER TABLE "progress_rep" ADD CONSTRAINT "a" CHECK ("number" > 0)',
        'ALTER TABLE "progress_rep" ADD CONSTRAINT "a" FOREIGN KEY ("b") REFERENCES "c" ("id") DEFERRABLE',
        'ALTER TABLE "progress_rep" ADD CONSTRAINT "a" UNIQUE ("b")',
        'ALTER TABLE "progress_rep" ALTER COLUMN "b" DROP DEFAULT',
        'ALTER TABLE "progress_rep" DROP COLUMN "b" CASCADE',
        'ALTER TABLE "progress_rep" RENAME COLUMN "b" TO "c"',
    ],
)
def test_what_shuts_out_is_found(statement: str):
    assert len(complaints([statement])) == 1


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX CONCURRENTLY "a" ON "progress_rep" ("done_at")',
        'DROP INDEX CONCURRENTLY IF EXISTS "a"',
        "ALTER TABLE progress_rep ADD COLUMN leg varchar(5) NOT NULL DEFAULT ''",
        'ALTER TABLE "progress_rep" ADD COLUMN "b" bigint NULL',
        "ALTER TABLE progress_rep ADD CONSTRAINT a CHECK (leg IN ('', 'left')) NOT VALID",
        "ALTER TABLE progress_rep VALIDATE CONSTRAINT a",
        'ALTER TABLE "progress_rep" ADD CONSTRAINT "a" UNIQUE USING INDEX "b"',
        'CREATE INDEX "a" ON "accounts_clinicsettings" ("name")',
        'ALTER TABLE "accounts_clinicsettings" ALTER COLUMN "name" SET NOT NULL',
    ],
)
def test_what_shuts_nobody_out_is_left(statement: str):
    assert complaints([statement]) == []
