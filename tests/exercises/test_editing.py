"""Editing the programme: a draft is a whole copy, publishing asks for everything, and twice is once."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from exercises import editing
from exercises.models import Programme, ProgrammeTranslation, ProgrammeVersion, Tip
from exercises.services import Prescribing, check_prescription
from kneecoach.accounts.models import User
from tests.factories import a_moment, make_patient, stage
from tests.rows import all_rows

NOW = a_moment("2026-11-25 15:00")

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> ProgrammeVersion:
    version = stage(1).version
    ProgrammeTranslation.objects.create(
        version=version, language_code="de", path="stage.vmo-1.title", text="Drücken im Sitzen"
    )
    ProgrammeTranslation.objects.create(
        version=version, language_code="de", path="stage.vmo-2.title", text="Heben im Liegen"
    )
    return version


@pytest.fixture
def draft(published: ProgrammeVersion) -> ProgrammeVersion:
    return editing.new_version(programme=published.programme)


def test_draft_says_the_same_as_the_version_it_was_copied_from(published: ProgrammeVersion, draft: ProgrammeVersion):
    assert (draft.number, draft.status, draft.published_at) == (2, "draft", None)
    assert editing.differences(draft) == []
    assert draft.stages.count() == 3
    assert list(draft.translations.values_list("path", "text").order_by("path")) == list(
        published.translations.values_list("path", "text").order_by("path")
    )
    required = draft.stages.get(key="vmo-3").requires.all()
    assert {(row.key, row.version_id) for row in required} == {("vmo-1", draft.pk), ("vmo-2", draft.pk)}


def test_draft_is_made_once(draft: ProgrammeVersion):
    before = all_rows()

    assert editing.new_version(programme=draft.programme) == draft
    assert all_rows() == before


def test_draft_changes_nothing_that_is_published_and_cannot_be_prescribed(draft: ProgrammeVersion):
    first = draft.stages.get(number=1)
    first.title = "Squeeze in a chair"
    first.save()
    Tip.objects.filter(stage=first, order=1).update(text="Breathe.")

    with pytest.raises(ValidationError) as error:
        check_prescription(Prescribing(make_patient(), first, first.dose, "right", NOW.date()))
    assert list(error.value.message_dict) == ["stage"]
    assert stage(1).title == "Seated squeeze"
    changes = {(row.where, row.what): (row.before, row.after) for row in editing.differences(draft)}
    assert changes["Stage vmo-1", "title"] == ("Seated squeeze", "Squeeze in a chair")
    assert changes["Stage vmo-1", "tips and notes"][1].startswith("tip: Breathe.\n")
    assert len(changes) == 2


def test_published_twice_is_published_once_and_is_locked(draft: ProgrammeVersion, physiotherapist: User):
    first = editing.publish(version=draft, by=physiotherapist, now=NOW)
    again = editing.publish(version=draft, by=physiotherapist, now=a_moment("2026-11-26 15:00"))

    assert (first.status, first.published_at, first.published_by) == ("published", NOW, physiotherapist)
    assert again.published_at == NOW
    with pytest.raises(IntegrityError, match="published"), transaction.atomic():
        draft.stages.get(number=1).delete()


def test_publishing_leaves_translations_of_changed_texts_out(draft: ProgrammeVersion, physiotherapist: User):
    draft.stages.filter(number=1).update(title="Squeeze in a chair")

    assert [row.path for row in editing.stale_translations(draft)] == ["stage.vmo-1.title"]
    editing.publish(version=draft, by=physiotherapist, now=NOW)

    assert list(draft.translations.values_list("path", flat=True)) == ["stage.vmo-2.title"]


def no_hold(draft: ProgrammeVersion) -> None:
    draft.stages.get(number=2).phases.update(counts_as_hold=False)


def circle(draft: ProgrammeVersion) -> None:
    draft.stages.get(number=1).requires.add(draft.stages.get(number=3))


def gap(draft: ProgrammeVersion) -> None:
    draft.stages.filter(number=3).update(number=5)


def no_words(draft: ProgrammeVersion) -> None:
    draft.stages.filter(number=1).update(action=" ")


def no_text(draft: ProgrammeVersion) -> None:
    draft.texts.get(topic="find-muscle").delete()


def nothing(draft: ProgrammeVersion) -> None:
    draft.stages.all().delete()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_hold, "Stage 2: Lying lift: one part of the repetition has to count as the hold."),
        (circle, "Stages require each other in a circle: nobody could ever be given one of them."),
        (gap, "The stages have to be numbered from 1 on, without a gap."),
        (no_words, "Stage 1: Seated squeeze: title, purpose, starting position and action have to be written."),
        (no_text, "The text “finding the muscle” is missing."),
        (nothing, "It has no stage yet."),
    ],
)
def test_what_stands_against_publishing_is_told(draft: ProgrammeVersion, physiotherapist: User, spoil, words: str):
    spoil(draft)
    before = all_rows()

    with pytest.raises(ValidationError) as error:
        editing.publish(version=draft, by=physiotherapist, now=NOW)

    assert error.value.messages == [words]
    assert all_rows() == before


def test_new_programme_begins_with_an_empty_draft():
    made = editing.new_programme(key="hip", title="Hip programme")

    assert editing.new_programme(key="hip", title="Another title") == made
    assert (Programme.objects.get(key="hip").title, made.number, made.stages.count()) == ("Hip programme", 1, 0)
    assert editing.faults_of(made)


def test_history_tells_who_edited(draft: ProgrammeVersion):
    rows = apps.get_model("exercises", "StageEvent").objects.filter(version=draft.pk)

    draft.stages.filter(number=1).update(title="Squeeze in a chair")

    assert list(rows.filter(number=1).order_by("pgh_id").values_list("pgh_label", "title")) == [
        ("insert", "Seated squeeze"),
        ("update", "Squeeze in a chair"),
    ]
