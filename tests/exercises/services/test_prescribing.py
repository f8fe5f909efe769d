"""Prescribing and ending: what is refused, what is superseded, and the gate of stage 3."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from exercises.models import Decision, Prescription, ProgrammeVersion, Stage
from exercises.rules import SquatDepth
from exercises.services import Prescribing, check_prescription, end_prescription, last_depth, prescribe, stage_gate
from kneecoach.accounts.models import ClinicSettings, Patient
from tests.factories import (
    a_moment,
    later,
    make_eligible,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_session,
    master_stage,
    sets_of,
    stage,
)
from tests.rows import all_rows

NOW = a_moment("2026-11-25 15:00")
TODAY = date(2026, 11, 25)


def asked_for(patient: Patient, wanted: Stage, **changes: Any) -> Prescribing:
    """Return a stage with its own dose, asked for today."""
    return Prescribing(patient=patient, stage=wanted, dose=wanted.dose, side="right", starts_on=TODAY, **changes)


@pytest.mark.django_db
def test_prescribe_writes_what_was_decided(patient, physiotherapist):
    make_eligible(patient=patient, now=NOW)
    asked = Prescribing(
        patient=patient,
        stage=stage(2),
        dose=replace(stage(2).dose, reps_target=12),
        side="left",
        starts_on=date(2026, 11, 26),
        note="  Slowly.  ",
    )

    made = prescribe(asked, by=physiotherapist, now=NOW)

    made.refresh_from_db()
    assert (made.patient, made.stage, made.side, made.starts_on) == (patient, stage(2), "left", date(2026, 11, 26))
    assert (made.programme, made.stage_key) == (stage(2).version.programme, "vmo-2")
    assert made.dose == replace(stage(2).dose, reps_target=12)
    assert (made.note, made.prescribed_by, made.prescribed_at) == ("Slowly.", physiotherapist, NOW)
    assert made.is_active


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reps_min", 0),
        ("reps_max", 31),
        ("reps_target", 9),
        ("reps_target", 21),
        ("hold_min_seconds", 0),
        ("hold_max_seconds", 31),
        ("hold_target_seconds", 2),
        ("hold_target_seconds", 6),
        ("sessions_per_day", 0),
        ("sessions_per_day", 3),
    ],
)
def test_prescribe_dose_out_of_bounds_names_the_field_and_writes_nothing(patient, field, value):
    with pytest.raises(ValidationError) as caught:
        make_prescription(patient=patient, now=NOW, **{field: value})

    assert list(caught.value.error_dict) == [field]
    assert Prescription.objects.count() == 0


@pytest.mark.django_db
def test_prescribe_draft_version_is_refused(patient, physiotherapist):
    draft = ProgrammeVersion.objects.create(programme=stage(1).version.programme, number=2)
    copied = stage(1)
    copied.pk, copied.version = None, draft
    copied.save(force_insert=True)

    with pytest.raises(ValidationError) as caught:
        check_prescription(asked_for(patient, copied))

    assert list(caught.value.error_dict) == ["stage"]


@pytest.mark.django_db
def test_prescribe_same_stage_again_supersedes(patient, physiotherapist):
    first = make_prescription(patient=patient, by=physiotherapist, now=a_moment("2026-11-01 15:00"))

    second = make_prescription(patient=patient, by=physiotherapist, now=NOW, reps_target=15)

    first.refresh_from_db()
    assert (first.ended_on, first.end_reason, first.ended_by, first.ended_at) == (
        TODAY,
        "superseded",
        physiotherapist,
        NOW,
    )
    assert first.reps_target == 10
    assert list(Prescription.objects.of(patient).active()) == [second]


@pytest.mark.django_db
def test_prescribe_other_stage_leaves_the_first_active(patient):
    first = make_prescription(patient=patient, now=NOW)

    second = make_prescription(patient=patient, stage_number=2, now=NOW)

    assert set(Prescription.objects.of(patient).active()) == {first, second}


@pytest.mark.django_db
def test_prescribe_leaves_the_prescription_of_somebody_else(patient, other_patient):
    theirs = make_prescription(patient=other_patient, now=NOW)

    make_prescription(patient=patient, now=NOW)

    theirs.refresh_from_db()
    assert theirs.is_active


@pytest.mark.django_db
def test_prescribe_under_the_id_of_a_decision_about_somebody_else_writes_nothing(
    patient, other_patient, physiotherapist
):
    make_eligible(patient=patient, now=NOW)
    made = make_prescription(patient=other_patient, now=NOW)
    taken = Decision.objects.get(prescription=made).pk
    before = all_rows()

    with pytest.raises(Decision.DoesNotExist):
        prescribe(asked_for(patient, stage(1)), by=physiotherapist, now=NOW, decision_id=taken)

    assert all_rows() == before


@pytest.mark.django_db
def test_last_depth_is_ones_own(patient, other_patient):
    make_prescription(patient=patient, stage_number=3, now=NOW, depth=SquatDepth(0, 2))
    make_prescription(patient=other_patient, stage_number=3, now=later(NOW, hours=1), depth=SquatDepth(1, 2))

    assert [last_depth(patient=who, stage=stage(3)) for who in (patient, other_patient)] == [0, 1]


@pytest.mark.django_db
def test_prescribe_from_an_earlier_day_than_one_to_come_leaves_one_due(patient):
    now = a_moment("2026-11-20 15:00")
    make_prescription(patient=patient, now=now)
    make_prescription(patient=patient, now=later(now, hours=1), starts_on=date(2026, 12, 10), reps_target=12)

    last = make_prescription(patient=patient, now=later(now, hours=2), starts_on=date(2026, 11, 23), reps_target=15)

    for day, expected in ((date(2026, 11, 22), 10), (date(2026, 11, 23), 15), (date(2026, 12, 11), 15)):
        moment = a_moment(f"{day} 08:00")
        session = make_session(patient=patient, now=moment)
        assert [row.reps_target for row in sets_of(session)] == [expected]
    assert list(Prescription.objects.of(patient).active()) == [last]


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["mastered", "stopped"])
def test_end_prescription_keeps_the_first_end(patient, physiotherapist, reason):
    prescription = make_prescription(patient=patient, now=a_moment("2026-11-01 15:00"))

    end_prescription(prescription=prescription, reason=reason, on=TODAY, by=physiotherapist, now=NOW)
    end_prescription(
        prescription=prescription,
        reason="stopped",
        on=TODAY + timedelta(days=3),
        by=make_physiotherapist(),
        now=later(NOW, days=3),
    )

    prescription.refresh_from_db()
    assert (prescription.ended_on, prescription.end_reason, prescription.ended_by) == (TODAY, reason, physiotherapist)


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["superseded", "", "bored"])
def test_end_prescription_other_reason_is_refused(patient, physiotherapist, reason):
    prescription = make_prescription(patient=patient, now=NOW)

    with pytest.raises(ValidationError):
        end_prescription(prescription=prescription, reason=reason, on=TODAY, by=physiotherapist, now=NOW)

    prescription.refresh_from_db()
    assert prescription.is_active


# --- the gate ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mastered", "missing", "named"),
    [((), ("vmo-1", "vmo-2"), "stages 1 and 2"), ((1,), ("vmo-2",), "stage 2"), ((2,), ("vmo-1",), "stage 1")],
)
def test_gate_of_stage_3_names_what_is_missing(patient, other_patient, physiotherapist, mastered, missing, named):
    for number in mastered:
        master_stage(patient=patient, stage_number=number, by=physiotherapist, now=NOW)
    for number in (1, 2):
        # Neither somebody else's mastery nor a stage that is only prescribed, or was stopped, opens it.
        master_stage(patient=other_patient, stage_number=number, by=physiotherapist, now=NOW)
        running = make_prescription(patient=patient, stage_number=number, by=physiotherapist, now=NOW)
        end_prescription(prescription=running, reason="stopped", on=TODAY, by=physiotherapist, now=NOW)

    gate = stage_gate(patient=patient, stage=stage(3))
    with pytest.raises(ValidationError) as caught:
        check_prescription(asked_for(patient, stage(3), override_reason="I want to"))

    assert gate.missing == missing
    assert list(caught.value.error_dict) == ["stage"]
    assert named in caught.value.messages[0]
    assert patient.name in caught.value.messages[0]


@pytest.mark.django_db
def test_gate_of_stage_3_opens_when_both_are_mastered(patient):
    prescription = make_prescription(patient=patient, stage_number=3, now=NOW)

    assert (prescription.stage.number, prescription.override_reason) == (3, "")


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 2])
def test_gate_of_the_first_stages_is_open(patient, number):
    assert stage_gate(patient=patient, stage=stage(number)).is_open


@pytest.mark.django_db
def test_gate_mastered_in_an_earlier_version_counts(patient):
    for number in (1, 2):
        master_stage(patient=patient, stage_number=number, now=NOW)
    draft = ProgrammeVersion.objects.create(programme=stage(1).version.programme, number=2)
    copies: dict[str, Stage] = {}
    for number in (1, 2, 3):
        copy = stage(number)
        copy.pk, copy.version = None, draft
        copy.save(force_insert=True)
        copies[copy.key] = copy
    copies["vmo-3"].requires.set([copies["vmo-1"], copies["vmo-2"]])

    assert stage_gate(patient=patient, stage=copies["vmo-3"]).is_open


@pytest.mark.django_db
def test_gate_override_needs_the_clinic_and_a_reason(patient, physiotherapist):
    ClinicSettings.objects.create(allows_stage_override=True)
    make_eligible(patient=patient, now=NOW)

    with pytest.raises(ValidationError) as caught:
        prescribe(asked_for(patient, stage(3), override_reason="   "), by=physiotherapist, now=NOW)
    asked = asked_for(patient, stage(3), depth=SquatDepth(0, 5), override_reason=" Mastered both at another clinic. ")
    made = prescribe(asked, by=physiotherapist, now=NOW)

    assert list(caught.value.error_dict) == ["override_reason"]
    assert made.override_reason == "Mastered both at another clinic."
    assert list(Prescription.objects.all()) == [made]


# --- at the same time ----------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("live_db")
def test_prescribe_from_many_connections_leaves_one_active():
    patient, physiotherapist = make_patient(), make_physiotherapist()

    def attempt(reps: int) -> None:
        try:
            make_prescription(patient=patient, by=physiotherapist, now=NOW, reps_target=reps)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(10, 18)))

    assert Prescription.objects.of(patient).count() == 8
    assert Prescription.objects.of(patient).active().count() == 1


@pytest.mark.usefixtures("live_db")
def test_active_prescriptions_written_past_the_service_from_many_connections_leave_one():
    made = make_prescription(patient=make_patient(), now=NOW)
    columns = {field.attname: getattr(made, field.attname) for field in Prescription._meta.concrete_fields}
    del columns["id"]
    end_prescription(prescription=made, reason="stopped", on=TODAY, by=made.prescribed_by, now=NOW)

    def attempt(_count: int) -> bool:
        try:
            Prescription.objects.create(**columns)
        except IntegrityError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(attempt, range(8)))

    assert sorted(results) == [False] * 7 + [True]
    assert Prescription.objects.active().count() == 1
