"""Roles: the groups of staff with their exact permissions, and the rights of the database role `app`.

Two database roles exist (docs/architecture.md): the owner migrates, restores and erases; the app role runs web and
worker, owns no table, and can add to the history and to the log but never change or remove what stands there.
"""

from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.db.models import Q
from psycopg import sql

PHYSIOTHERAPISTS = "Physiotherapists"
MANAGERS = "Clinic managers"
AUDITORS = "Auditors"
PHYSIOTHERAPIST_PERMISSIONS = frozenset(
    {
        "accounts.add_patient",
        "accounts.change_patient",
        "accounts.view_patient",
        "accounts.audit_patient",
        "accounts.view_clinicsettings",
        "accounts.view_invitation",
        "accounts.add_invitation",
        "accounts.change_invitation",
        "accounts.view_consent",
        "accounts.view_datarequest",
        "accounts.change_datarequest",
        "exercises.view_programme",
        "exercises.add_programme",
        "exercises.view_programmeversion",
        # Drafts and everything in them, publishing, and moving patients over.
        "exercises.change_programmeversion",
        "exercises.view_stage",
        "exercises.add_prescription",
        "exercises.change_prescription",
        "exercises.view_prescription",
        "exercises.view_prescriptionpause",
        "exercises.view_decision",
        "exercises.view_eligibility",
        "progress.view_exercisesession",
        "progress.enter_paper",
        "progress.view_exerciseset",
        "progress.view_rep",
        "progress.view_repconflict",
        "progress.view_painrating",
        "progress.view_redflagreport",
        "progress.view_correction",
        "progress.view_morningcheck",
        "progress.view_weeklycheck",
        "progress.view_redflagsign",
        "progress.clear_redflagreport",
        "progress.view_alert",
        "progress.change_alert",
        "progress.view_alertevidence",
        "progress.view_stagerequest",
        "progress.change_stagerequest",
        "progress.view_readinessevaluation",
        "progress.view_readinesscriterion",
        "progress.view_ruleset",
        "progress.add_ruleset",
        "progress.view_message",
        "progress.add_message",
    }
)
# Who works here, what the clinic tells its patients, and who saw and did what. Nothing clinical: what a patient's page,
# list or thread shows needs a permission that is not here.
MANAGER_PERMISSIONS = frozenset(
    {
        "accounts.view_user",
        "accounts.add_user",
        "accounts.change_user",
        "accounts.view_clinicsettings",
        "accounts.add_clinicsettings",
        "accounts.change_clinicsettings",
        "accounts.view_accesslog",
        "accounts.audit_patient",
    }
)
AUDITOR_PERMISSIONS = frozenset({"accounts.view_accesslog", "accounts.audit_patient"})
ROLES = {
    PHYSIOTHERAPISTS: PHYSIOTHERAPIST_PERMISSIONS,
    MANAGERS: MANAGER_PERMISSIONS,
    AUDITORS: AUDITOR_PERMISSIONS,
}
READ_ONLY_TABLES = ("django_migrations", "privacy_erasure")
APPEND_ONLY_TABLES = (
    "accounts_accesslog",
    "accounts_consent",
    "django_admin_log",
    "exercises_eligibility",
    "progress_alertevidence",
    "progress_correction",
    "progress_readinesscriterion",
    "progress_readinessevaluation",
    "progress_ruleset",
)
HISTORY_SUFFIX = "event"


def sync_roles() -> list[Group]:
    """Give each group exactly the permissions written above, no more and no fewer; return the groups."""
    return [_sync(name, permissions) for name, permissions in ROLES.items()]


def _sync(name: str, permissions: frozenset[str]) -> Group:
    wanted = Q()
    for permission in permissions:
        app_label, codename = permission.split(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    group, _created = Group.objects.get_or_create(name=name)
    group.permissions.set(Permission.objects.filter(wanted))
    return group


def grant_to_app_role(role: str) -> None:
    """Let the app role read and write rows, but not change history, log or schema. Runs as the owner.

    The role has to exist. Running it again ends in the same rights.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        append_only = {table for table in tables if table.endswith(HISTORY_SUFFIX)} | set(APPEND_ONLY_TABLES)
        identifier = sql.Identifier(role)
        statements = [
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}").format(role=identifier),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {role}").format(role=identifier),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}").format(role=identifier),
        ]
        for table in sorted(tables):
            rights = "SELECT, INSERT, UPDATE, DELETE"
            if table in append_only:
                rights = "SELECT, INSERT"
            if table in READ_ONLY_TABLES:
                rights = "SELECT"
            statements.append(
                sql.SQL("GRANT {rights} ON {table} TO {role}").format(
                    rights=sql.SQL(rights), table=sql.Identifier(table), role=identifier
                )
            )
        for statement in statements:
            cursor.execute(statement.as_string(cursor.connection))
