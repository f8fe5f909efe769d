"""What migrations do to rows that are there already."""

import importlib
from typing import Any

from tests.factories import make_patient

FURTHER = "SELECT count(*) FROM account_emailaddress"
CLOSED = "SELECT count(*) FROM pg_constraint WHERE conname = 'an_account_has_one_address'"


def test_migration_takes_further_addresses_away_and_closes_the_table(live_db: Any):
    (operation,) = importlib.import_module("kneecoach.accounts.migrations.0011_one_address").Migration.operations
    user = make_patient(email="anna@example.org").user
    assert user
    with live_db.owner_connection() as owner, owner.transaction(force_rollback=True):
        owner.execute(operation.reverse_sql)
        owner.execute(
            'INSERT INTO account_emailaddress (email, verified, "primary", user_id) VALUES (%s, TRUE, TRUE, %s)',
            ["anna.new@example.org", user.pk],
        )
        before = owner.execute(FURTHER).fetchone()
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        owner.execute("SET CONSTRAINTS ALL DEFERRED")

        owner.execute(operation.sql)

        assert (before, owner.execute(FURTHER).fetchone()) == ((1,), (0,))
        assert owner.execute(CLOSED).fetchone() == (1,)
