"""What the database itself refuses: every bound at its edge and beyond, and any change of what is published."""

from datetime import date

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction

from exercises.models import (
    DOSE_FIELDS,
    Prescription,
    PrescriptionPause,
    ProgrammeText,
    ProgrammeTranslation,
    ProgrammeVersion,
    RepPhase,
    Stage,
    StageRequirement,
    Tip,
)
from tests.factories import a_moment, make_prescription, stage

NOW = a_moment("2026-11-25 15:00")
DOSES = [
    ({"reps_min": 1}, True),
    ({"reps_min": 0}, False),
    ({"reps_max": 30}, True),
    ({"reps_max": 31}, False),
    ({"reps_min": 30, "reps_max": 30, "reps_target": 30}, True),
    ({"reps_min": 12, "reps_max": 11, "reps_target": 12}, False),
    ({"reps_target": 9}, False),
    ({"reps_target": 20}, True),
    ({"reps_target": 21}, False),
    ({"hold_min_seconds": 1, "hold_target_seconds": 1}, True),
    ({"hold_min_seconds": 0, "hold_target_seconds": 1}, False),
    ({"hold_max_seconds": 30, "hold_target_seconds": 30}, True),
    ({"hold_max_seconds": 31}, False),
    ({"hold_min_seconds": 6}, False),
    ({"hold_target_seconds": 2}, False),
    ({"hold_target_seconds": 6}, False),
    ({"sessions_per_day": 1}, True),
    ({"sessions_per_day": 0}, False),
    ({"sessions_per_day": 2}, True),
    ({"sessions_per_day": 3}, False),
]

pytestmark = pytest.mark.django_db


def is_taken(make) -> bool:
    """Tell whether the database takes what `make` writes."""
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return False
    return True


def make_draft() -> ProgrammeVersion:
    return ProgrammeVersion.objects.create(programme=stage(1).version.programme, number=2)


def make_draft_stage(*, version: ProgrammeVersion | None = None, **columns: object) -> Stage:
    copy = stage(1)
    copy.pk = None
    copy.version = version or make_draft()
    for column, value in columns.items():
        setattr(copy, column, value)
    copy.save(force_insert=True)
    return copy


def insert_prescription(patient, physiotherapist, **columns: object) -> Prescription:
    """Write past the service."""
    values = {field: getattr(stage(1), field) for field in DOSE_FIELDS} | {
        "patient": patient,
        "stage": stage(1),
        "programme": stage(1).version.programme,
        "stage_key": "vmo-1",
        "side": "left",
        "starts_on": date(2026, 11, 25),
        "prescribed_by": physiotherapist,
        "prescribed_at": NOW,
    }
    return Prescription.objects.create(**values | columns)


# --- bounds --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("dose", "expected"), DOSES)
def test_dose_bounds_of_prescription(patient, physiotherapist, dose, expected):
    assert is_taken(lambda: insert_prescription(patient, physiotherapist, **dose)) == expected


@pytest.mark.parametrize(("dose", "expected"), DOSES)
def test_dose_bounds_of_stage(dose, expected):
    assert is_taken(lambda: make_draft_stage(**dose)) == expected


@pytest.mark.parametrize(("seconds", "expected"), [("0.4", False), ("0.5", True), ("60.0", True), ("60.1", False)])
def test_phase_seconds_bounds(seconds, expected):
    row = make_draft_stage()

    assert is_taken(lambda: row.phases.create(order=1, kind="lift", seconds=seconds, cue="Up")) == expected


@pytest.mark.parametrize("kind", RepPhase.Kind.values)
def test_phase_only_an_effort_counts_as_hold(kind):
    row = make_draft_stage()
    expected = kind in {"squeeze", "hold"}

    assert (
        is_taken(lambda: row.phases.create(order=1, kind=kind, seconds=3, cue="Now", counts_as_hold=True)) == expected
    )


@pytest.mark.parametrize(
    ("side", "expected"), [("left", True), ("right", True), ("both", True), ("", False), ("x", False)]
)
def test_prescription_side_known(patient, physiotherapist, side, expected):
    assert is_taken(lambda: insert_prescription(patient, physiotherapist, side=side)) == expected


