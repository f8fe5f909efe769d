"""What a newer version adds, while everybody goes on: an index, a column, and a rule for it."""

from typing import Any

import psycopg

INDEX, COLUMN = "chaos_rep_received_at", "chaos_leg"


def take_back(owner: psycopg.Connection[Any]) -> None:
    """Be the older version again."""
    owner.execute(f"DROP INDEX IF EXISTS {INDEX}")
    owner.execute(f"ALTER TABLE progress_rep DROP COLUMN IF EXISTS {COLUMN}")
    owner.execute("DELETE FROM django_migrations WHERE app = 'newer'")
