"""The groups of staff, and what the database lets the app role do."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from kneecoach.accounts.roles import AUDITORS, MANAGERS, PHYSIOTHERAPISTS, grant_to_app_role, sync_roles
from tests.factories import make_auditor, make_manager

PHYSIOTHERAPIST = [
    "accounts.add_invitation",
    "accounts.add_patient",
    "accounts.audit_patient",
    "accounts.change_datarequest",
    "accounts.change_invitation",
    "accounts.change_patient",
    "accounts.view_clinicsettings",
    "accounts.view_consent",
    "accounts.view_datarequest",
    "accounts.view_invitation",
    "accounts.view_patient",
    "exercises.add_prescription",
    "exercises.add_programme",
    "exercises.change_prescription",
    "exercises.change_programmeversion",
    "exercises.view_decision",
    "exercises.view_eligibility",
    "exercises.view_prescription",
    "exercises.view_prescriptionpause",
    "exercises.view_programme",
    "exercises.view_programmeversion",
    "exercises.view_stage",
    "progress.add_message",
    "progress.add_ruleset",
    "progress.change_alert",
    "progress.change_stagerequest",
    "progress.clear_redflagreport",
    "progress.enter_paper",
    "progress.view_alert",
    "progress.view_alertevidence",
    "progress.view_correction",
    "progress.view_exercisesession",
    "progress.view_exerciseset",
    "progress.view_message",
    "progress.view_morningcheck",
    "progress.view_painrating",
    "progress.view_readinesscriterion",
    "progress.view_readinessevaluation",
    "progress.view_redflagreport",
    "progress.view_redflagsign",
    "progress.view_rep",
    "progress.view_repconflict",
    "progress.view_ruleset",
    "progress.view_stagerequest",
    "progress.view_weeklycheck",
]
MANAGER = [
    "accounts.add_clinicsettings",
    "accounts.add_user",
    "accounts.audit_patient",
    "accounts.change_clinicsettings",
    "accounts.change_user",
    "accounts.view_accesslog",
    "accounts.view_clinicsettings",
    "accounts.view_user",
]
AUDITOR = ["accounts.audit_patient", "accounts.view_accesslog"]
PERMISSIONS = {PHYSIOTHERAPISTS: PHYSIOTHERAPIST, MANAGERS: MANAGER, AUDITORS: AUDITOR}
READ, ADD, ALL = ["SELECT"], ["INSERT", "SELECT"], ["DELETE", "INSERT", "SELECT", "UPDATE"]
HISTORY = [
    "accounts_clinicsettingsevent",
    "accounts_datarequestevent",
    "accounts_invitationevent",
    "accounts_patientevent",
    "accounts_userevent",
    "accounts_userroleevent",
    "exercises_decisionevent",
    "exercises_eligibilityevent",
    "exercises_prescriptionevent",
    "exercises_prescriptionpauseevent",
    "exercises_programmeevent",
    "exercises_programmetextevent",
    "exercises_programmetranslationevent",
    "exercises_programmeversionevent",
    "exercises_repphaseevent",
    "exercises_stageevent",
    "exercises_stagerequirementevent",
    "exercises_tipevent",
    "progress_alertevent",
    "progress_exercisesessionevent",
    "progress_exercisesetevent",
    "progress_messageevent",
    "progress_morningcheckevent",
    "progress_painratingevent",
    "progress_redflagreportevent",
    "progress_redflagsignevent",
    "progress_repconflictevent",
    "progress_repevent",
    "progress_stagerequestevent",
    "progress_weeklycheckevent",
]
APPEND_ONLY = [
    *HISTORY,
    "accounts_accesslog",
    "accounts_consent",
    "django_admin_log",
    "exercises_eligibility",
    "progress_alertevidence",
    "progress_correction",
    "progress_readinesscriterion",
    "progress_readinessevaluation",
    "progress_ruleset",
]
RIGHTS = dict.fromkeys(APPEND_ONLY, ADD) | {"django_migrations": READ, "privacy_erasure": READ}
SOME_OTHERS = ["accounts_patient", "accounts_user", "django_session", "kneecoach_cache", "progress_rep"]

RIGHTS_NOW = """
    SELECT relname, array_remove(array_agg(privilege_type::text ORDER BY privilege_type::text), NULL)
    FROM pg_class LEFT JOIN aclexplode(relacl) ON grantee = %s::regrole
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
    GROUP BY relname
"""


def permissions_of(group: Group) -> list[str]:
    """Return the permissions of a group as Django names them."""
    name = Concat(F("content_type__app_label"), Value("."), F("codename"))
    return sorted(group.permissions.annotate(full=name).values_list("full", flat=True))


def rights_of(role: str) -> dict[str, list[str]]:
    """Return what a role may do with each table."""
    with connection.cursor() as cursor:
        cursor.execute(RIGHTS_NOW, [role])
        return dict(cursor.fetchall())


def run(statement: str) -> list[tuple[object, ...]]:
    """Run one statement as whoever is connected; what it changed is kept if it was allowed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


# --- the groups ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("role", PERMISSIONS)
def test_each_role_has_exactly_these_permissions(role):
    assert permissions_of(Group.objects.get(name=role)) == PERMISSIONS[role]


@pytest.mark.django_db
def test_there_are_no_other_groups():
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(PERMISSIONS)


