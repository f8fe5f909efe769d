"""Every table that tells of a patient has a history that only grows, and every row of it leads to the patient."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model
from pghistory.models import Event

from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.desk.audit.tables import ADDED_ONLY, TABLES, WITHOUT_INSERTS, rows_about
from kneecoach.reminders.models import CalendarFeed, PushDevice, Reminder
from tests.cast import Cast, make_cast

# Who looked: the other half of the audit.
OTHER_HALF = {AccessLog}
# What the worker sent, and an address that patients keep to themselves: nobody decides or records anything there. That
# somebody asked for reminders stands in the patient's own row.
NOTHING_DECIDED = {CalendarFeed, PushDevice, Reminder}
TRIGGERS = """
    SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'
"""


def ours() -> list[type[Model]]:
    """Return our own models, without the histories."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.partition(".")[0] in {"kneecoach", "exercises", "progress"} and not issubclass(model, Event)
    ]


def leads_to_patient(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    """Tell whether a key of a row, or of a row that it names, is that of a patient."""
    keys = [field for field in model._meta.get_fields() if isinstance(field, ForeignKey)]
    return any(
        field.related_model is Patient
        or (field.related_model not in {model, User, *seen} and leads_to_patient(field.related_model, seen | {model}))
        for field in keys
    )


def triggers_of(table: str) -> str:
    """Return the names of the triggers of a table that are switched on."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS, [table])
        return " ".join(name for (name,) in cursor.fetchall())


def test_every_table_that_leads_to_a_patient_is_in_the_audit():
    clinical = {model for model in ours() if leads_to_patient(model)} - OTHER_HALF - NOTHING_DECIDED

    assert clinical | {Patient, User} == set(TABLES)
    assert len(TABLES) == len(set(TABLES))


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_each_table_has_its_history_by_trigger(model: Any):
    on_table = triggers_of(model._meta.db_table)

    if model in ADDED_ONLY:
        assert "append_only" in on_table
        return
    wanted = {"insert", "update", "delete"} - ({"insert"} if model in WITHOUT_INSERTS else set())
    assert {name for name in ("insert", "update", "delete") if f"pgtrigger_{name}_{name}" in on_table} >= wanted
    assert "append_only" in triggers_of(model.pgh_event_model._meta.db_table)


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return two patients with a row of every kind."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    return make_cast()


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_rows_are_found_and_only_those_of_the_patient(cast: Cast, model: type[Model]):
    own, others = (set(rows_about(model, who.pk).values_list("pk", flat=True)) for who in (cast.patient, cast.other))

    if model not in WITHOUT_INSERTS:
        everything = model._base_manager if model in ADDED_ONLY else model.pgh_event_model._base_manager  # type: ignore[attr-defined]
        assert own | others <= set(everything.values_list("pk", flat=True))
    assert not own & others
    assert bool(own) == bool(others)
