"""Version 1 as it was loaded: the source's numbers and order, the gate, and no claim that the evidence does not bear."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.apps import apps

from exercises.models import Programme, ProgrammeText, ProgrammeVersion, Stage, Topic
from exercises.programme_file import load_published, read
from tests.factories import stage

pytestmark = pytest.mark.django_db


def words_of(number: int) -> str:
    """Return everything a patient reads about a stage."""
    row = stage(number)
    tips = row.tips.values_list("text", flat=True)
    return "\n".join((row.title, row.purpose, row.equipment, row.position, row.action, row.progression, *tips)).lower()


def topic(name: str) -> str:
    row = ProgrammeText.objects.get(version=stage(1).version, topic=name)
    return f"{row.title}\n{row.body}".lower()


# --- the numbers of the source -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "column", "expected"),
    [
        (1, "hold_min_seconds", 3),
        (1, "hold_max_seconds", 5),
        (1, "hold_target_seconds", 3),
        (2, "hold_min_seconds", 3),
        (2, "hold_max_seconds", 3),
        (2, "hold_target_seconds", 3),
        (3, "hold_min_seconds", 3),
        (3, "hold_max_seconds", 3),
        (3, "hold_target_seconds", 3),
        *((number, "reps_min", 10) for number in (1, 2, 3)),
        *((number, "reps_max", 20) for number in (1, 2, 3)),
        *((number, "reps_target", 10) for number in (1, 2, 3)),
        *((number, "sessions_per_day", 2) for number in (1, 2, 3)),
    ],
)
def test_dose_of_the_source(number, column, expected):
    assert getattr(stage(number), column) == expected


@pytest.mark.parametrize(
    ("number", "fact"),
    [
        (1, "chair"),
        (1, "football"),
        (1, "wide apart as your hips"),
        (1, "buttocks"),
        (1, "fingers"),
        (1, "the squeeze come from the knees"),
        (2, "on your back"),
        (2, "pillow"),
        (2, "about 30 degrees"),
        (2, "wide apart as your hips"),
        (2, "foot of the weak leg"),
        (2, "straight"),
        (2, "lower the leg slowly"),
        (2, "relax the knee last"),
        (2, "keep squeezing the ball"),
        (2, "the knee stays on the pillow"),
        (3, "wall"),
        (3, "about 10 cm"),
        (3, "wide apart as your hips"),
        (3, "only as far as is comfortable"),
        (3, "squat a little deeper"),
        (3, "if a deeper squat makes your knee pain worse"),
    ],
)
def test_words_of_a_stage_hold_the_fact(number, fact):
    assert fact in words_of(number)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        (Topic.PURPOSE, "vastus medialis oblique"),
        (Topic.PURPOSE, "quadriceps"),
        (Topic.PURPOSE, "outer side"),
        (Topic.SWITCHED_OFF, "out of place"),
        (Topic.FIND_MUSCLE, "upper edge of your kneecap"),
        (Topic.FIND_MUSCLE, "up by one inch"),
        (Topic.FIND_MUSCLE, "then in by one inch"),
        (Topic.FIND_MUSCLE, "down towards the floor"),
        (Topic.FIND_MUSCLE, "a few tries"),
        (Topic.FIND_MUSCLE, "in every exercise"),
        (Topic.WHAT_NEXT, "squats and lunges"),
        (Topic.EVIDENCE, "no hip exercises"),
    ],
)
def test_text_holds_the_fact(name, fact):
    assert fact in topic(name)


@pytest.mark.parametrize("claim", ["target the vmo", "specifically target", "isolate", "improve your tracking", "cure"])
def test_no_text_makes_a_claim_that_evidence_does_not_bear(claim):
    everything = [words_of(number) for number in (1, 2, 3)] + [topic(name) for name in Topic.values]

    assert [text for text in everything if claim in text] == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, [("hold", "3.0", True), ("relax", "3.0", False)]),
        (2, [("lift", "2.0", False), ("hold", "3.0", True), ("lower", "3.0", False), ("relax", "3.0", False)]),
        (3, [("lower", "3.0", False), ("hold", "3.0", True), ("lift", "2.0", False), ("relax", "3.0", False)]),
    ],
)
def test_phases_in_order(number, expected):
    rows = stage(number).phases.values_list("kind", "seconds", "counts_as_hold")

    assert list(rows) == [(kind, Decimal(seconds), is_hold) for kind, seconds, is_hold in expected]


@pytest.mark.parametrize(("number", "required"), [(1, []), (2, []), (3, [1, 2])])
def test_requirements(number, required):
    assert list(stage(number).requires.order_by("number").values_list("number", flat=True)) == required


@pytest.mark.parametrize(
    ("number", "key", "is_one_legged", "drawing"),
    [(1, "vmo-1", False, "seated_squeeze"), (2, "vmo-2", True, "lying_lift"), (3, "vmo-3", False, "wall_squat")],
)
def test_stages_known_by_key(number, key, is_one_legged, drawing):
    row = stage(number)

    assert (row.key, row.is_one_legged, row.drawing) == (key, is_one_legged, drawing)


# --- loading -------------------------------------------------------------------------------------------------------
def test_migration_published_one_version():
    version = ProgrammeVersion.objects.get()

    assert (version.programme.key, version.number, version.status) == ("kneecap", 1, "published")
    assert Stage.objects.count() == 3
    assert set(version.texts.values_list("topic", flat=True)) == set(Topic.values)


def test_load_published_writes_the_whole_file(monkeypatch):
    changed = read("kneecap-v1") | {"key": "other", "title": "Other programme"}
    monkeypatch.setattr("exercises.programme_file.read", lambda name: changed)

    load_published(
        "any",
        get_model=lambda name: apps.get_model("exercises", name),
        using="default",
        published_at=datetime(2026, 12, 1, tzinfo=UTC),
    )

    version = Programme.objects.get(key="other").versions.get()
    loaded = list(version.stages.order_by("number"))
    assert (version.status, version.source_note) == ("published", changed["source_note"].strip())
    assert [row.key for row in loaded] == [row["key"] for row in changed["stages"]]
    assert [row.dose for row in loaded] == [stage(number).dose for number in (1, 2, 3)]
    assert [row.tips.count() for row in loaded] == [len(row["tips"]) for row in changed["stages"]]
    assert [row.phases.count() for row in loaded] == [len(row["phases"]) for row in changed["stages"]]
    assert [required.version for required in loaded[2].requires.all()] == [version, version]
