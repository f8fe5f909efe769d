"""Who was given which role, and who lost one: from the history that the database writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group

from kneecoach.accounts.models import User, UserRole
from kneecoach.desk.audit.tables import events_of
from kneecoach.desk.audit.words import Names, who_words

MOST = 20


@dataclass(frozen=True)
class RoleGiven:
    """One role that was given or, unless `is_given`, taken back."""

    at: datetime
    whom: str
    role: str
    who: str
    is_given: bool


def load_roles_given() -> list[RoleGiven]:
    """Return the newest twenty. Three queries."""
    rows: list[Any] = list(events_of(UserRole)._base_manager.order_by("-pgh_id")[:MOST])
    roles = Group.objects.in_bulk([row.group_id for row in rows])
    actors = {row.pgh_id: (row.pgh_context or {}).get("user") for row in rows}
    names = Names.of([(User, key) for key in actors.values()], [(User, row.user_id) for row in rows])
    return [
        RoleGiven(
            at=row.pgh_created_at,
            whom=names.name(User, row.user_id),
            role=roles[row.group_id].name if row.group_id in roles else "–",
            who=who_words(actors[row.pgh_id], names),
            is_given=row.pgh_label == "insert",
        )
        for row in rows
    ]
