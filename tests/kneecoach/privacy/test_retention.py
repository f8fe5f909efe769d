"""The retention file and the database say the same; whatever is missing on either side is found."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection

from kneecoach.desk.audit.words import is_free_text
from kneecoach.privacy import checks, retention
from kneecoach.privacy.description import END, START, describe, with_description
from kneecoach.privacy.retention import columns_of, differences, history_of, model_of
from kneecoach.privacy.rules import FILE, BadPlan, Kind, OnErasure, load_plan, parse_plan

TEXT = FILE.read_text(encoding="utf-8")
ROOT = Path(__file__).resolve().parents[3]


def changed(old: str, new: str, text: str = TEXT) -> str:
    """Return the file with one change."""
    assert old in text
    return text.replace(old, new, 1)


def test_every_column_has_a_rule():
    assert differences() == []
    assert run_checks() == []
    assert sum(len(rule.columns) for rule in load_plan().tables) > 300


@pytest.mark.django_db
def test_no_table_of_the_database_is_left_out():
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    ruled = {model_of(rule)._meta.db_table if rule.has_model else rule.name for rule in load_plan().tables}
    models = [model_of(rule) for rule in load_plan().tables if rule.has_model]
    histories = {history._meta.db_table for model in models if (history := history_of(model))}

    assert tables - ruled - histories == {"django_migrations"}
    assert len(histories) > 20


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('texts = ["stop_note"]\n', "", "progress.ExerciseSession.stop_note has no rule"),
        ('texts = ["body"]', 'texts = ["body", "mood"]', "progress.Message.mood has a rule, but is no column"),
        ('model = "progress.Rep"', 'model = "progress.Gone"', "progress.Rep has no rule"),
        ('model = "progress.Rep"', 'model = "progress.Gone"', "progress.Gone has a rule, but no table"),
        ('table = "kneecoach_cache"', 'table = "gone"', "kneecoach_cache has no rule"),
        ('"pgh_created_at", ', "", "progress.RepEvent.pgh_created_at has no rule"),
        (
            'history_erased = "pseudonymise"\n',
            "",
            "exercises.Prescription: history_erased says what happens to a history, where there is one",
        ),
    ],
)
def test_a_difference_is_found(old: str, new: str, found: str):
    assert found in differences(parse_plan(changed(old, new)))


def test_check_tells_a_difference_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    plan = parse_plan(changed('texts = ["stop_note"]\n', ""))
    monkeypatch.setattr(retention, "load_plan", lambda: plan)

    message, of_history = checks.check_every_column_has_a_rule(None)

    assert (message.id, message.msg) == ("kneecoach.E001", "progress.ExerciseSession.stop_note has no rule.")
    assert of_history.msg == "progress.ExerciseSessionEvent.stop_note has no rule."
    assert "retention.toml" in str(message.hint)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('why = "care"', 'why = "fun"', "why fun is not explained"),
        ('seen_by = ["patient"', 'seen_by = ["neighbour"', "neighbour is nobody"),
        ('erased = "delete"', 'erased = "perhaps"', "'perhaps' is not a valid OnErasure"),
        ('kept = "record"', 'kept = "ever"', "'ever'"),
        ('ends = "expires_at"\n', "", "go together"),
        ('deleted_by = "app"', 'deleted_by = "anybody"', "deleted_by is one of"),
        ('exported = "pain"\n', "", "neither exported nor left out"),
        ('texts = ["body"]', 'texts = ["body", "id"]', "a column stands twice"),
        ('model = "progress.Rep"', 'model = "progress.Message"', "progress.Message stands twice"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(old: str, new: str, found: str):
    with pytest.raises(BadPlan, match=found):
        parse_plan(changed(old, new))


def test_check_tells_of_a_file_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retention, "load_plan", lambda: parse_plan(changed('why = "care"', 'why = "fun"')))

    (message,) = checks.check_every_column_has_a_rule(None)

    assert "why fun is not explained" in message.msg


def test_what_people_write_is_marked_as_text():
    """What an auditor sees only the length of is text here as well."""
    for rule in load_plan().tables:
        if not rule.has_model or rule.erased is OnErasure.NONE or not rule.patient:
            continue
        for field in model_of(rule)._meta.concrete_fields:
            if is_free_text(field):
                assert rule.columns[field.attname] is Kind.TEXTS, f"{field}"


def test_rules_hold_for_whatever_the_way_to_the_patient_is():
    for rule in load_plan().tables:
        if rule.patient and rule.has_model:
            model_of(rule)._base_manager.filter(**{rule.patient: "00000000-0000-0000-0000-000000000000"})
        if rule.has_model:
            assert set(rule.columns) == columns_of(model_of(rule))


# --- docs/privacy.md -----------------------------------------------------------------------------------------------
def test_document_is_current():
    text = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")

    assert with_description(text) == text, "manage.py describe_stored_data --write docs/privacy.md"
    assert "| Pain rating: how much a knee hurt at one moment | care | patient, physiotherapist, auditor |" in text


def test_document_without_marks_is_refused():
    assert with_description(f"a{START}old{END}b") == f"a{describe()}b"
    with pytest.raises(ValueError, match="have to stand in it"):
        with_description("nothing")