@pytest.mark.django_db
@pytest.mark.parametrize("role", PERMISSIONS)
def test_sync_roles_takes_back_what_was_added_and_gives_what_was_lost(role):
    group = Group.objects.get(name=role)
    group.permissions.add(Permission.objects.get(codename="delete_patient"))
    group.permissions.remove(Permission.objects.get(codename="audit_patient"))
    Group.objects.create(name="Others").permissions.add(Permission.objects.get(codename="delete_patient"))

    synced = [sync_roles(), sync_roles()]

    assert [[made.name for made in groups] for groups in synced] == [list(PERMISSIONS)] * 2
    assert {made.name: permissions_of(made) for made in synced[0]} == PERMISSIONS
    assert permissions_of(Group.objects.get(name="Others")) == ["accounts.delete_patient"]


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make_manager, make_auditor])
def test_manager_and_auditor_have_nothing_clinical(make):
    user = make()

    allowed = user.get_all_permissions()

    clinical = {name for name in allowed if name.startswith(("exercises.", "progress."))}
    assert (
        clinical | (allowed & {"accounts.view_patient", "accounts.view_invitation", "accounts.view_consent"}) == set()
    )


@pytest.mark.django_db
def test_physiotherapist_may_change_nothing_that_patients_record(physiotherapist):
    records = ("exercisesession", "exerciseset", "rep", "painrating", "redflagreport")

    allowed = [
        f"{verb}_{model}"
        for model in records
        for verb in ("add", "change", "delete", "view")
        if physiotherapist.has_perm(f"progress.{verb}_{model}")
    ]

    assert allowed == [f"view_{model}" for model in records]


# --- the app role --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_app_role_is_the_one_that_tests_run_as(django_db_setup):
    assert run("SELECT current_user::text, session_user::text") == [(django_db_setup.app, django_db_setup.app)]


@pytest.mark.django_db
def test_app_role_owns_nothing_and_has_no_powers(django_db_setup):
    app = django_db_setup.app

    owned = run(f"SELECT relname FROM pg_class WHERE relowner = '{app}'::regrole")  # noqa: S608 -- our own role
    powers = run(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, has_schema_privilege('public', 'CREATE'), "
        "has_database_privilege(current_database(), 'CREATE') FROM pg_roles WHERE rolname = current_user"
    )
    roles = run("SELECT rolname FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')")

    assert owned == []
    assert powers == [(False,) * 6]
    assert roles == [(app,)]


@pytest.mark.django_db
def test_app_role_has_exactly_these_rights_on_every_table(django_db_setup):
    rights = rights_of(django_db_setup.app)

    assert rights == {table: RIGHTS.get(table, ALL) for table in rights}
    assert set(rights) >= {*RIGHTS, *SOME_OTHERS}
    assert sorted(table for table in rights if table.endswith("event")) == HISTORY


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.django_db
def test_app_role_history_and_log_only_grow(table, statement):
    column = "pgh_id" if table in HISTORY else "id"

    with pytest.raises(ProgrammingError, match=f"permission denied for table {table}"):
        run(statement.format(table, column, column))


@pytest.mark.parametrize("table", SOME_OTHERS)
@pytest.mark.django_db
def test_app_role_truncates_nothing(table):
    with pytest.raises(ProgrammingError, match=f"permission denied for table {table}"):
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE progress_rep",
        "ALTER TABLE accounts_accesslog DISABLE TRIGGER ALL",
        "CREATE TABLE loot (id int)",
        "DELETE FROM django_migrations",
        "SET session_replication_role = replica",
    ],
)
@pytest.mark.django_db
def test_app_role_changes_no_schema_and_gets_round_no_trigger(statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(statement)


@pytest.mark.django_db
def test_app_role_writes_history_through_triggers(patient):
    patient.name = "Anna Changed"
    patient.save()

    assert list(patient.events.order_by("pgh_id").values_list("pgh_label", "name")) == [
        ("insert", "Anna Knee"),
        ("update", "Anna Changed"),
    ]


# --- granting ------------------------------------------------------------------------------------------------------
def test_grant_to_app_role_again_ends_in_the_same_rights(as_owner):
    before = rights_of(as_owner)

    grant_to_app_role(as_owner)
    once = rights_of(as_owner)
    grant_to_app_role(as_owner)

    assert once == rights_of(as_owner) == before
    assert before["accounts_accesslog"] == ADD


def test_grant_to_app_role_takes_back_what_was_too_much(as_owner):
    before = rights_of(as_owner)
    run(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {as_owner}")
    too_much = rights_of(as_owner)

    grant_to_app_role(as_owner)

    assert rights_of(as_owner) == before
    assert [table for table in before if set(too_much[table]) <= set(before[table])] == []


def test_grant_to_app_role_reaches_a_new_table(as_owner):
    run("CREATE TABLE progress_novelty (id int)")
    run("CREATE TABLE progress_noveltyevent (id int)")

    grant_to_app_role(as_owner)

    rights = rights_of(as_owner)
    assert (rights["progress_novelty"], rights["progress_noveltyevent"]) == (ALL, ADD)


def test_prepare_database_again_changes_nothing(as_owner, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_APP_ROLE", as_owner)
    before = rights_of(as_owner)

    call_command("prepare_database", verbosity=0)

    assert rights_of(as_owner) == before
    assert {role: permissions_of(Group.objects.get(name=role)) for role in PERMISSIONS} == PERMISSIONS
    assert capsys.readouterr().out == "The database is ready.\n"