@pytest.mark.parametrize("left_out", ["ended_on", "ended_at", "ended_by", "end_reason"])
def test_prescription_end_is_whole(patient, physiotherapist, left_out):
    end = {"ended_on": date(2026, 11, 26), "ended_at": NOW, "ended_by": physiotherapist, "end_reason": "stopped"}
    nothing = "" if left_out == "end_reason" else None

    assert is_taken(lambda: insert_prescription(patient, physiotherapist, **end))
    assert not is_taken(lambda: insert_prescription(patient, physiotherapist, **end | {left_out: nothing}))


@pytest.mark.parametrize(("to_on", "expected"), [(None, True), (date(2026, 11, 25), True), (date(2026, 11, 24), False)])
def test_pause_ends_after_start(patient, to_on, expected):
    prescription = make_prescription(patient=patient, now=NOW)

    made = is_taken(
        lambda: PrescriptionPause.objects.create(prescription=prescription, from_on=date(2026, 11, 25), to_on=to_on)
    )

    assert made == expected


def test_stage_numbers_and_keys_unique_in_a_version():
    version = make_draft()
    make_draft_stage(version=version, number=1, key="a")

    assert not is_taken(lambda: make_draft_stage(version=version, number=1, key="b"))
    assert not is_taken(lambda: make_draft_stage(version=version, number=2, key="a"))
    assert not is_taken(lambda: make_draft_stage(version=version, number=0, key="c"))
    assert is_taken(lambda: make_draft_stage(version=version, number=2, key="b"))


def test_version_numbers_unique_and_published_has_a_time():
    programme = stage(1).version.programme

    assert not is_taken(lambda: ProgrammeVersion.objects.create(programme=programme, number=1))
    assert not is_taken(lambda: ProgrammeVersion.objects.create(programme=programme, number=2, status="published"))
    assert not is_taken(lambda: ProgrammeVersion.objects.create(programme=programme, number=2, published_at=NOW))
    assert is_taken(lambda: ProgrammeVersion.objects.create(programme=programme, number=2))


def test_requirement_not_of_itself_and_not_twice():
    version = make_draft()
    one, two = (make_draft_stage(version=version, number=number, key=f"s{number}") for number in (1, 2))

    assert not is_taken(lambda: StageRequirement.objects.create(stage=one, required=one))
    assert is_taken(lambda: StageRequirement.objects.create(stage=two, required=one))
    assert not is_taken(lambda: StageRequirement.objects.create(stage=two, required=one))


# --- what is published ---------------------------------------------------------------------------------------------
def rows_of_the_published_version():
    return {
        "text": ProgrammeText.objects.filter(version=stage(1).version),
        "stage": Stage.objects.filter(version=stage(1).version),
        "requirement": StageRequirement.objects.filter(stage=stage(3)),
        "tip": Tip.objects.filter(stage=stage(1)),
        "phase": RepPhase.objects.filter(stage=stage(1)),
    }


CHANGES = {
    "text": {"body": "New words"},
    "stage": {"title": "New title"},
    "requirement": {"required_id": 0},
    "tip": {"text": "New words"},
    "phase": {"cue": "Now"},
}


def assert_refused_as_published(change) -> None:
    with pytest.raises(IntegrityError, match="version 1 is published and cannot change"), transaction.atomic():
        change()


@pytest.mark.parametrize("table", CHANGES)
def test_published_rows_refuse_update_and_delete(table):
    rows = rows_of_the_published_version()[table]
    before = list(rows.order_by("pk").values())

    assert before
    assert_refused_as_published(lambda: rows.update(**CHANGES[table]))
    assert_refused_as_published(lambda: rows._raw_delete("default"))
    assert list(rows.order_by("pk").values()) == before


