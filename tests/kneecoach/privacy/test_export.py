"""A patient's copy misses nothing that leads to them: by a walk over the schema, column by column."""

import csv
import io
import json
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import ForeignKey, Model
from django.test.utils import CaptureQueriesContext

from kneecoach.accounts.access import log_read
from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.privacy.export import ALL_KINDS, _value, stream_csv, stream_json
from kneecoach.privacy.retention import model_of, stored_models
from kneecoach.privacy.rules import TableRule, load_plan
from tests.cast import Cast, make_cast
from tests.factories import a_moment, make_prescription
from tests.rows import make_history

NOW = a_moment("2026-11-25 08:00")
RULES = {model_of(rule): rule for rule in load_plan().tables if rule.has_model}


def leads_to(wanted: type[Model], model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    """Tell whether a chain of keys leads from a row to a patient or an account."""
    parents = {field.related_model for field in model._meta.concrete_fields if isinstance(field, ForeignKey)}
    return wanted in parents or any(leads_to(wanted, row, seen | {model}) for row in parents - seen - {model, User})


def told() -> set[tuple[type[Model], str]]:
    """Return which columns of which models the export holds."""
    found = set()
    for _name, _about, model, _owner, columns in ALL_KINDS:
        for _column, path, _meaning in columns:
            at: Any = model
            for part in path.split("__"):
                field = at._meta.pk if part == "pk" else at._meta.get_field(part)
                found.add((at, field.attname))
                at = field.related_model
    return found


PEOPLES = [model for model in stored_models() if leads_to(Patient, model) or leads_to(User, model)]


@pytest.mark.parametrize("model", [Patient, User, AccessLog, *PEOPLES], ids=lambda model: model._meta.label)
def test_every_table_with_a_way_to_a_person_is_exported_or_left_out_with_a_reason(model: type[Model]):
    rule = RULES[model]

    assert bool(rule.exported) != (len(rule.not_exported) > 10)
    if rule.exported:
        assert rule.exported in {kind[0] for kind in ALL_KINDS}


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.exported], ids=lambda rule: rule.name)
def test_every_column_is_exported_or_left_out_with_a_reason(rule: TableRule):
    """The column that leads to the patient is in no file: all rows are theirs."""
    model = model_of(rule)
    exported = {name for at, name in told() if at is model}
    columns = {*rule.columns} - {"patient_id"}

    assert columns - exported == set(rule.columns_not_exported)
    assert all(len(reason) > 4 for reason in rule.columns_not_exported.values())


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return two patients with a row of every kind; everything of the other one is a canary."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_cast()


def csv_of(patient: Patient) -> dict[str, list[dict[str, str]]]:
    """Return the files of the archive."""
    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream_csv(patient))))
    return {
        name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))
        for name in archive.namelist()
        if name.endswith(".csv")
    }


@pytest.mark.django_db
def test_both_files_hold_the_same_rows_of_ones_own_and_no_others(cast: Cast):
    said, files = json.loads("".join(stream_json(cast.patient))), csv_of(cast.patient)

    assert said["tables"].keys() == files.keys() == {kind[0] for kind in ALL_KINDS}
    for name, _about, model, owner, columns in ALL_KINDS:
        rows = said["tables"][name]["rows"]
        assert len(rows) == len(files[name]) == model._base_manager.filter(**{owner: cast.patient.pk}).count()
        assert [list(row) for row in rows] == [[column for column, _path, _meaning in columns]] * len(rows)
    texts = f"{said}{files}"
    assert "ownmessage" in texts
    assert not [canary for canary in cast.canaries if canary in texts]
    filled = {name for name, table in said["tables"].items() if table["rows"]}
    assert filled >= {"patient", "account", "passkeys", "looks", "sessions", "repetitions", "pain", "decisions"}


@pytest.mark.django_db
def test_looks_of_staff_stand_in_it(patient: Patient, physiotherapist: User):
    log_read(physiotherapist, patient.pk, "patient", AccessLog.How.PRINT)

    (look,) = json.loads("".join(stream_json(patient)))["tables"]["looks"]["rows"]

    assert (look["who"], look["what"], look["how"]) == ("Petra Physio", "patient", "print")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("2.5"), 2.5),
        (a_moment("2026-11-25 08:00"), "2026-11-25T08:00:00+00:00"),
        (a_moment("2026-11-25 08:00").date(), "2026-11-25"),
        (a_moment("2026-11-25 08:00").time(), "08:00:00"),
    ],
)
def test_values_that_json_has_no_word_for(value: object, written: object):
    assert _value(value) == written


@pytest.mark.django_db
@pytest.mark.parametrize("stream", [stream_csv, stream_json])
def test_queries_do_not_grow_with_rows(patient: Patient, stream: Any):
    prescription = make_prescription(patient=patient, now=a_moment("2026-01-05 10:00"))
    counts = []
    for sessions in (2, 40):
        make_history(
            patient=patient,
            prescription=prescription,
            until=a_moment(f"2026-0{sessions % 7 + 1}-20 08:00"),
            sessions=sessions,
        )
        with CaptureQueriesContext(connection) as queries:
            assert len([*stream(patient)]) > 10
        counts.append(len(queries))

    assert counts[0] == counts[1] == len(ALL_KINDS)
