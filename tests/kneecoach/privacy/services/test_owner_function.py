"""The function that deletes as the owner: who may call it, and that it says what the retention file says.

What it deletes and what it leaves: test_expiring.py.
"""

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from kneecoach.privacy.rules import FILE, parse_plan
from tests.plugins.database import TestDatabase


def test_function_is_the_apps_alone_and_follows_the_file(as_owner: TestDatabase, monkeypatch: pytest.MonkeyPatch):
    query = """
        SELECT array_agg(grantee::regrole::text)
        FROM pg_proc, aclexplode(proacl) WHERE proname = 'delete_what_is_over' AND grantee <> proowner
    """
    text = FILE.read_text(encoding="utf-8").replace("days = 2192", "days = 7305")
    monkeypatch.setattr("kneecoach.privacy.services.owner_function.load_plan", lambda: parse_plan(text))
    with transaction.atomic(), connection.cursor() as cursor:
        call_command("let_worker_delete", as_owner.app)
        cursor.execute(query)
        assert cursor.fetchone()[0] == [as_owner.app]
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'delete_what_is_over'")
        (body,) = cursor.fetchone()
        transaction.set_rollback(True)

    assert body.count("24 * 7305") == 2
    assert "2192" not in body