@pytest.mark.parametrize("table", CHANGES)
def test_published_version_refuses_new_rows(table):
    published = stage(1)
    new = {
        "text": lambda: ProgrammeText.objects.create(version=published.version, topic="purpose", title="x", body="x"),
        "stage": lambda: make_draft_stage(version=published.version, number=9, key="vmo-9"),
        "requirement": lambda: StageRequirement.objects.create(stage=stage(2), required=published),
        "tip": lambda: Tip.objects.create(stage=published, order=9, kind="tip", text="x"),
        "phase": lambda: RepPhase.objects.create(stage=published, order=9, kind="relax", seconds=3, cue="x"),
    }
    before = {name: rows.count() for name, rows in rows_of_the_published_version().items()}

    assert_refused_as_published(new[table])
    assert {name: rows.count() for name, rows in rows_of_the_published_version().items()} == before


def test_published_rows_cannot_move_in_or_out():
    draft = make_draft_stage(number=9, key="vmo-9")
    tip = Tip.objects.create(stage=draft, order=9, kind="tip", text="x")

    assert_refused_as_published(lambda: Stage.objects.filter(pk=draft.pk).update(version=stage(1).version))
    assert_refused_as_published(lambda: Tip.objects.filter(pk=tip.pk).update(stage=stage(1)))
    assert_refused_as_published(lambda: Stage.objects.filter(pk=stage(1).pk).update(version=draft.version))
    assert_refused_as_published(lambda: Tip.objects.filter(stage=stage(1)).update(stage=draft))


def test_published_version_itself_refuses_update_and_delete():
    rows = ProgrammeVersion.objects.filter(pk=stage(1).version.pk)

    for change in (lambda: rows.update(status="draft", published_at=None), lambda: rows._raw_delete("default")):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change()
    assert rows.get().status == "published"


def test_draft_changes_until_it_is_published():
    row = make_draft_stage()
    tip = row.tips.create(order=1, kind="tip", text="x")

    assert is_taken(lambda: Tip.objects.filter(pk=tip.pk).update(text="y"))
    assert is_taken(
        lambda: ProgrammeVersion.objects.filter(pk=row.version.pk).update(status="published", published_at=NOW)
    )
    assert not is_taken(lambda: Tip.objects.filter(pk=tip.pk).update(text="z"))
    assert not is_taken(tip.delete)


def test_published_version_takes_a_translation():
    version = stage(1).version

    made = ProgrammeTranslation.objects.create(
        version=version, language_code="de", path="stage.vmo-1.title", text="Drücken im Sitzen"
    )

    assert list(version.translations.all()) == [made]
    assert not is_taken(
        lambda: ProgrammeTranslation.objects.create(
            version=version, language_code="de", path="stage.vmo-1.title", text="Noch einmal"
        )
    )


# --- prescriptions -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "value"),
    [
        *((field, 11) for field in ("reps_min", "reps_max", "reps_target")),
        *((field, 4) for field in ("hold_min_seconds", "hold_max_seconds", "hold_target_seconds")),
        ("sessions_per_day", 1),
        ("side", "both"),
        ("starts_on", date(2026, 11, 26)),
        ("stage_key", "vmo-2"),
    ],
)
def test_prescription_dose_is_never_updated(patient, column, value):
    prescription = make_prescription(patient=patient, now=NOW, reps_target=12, reps_max=15, hold_target_seconds=5)
    before = Prescription.objects.values().get(pk=prescription.pk)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Prescription.objects.filter(pk=prescription.pk).update(**{column: value})

    assert Prescription.objects.values().get(pk=prescription.pk) == before


def test_prescription_one_active_per_patient_and_stage(patient, other_patient, physiotherapist):
    insert_prescription(patient, physiotherapist)

    assert not is_taken(lambda: insert_prescription(patient, physiotherapist))
    assert not is_taken(lambda: insert_prescription(patient, physiotherapist, side="right"))
    assert is_taken(lambda: insert_prescription(other_patient, physiotherapist))
    assert is_taken(lambda: insert_prescription(patient, physiotherapist, stage=stage(2), stage_key="vmo-2"))


def test_prescription_keeps_its_history(patient, physiotherapist):
    prescription = make_prescription(patient=patient, now=NOW)
    Prescription.objects.filter(pk=prescription.pk).update(note="Slowly.")

    events = apps.get_model("exercises", "PrescriptionEvent").objects.filter(pgh_obj=prescription).order_by("pgh_id")

    assert [(row.pgh_label, row.note) for row in events] == [("insert", ""), ("update", "Slowly.")]
