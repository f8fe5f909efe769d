"""The texts of the programme in the reader's language, wherever a stage is shown."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from exercises import editing
from exercises.access import in_readers_language, readable_programme
from exercises.models import Programme, ProgrammeTranslation, Stage
from exercises.services import Prescribing, prescribe
from kneecoach.accounts.models import Patient, User
from tests.factories import a_moment, make_eligible, make_prescription, make_ready_session, stage
from tests.pages import text_at, texts_at

pytestmark = pytest.mark.django_db

GERMAN = {
    "stage.vmo-1.title": "Drücken im Sitzen",
    "stage.vmo-1.action": "Den Ball drücken",
    "stage.vmo-1.tip.1": "Zwei Finger auf den Muskel",
    "stage.vmo-1.phase.1": "Drücken und halten",
    "stage.vmo-2.title": "Heben im Liegen",
}


@pytest.fixture
def german() -> None:
    """Add some texts in German to the published version."""
    version = stage(1).version
    for path, text in GERMAN.items():
        ProgrammeTranslation.objects.create(version=version, language_code="de", path=path, text=text)


def test_stages_are_put_into_the_readers_language(german, django_assert_num_queries):
    rows = list(Stage.objects.order_by("number"))
    english = [row.title for row in rows]

    with translation.override("de"), django_assert_num_queries(3):
        in_readers_language(rows)
        assert rows[0].tips.all()[0].text == "Zwei Finger auf den Muskel"
        assert rows[0].phases.all()[0].cue == "Drücken und halten"

    assert [row.title for row in rows] == ["Drücken im Sitzen", "Heben im Liegen", english[2]]
    assert (rows[0].action, rows[0].position) == ("Den Ball drücken", stage(1).position)


@pytest.mark.parametrize("language", ["en", "en-gb"])
def test_stages_in_the_language_of_the_source_need_no_query(german, language: str, django_assert_num_queries):
    rows = list(Stage.objects.order_by("number"))

    with translation.override(language), django_assert_num_queries(0):
        in_readers_language(rows)

    assert rows[0].title == stage(1).title


def test_no_stages_need_no_query(django_assert_num_queries):
    with translation.override("de"), django_assert_num_queries(0):
        in_readers_language([])


def test_patient_reads_a_stage_in_their_language(
    german, patient_client: Client, patient: Patient, settings, time_machine
):
    settings.LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
    time_machine.move_to(a_moment("2026-11-25 08:00"), tick=False)
    make_prescription(patient=patient)
    session = make_ready_session(patient=patient, now=a_moment("2026-11-25 08:00"))

    def read(path: str) -> Any:
        return patient_client.get(path, headers={"Accept-Language": "de"})

    assert "Drücken im Sitzen" in text_at(read("/"), ".rows")
    assert "Drücken im Sitzen" in text_at(read("/progress/"), "#stages h3")
    assert "Drücken im Sitzen" in text_at(read("/progress/2026-11-25/"), "section h3")
    assert any("Drücken im Sitzen" in text for text in texts_at(read(f"/sessions/{session.pk}/record/"), ".row-note"))
    assert "Den Ball drücken" in text_at(read(f"/sessions/{session.pk}/"), "main")


def test_what_somebody_else_was_prescribed_from_is_not_what_one_reads(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    now = a_moment("2026-11-25 08:00")
    make_prescription(patient=patient, by=physiotherapist, now=now)
    draft = editing.new_version(programme=Programme.objects.get(key="kneecap"))
    newer = editing.publish(version=draft, by=physiotherapist, now=now)
    first = newer.stages.get(number=1)
    make_eligible(patient=other_patient, by=physiotherapist, now=now)
    prescribe(Prescribing(other_patient, first, first.dose, "right", now.date()), by=physiotherapist, now=now)

    read = [readable_programme(who).version for who in (patient, other_patient)]

    assert read == [stage(1).version, newer]
