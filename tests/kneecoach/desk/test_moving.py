"""Moving patients to a new version: the same dose where it fits, told to each; what does not fit stays."""

import pytest
from django.core.exceptions import ValidationError

from exercises import editing
from exercises.models import Prescription, ProgrammeVersion
from kneecoach.accounts.models import User
from kneecoach.desk.moving import load_moves, move_patients
from progress.models import Message
from tests.factories import a_moment, later, make_patient, make_prescription, master_stage, stage
from tests.rows import all_rows

NOW = a_moment("2026-11-25 15:00")
BEFORE = a_moment("2026-11-02 15:00")

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> ProgrammeVersion:
    return editing.new_version(programme=stage(1).version.programme)


def publish(draft: ProgrammeVersion, by: User) -> ProgrammeVersion:
    return editing.publish(version=draft, by=by, now=NOW)


def test_who_fits_is_moved_with_the_same_dose_and_told(draft: ProgrammeVersion, physiotherapist: User):
    patient = make_patient()
    old = make_prescription(patient=patient, now=BEFORE, by=physiotherapist, reps_target=12, note="Slowly.")
    version = publish(draft, physiotherapist)

    moved = move_patients(
        version=version, patient_ids=[patient.pk], reason="The words are clearer.", by=physiotherapist, now=NOW
    )

    old.refresh_from_db()
    new = Prescription.objects.of(patient).active().get()
    assert moved == [patient]
    assert (old.end_reason, old.ended_by, old.ended_at) == ("superseded", physiotherapist, NOW)
    assert (new.stage.version, new.stage.key, new.dose, new.side, new.note) == (
        version,
        "vmo-1",
        old.dose,
        old.side,
        "Slowly.",
    )
    assert (new.prescribed_by, new.prescribed_at, new.starts_on.isoformat()) == (physiotherapist, NOW, "2026-11-25")
    message = Message.objects.get(patient=patient)
    assert (message.author, message.is_from_patient) == (physiotherapist, False)
    assert message.body.endswith("Your numbers stay as they were. The words are clearer.")


def test_moved_again_nothing_happens(draft: ProgrammeVersion, physiotherapist: User):
    patient = make_prescription(now=BEFORE, by=physiotherapist).patient
    version = publish(draft, physiotherapist)
    move_patients(version=version, patient_ids=[patient.pk], reason="Clearer.", by=physiotherapist, now=NOW)
    before = all_rows()

    again = move_patients(
        version=version, patient_ids=[patient.pk], reason="Clearer.", by=physiotherapist, now=later(NOW, minutes=1)
    )

    assert again == []
    assert all_rows() == before


def narrower(draft: ProgrammeVersion) -> None:
    draft.stages.filter(number=1).update(reps_max=15)


def gone(draft: ProgrammeVersion) -> None:
    draft.stages.filter(key="vmo-1").update(key="other")


def another(draft: ProgrammeVersion) -> None:
    draft.stages.filter(number=1).update(is_one_legged=True)


def gated(draft: ProgrammeVersion) -> None:
    draft.stages.get(number=1).requires.add(draft.stages.get(number=2))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (narrower, "The dose lies outside the bounds of this version."),
        (gone, "This version has no such stage."),
        (another, "The stage is another exercise now."),
        (gated, "It requires what is not mastered: Stage 2: Lying lift."),
    ],
)
def test_what_does_not_fit_is_told_and_left(draft: ProgrammeVersion, physiotherapist: User, change, words: str):
    patient = make_prescription(now=BEFORE, by=physiotherapist).patient
    change(draft)
    version = publish(draft, physiotherapist)
    before = all_rows()

    moved = move_patients(version=version, patient_ids=[patient.pk], reason="Clearer.", by=physiotherapist, now=NOW)

    assert [(move.prescription.patient, move.reason) for move in load_moves(version)] == [(patient, words)]
    assert moved == []
    assert all_rows() == before


def test_only_what_runs_from_another_version_is_listed(draft: ProgrammeVersion, physiotherapist: User):
    master_stage(patient=make_patient(name="Mona Mastered"), stage_number=1, by=physiotherapist, now=BEFORE)
    runs = make_prescription(now=BEFORE, by=physiotherapist)
    version = publish(draft, physiotherapist)

    assert [move.prescription for move in load_moves(version)] == [runs]
    assert load_moves(stage(1).version) == []


@pytest.mark.parametrize("patients", [1, 8])
def test_queries(draft: ProgrammeVersion, physiotherapist: User, patients: int, django_assert_num_queries):
    for _number in range(patients):
        make_prescription(now=BEFORE, by=physiotherapist)
    version = publish(draft, physiotherapist)

    with django_assert_num_queries(4):
        assert len(load_moves(version)) == patients


def test_nobody_is_moved_to_a_draft_or_without_a_reason(draft: ProgrammeVersion, physiotherapist: User):
    patient = make_prescription(now=BEFORE, by=physiotherapist).patient
    before = all_rows()

    with pytest.raises(ValidationError, match="not published"):
        move_patients(version=draft, patient_ids=[patient.pk], reason="Clearer.", by=physiotherapist, now=NOW)
    assert all_rows() == before

    version = publish(draft, physiotherapist)
    with pytest.raises(ValidationError, match="why"):
        move_patients(version=version, patient_ids=[patient.pk], reason=" ", by=physiotherapist, now=NOW)
