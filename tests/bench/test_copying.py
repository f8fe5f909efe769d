"""One life, replayed through the services and written with COPY, leaves equal rows: the benchmark measures real ones."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction
from pghistory.models import Event

from exercises.models import Programme, Stage
from kneecoach.accounts.models import Patient, User
from kneecoach.demo.life import live
from kneecoach.demo.people import Decision, Person, Said, Turn, Wish
from kneecoach.demo.replay import load_stages, replay
from progress.models import ExerciseSession, Rep, RuleSet, StageRequest
from tests.bench.copying import Writer
from tests.factories import a_moment, make_physiotherapist

NOW = a_moment("2026-11-25 21:30")
# Everything that a life may hold, in two weeks.
EVE = Person(
    name="Eve Rything",
    email="eve@example.org",
    story="everything happens to her",
    age=31,
    side="both",
    decisions=(
        Decision(16, 1, note="Slowly."),
        Decision(9, 1, reps=11, sessions_per_day=1),
        Decision(7, 2),
        Decision(7, 1, is_mastered=True),
        Decision(2, 2, is_mastered=True),
        Decision(2, 3, depth=1),
    ),
    comes=(0.15, 0.3),
    pain=(2, 3, 6),
    pain_rise=(1, 3),
    shaky_days=(0.5,),
    feels_it=(0.5,),
    morning_after=(0, 3),
    swelling=(0, 2.4),
    change=(0, -1),
    preset="strict",
    looked_at=(5,),
    said=(Said(8, "It clicks."), Said(7, "Clicking is fine.", is_from_patient=False), Said(1, "It hurts.")),
    wishes=(
        Wish(10, "vmo-2", "May I?", declined_days_ago=9, answer="Not yet."),
        Wish(4, "vmo-3", "And now?"),
    ),
    turns={
        (13, "morning"): Turn.CORRECTED,
        (12, "evening"): Turn.LEFT_OPEN,
        (11, "evening"): Turn.BROKEN_OFF,
        (10, "extra"): Turn.EXTRA,
        (6, "evening"): Turn.ON_PAPER,
        (3, "evening"): Turn.STOPPED_FOR_PAIN,
        (1, "morning"): Turn.EXTRA,
        (0, "morning"): Turn.RED_FLAG,
    },
)
# Five weeks on one stage, with limits of her own and an alert that is closed meanwhile.
LEA = Person(
    name="Lea Long",
    email="lea@example.org",
    story="stays on a stage for long",
    age=44,
    side="left",
    decisions=(Decision(34, 1), Decision(31, 1, reps=11)),
    comes=(0.3, 0.5),
    pain=(2, 3, 7),
    preset="strict",
    looked_at=(3,),
    turns={(2, "evening"): Turn.ON_PAPER},
)
# Their keys come with the facts, or were there before.
KNOWN_BY_KEY: tuple[type[models.Model], ...] = (Patient, ExerciseSession, Rep, StageRequest, Stage, Programme)
# The other keys are counted by the database or minted by a service, never the same twice: they are left out, and what
# refers to such a row is compared with the columns of that row. Of messages, the note of a session entered later is one.
HAS_OWN_KEY = ("accounts_patient", "progress_exercisesession", "progress_rep", "progress_stagerequest")

Rows = dict[str, list[str]]


@pytest.mark.django_db
@pytest.mark.parametrize("person", [EVE, LEA], ids=lambda person: person.name)
def test_copied_rows_are_the_rows_of_the_services(settings, person):
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True
    physiotherapist, password_hash = make_physiotherapist(), make_password("never used")
    stages = load_stages()
    life = live(person, stages, RuleSet.objects.of_clinic()[0].values, now=NOW)
    with transaction.atomic():
        replay(life, physiotherapist=physiotherapist, password_hash=password_hash)
        replayed = rows_of(life.account.id)
        transaction.set_rollback(True)
    assert not Patient.objects.exists()

    writer = Writer(physiotherapist=physiotherapist, password_hash=password_hash, stages=stages)
    with connection.cursor() as cursor:
        writer.write_all([life], cursor.cursor)

    copied = rows_of(life.account.id)
    if person is EVE:
        assert {name for name, rows in replayed.items() if rows} >= {table.name for table in writer.tables}
    else:
        assert len(replayed["progress_readinessevaluation"]) > 5
    for name, rows in replayed.items():
        assert copied[name] == rows, name


def rows_of(patient_id: Any) -> Rows:
    """Return all rows about a patient, of every table but the change history, each as text without its own number.

    The history tells how a row came about: step by step, or at once.
    """
    found: Rows = {}
    for model in apps.get_models():
        if issubclass(model, Event):
            continue
        for path in paths_to_patient(model):
            rows = model._default_manager.filter(**{path: patient_id})
            found.setdefault(model._meta.db_table, []).extend(sorted(repr(plain(row)) for row in rows))
    return found


def paths_to_patient(model: type[models.Model]) -> Iterator[str]:
    """Return how a row of a model leads to a patient: the first way that there is."""
    if model is Patient:
        yield "pk"
        return
    if model is User:
        yield "patient"
        return
    relations = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    own = [field for field in relations if field.remote_field.model is Patient]
    if own:
        yield own[0].name
        return
    for field in relations:
        if field.remote_field.model is not model and field.remote_field.model is not User:
            for path in paths_to_patient(field.remote_field.model):
                yield f"{field.name}__{path}"
                return


def plain(row: models.Model) -> dict[str, object]:
    """Return the columns of a row; where it refers to one without a lasting key, the columns of that one."""
    values: dict[str, object] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key and row._meta.db_table not in HAS_OWN_KEY:
            continue
        is_reference = isinstance(field, models.ForeignKey) and value is not None
        if is_reference and field.remote_field.model not in KNOWN_BY_KEY:
            value = plain(getattr(row, field.name))
        values[field.name] = value
    return values
