"""Prescribing at the desk: the dose, the gate, the end."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from exercises import services
from exercises.models import DOSE_FIELDS, Depth, Prescription
from kneecoach.accounts.models import AccessLog, ClinicSettings, Patient
from tests.factories import a_moment, make_eligible, make_prescription, master_stage, stage
from tests.kneecoach.desk.prescribing_page import ADD, add_url, change_url, decide_url, decision, values
from tests.pages import faults, field_errors, soup, text_at, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
EARLIER = a_moment("2026-11-20 08:00")
CLOSED = "Stage 3 opens when stages 1 and 2 are marked as mastered for Anna Knee."
ASK_REASON = f"{CLOSED} To prescribe it earlier, write the reason here."


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def patient(patient: Patient) -> Patient:
    """Return a patient of whom everything before the first stage is confirmed."""
    make_eligible(patient=patient, now=EARLIER)
    return patient


# --- prescribing ---------------------------------------------------------------------------------------------------
def test_add_page_proposes_the_dose_of_each_stage(physio_client: Client, patient: Patient):
    response = physio_client.get(add_url(patient))

    options = soup(response).select("select[name=stage] option[data-reps-target]")
    assert (response.status_code, faults(response)) == (200, [])
    assert [
        [str(option[f"data-{name}"]) for name in ("reps-min", "reps-max", "hold-min-seconds", "hold-max-seconds")]
        for option in options
    ] == [["10", "20", "3", "5"], ["10", "20", "3", "3"], ["10", "20", "3", "3"]]
    assert soup(response).select_one("select[name=side] option[selected]")["value"] == "right"
    assert soup(response).select("[name=override_reason]") == []


@pytest.mark.parametrize("patient_id", ["x", "", "00000000-0000-4000-8000-000000000000"])
def test_add_page_for_nobody_says_where_to_begin(physio_client: Client, patient_id: str):
    before = all_rows()

    pages = [
        physio_client.get(ADD, {"patient": patient_id}),
        physio_client.post(f"{ADD}?patient={patient_id}", values()),
    ]

    assert [(page.status_code, faults(page)) for page in pages] == [(200, []), (200, [])]
    assert [text_at(page, "#content h2") for page in pages] == ["For whom?", "For whom?"]
    assert all_rows() == before


def test_add_without_a_dose_takes_that_of_the_stage(physio_client: Client, physiotherapist, patient: Patient):
    response = physio_client.post(add_url(patient), values(note=" Slowly ", why=" Starts "), follow=True)

    made = Prescription.objects.get()
    assert response.redirect_chain == [(f"/admin/accounts/patient/{patient.pk}/change/", 302)]
    assert texts_at(response, ".messagelist li") == ["Prescribed. Anna Knee reads it on Today."]
    assert (made.patient, made.stage, made.side, made.note) == (patient, stage(1), "right", "Slowly")
    assert (made.dose, made.starts_on) == (stage(1).dose, date(2026, 11, 25))
    assert (made.prescribed_by, made.prescribed_at, made.is_active) == (physiotherapist, NOW, True)


def test_add_with_a_dose_takes_it_and_fills_the_rest(physio_client: Client, patient: Patient):
    physio_client.post(add_url(patient), values(reps_target=12, sessions_per_day=1))

    made = Prescription.objects.get()
    assert [getattr(made, field) for field in DOSE_FIELDS] == [10, 20, 12, 3, 5, stage(1).hold_target_seconds, 1]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"reps_target": 9}, {"reps_target": ["Between 10 and 20."]}),
        ({"reps_target": 21}, {"reps_target": ["Between 10 and 20."]}),
        ({"hold_target_seconds": 6}, {"hold_target_seconds": ["Between 3 and 5."]}),
        ({"hold_target_seconds": 0}, {"hold_target_seconds": ["Between 3 and 5."]}),
        ({"sessions_per_day": 3}, {"sessions_per_day": ["Between 1 and 2."]}),
        ({"sessions_per_day": 0}, {"sessions_per_day": ["Between 1 and 2."]}),
        ({"reps_max": 31}, {"reps_max": ["Between 10 and 30."]}),
        ({"reps_min": 0}, {"reps_min": ["Between 1 and 30."]}),
        ({"hold_max_seconds": 31}, {"hold_max_seconds": ["Between 3 and 30."]}),
        (
            {"reps_target": 0, "sessions_per_day": 9},
            {"reps_target": ["Between 10 and 20."], "sessions_per_day": ["Between 1 and 2."]},
        ),
    ],
)
def test_add_with_a_dose_out_of_bounds_says_the_bounds_at_the_field(
    physio_client: Client, patient: Patient, changes: dict[str, int], errors: dict[str, list[str]]
):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(add_url(patient), values(**changes))

    assert (response.status_code, field_errors(response), faults(response)) == (422, errors, [])
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("changes", [{"reps_target": "x"}, {"reps_target": "-1"}, {"reps_target": 10**9}])
def test_add_with_a_dose_that_is_no_number_is_refused(physio_client: Client, patient: Patient, changes):
    response = physio_client.post(add_url(patient), values(**changes))

    assert (response.status_code, list(field_errors(response))) == (422, ["reps_target"])
    assert not Prescription.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": "0"},
        {"side": "middle"},
        {"starts_on": "soon"},
        {"starts_on": "2026-11-01"},
    ],
)
def test_add_with_what_is_not_there_is_refused(physio_client: Client, patient: Patient, changes: dict[str, str]):
    response = physio_client.post(add_url(patient), values(**changes))

    assert (response.status_code, list(field_errors(response))) == (422, list(changes))
    assert not Prescription.objects.exists()


def test_add_again_supersedes_the_first(physio_client: Client, physiotherapist, patient: Patient):
    first = make_prescription(patient=patient, now=EARLIER)

    physio_client.post(add_url(patient), values(reps_target=15))

    first.refresh_from_db()
    second = Prescription.objects.active().get()
    assert (first.end_reason, first.ended_on, first.ended_by) == ("superseded", date(2026, 11, 25), physiotherapist)
    assert (first.reps_target, second.reps_target) == (stage(1).reps_target, 15)


def test_add_leaves_other_stages_and_other_patients_alone(physio_client: Client, patient, other_patient):
    kept = [make_prescription(patient=patient, stage_number=2, now=EARLIER)]
    kept.append(make_prescription(patient=other_patient, now=EARLIER))

    physio_client.post(add_url(patient), values())

    assert [Prescription.objects.get(pk=row.pk).is_active for row in kept] == [True, True]


# --- the gate ------------------------------------------------------------------------------------------------------
def test_stage_three_is_refused_with_the_reason(physio_client: Client, patient: Patient, other_patient: Patient):
    master_stage(patient=other_patient, stage_number=1, now=EARLIER)
    master_stage(patient=other_patient, stage_number=2, now=EARLIER)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(add_url(patient), values(3))

    assert (response.status_code, field_errors(response)) == (422, {"stage": [CLOSED]})
    assert all_rows(without=(AccessLog,)) == before


def test_stage_three_is_refused_while_one_is_missing(physio_client: Client, patient: Patient):
    master_stage(patient=patient, stage_number=1, now=EARLIER)
    make_prescription(patient=patient, stage_number=2, now=EARLIER)

    response = physio_client.post(add_url(patient), values(3))

    assert field_errors(response) == {"stage": ["Stage 3 opens when stage 2 is marked as mastered for Anna Knee."]}


def test_stage_three_opens_when_one_and_two_are_mastered(physio_client: Client, patient: Patient):
    for number in (1, 2):
        physio_client.post(add_url(patient), values(number))
        physio_client.post(decide_url(Prescription.objects.active().get(), "end/mastered"), decision())

    response = physio_client.post(add_url(patient), values(3, depth=1))

    made = Prescription.objects.active().get()
    assert (response.status_code, made.stage, made.override_reason) == (302, stage(3), "")
    assert (made.depth, made.depth_pain_limit) == (Depth.HAND, 5)


def test_stopping_a_stage_does_not_open_the_next(physio_client: Client, patient: Patient):
    for number in (1, 2):
        physio_client.post(add_url(patient), values(number))
        physio_client.post(decide_url(Prescription.objects.active().get(), "end/stopped"), decision())

    response = physio_client.post(add_url(patient), values(3))

    assert field_errors(response) == {"stage": [CLOSED]}


def test_override_is_not_taken_where_the_clinic_does_not_allow_it(physio_client: Client, patient: Patient):
    response = physio_client.post(add_url(patient), values(3, override_reason="He insists"))

    assert field_errors(response) == {"stage": [CLOSED]}
    assert not Prescription.objects.exists()


@pytest.mark.parametrize("reason", ["", "   "])
def test_override_needs_a_reason(physio_client: Client, patient: Patient, reason: str):
    ClinicSettings.objects.create(allows_stage_override=True)

    response = physio_client.post(add_url(patient), values(3, override_reason=reason))

    assert field_errors(response) == {"override_reason": [ASK_REASON]}
    assert not Prescription.objects.exists()


def test_override_with_a_reason_is_stored_and_shown(physio_client: Client, patient: Patient):
    ClinicSettings.objects.create(allows_stage_override=True)

    physio_client.post(add_url(patient), values(3, depth=0, override_reason=" Did both at another clinic "))

    made = Prescription.objects.get()
    pages = [physio_client.get(url) for url in (change_url(made), f"/admin/accounts/patient/{patient.pk}/change/")]
    assert made.override_reason == "Did both at another clinic"
    assert ["Did both at another clinic" in text_at(page, "#content") for page in pages] == [True, True]


# --- what stands ---------------------------------------------------------------------------------------------------
def test_prescription_never_changes(physio_client: Client, patient: Patient):
    prescription = make_prescription(patient=patient, now=EARLIER)
    before = Prescription.objects.filter(pk=prescription.pk).values().get()

    shown = physio_client.get(change_url(prescription))
    physio_client.post(
        change_url(prescription),
        values(2, reps_target=20, side="left", override_reason="x", ended_on="2026-11-25"),
    )

    assert (shown.status_code, faults(shown)) == (200, [])
    assert soup(shown).select("[name=reps_target], [name=stage], [name=side], [name=note]") == []
    assert Prescription.objects.filter(pk=prescription.pk).values().get() == before


def test_prescription_is_not_deleted(physio_client: Client, patient: Patient):
    prescription = make_prescription(patient=patient, now=EARLIER)
    url = f"/admin/exercises/prescription/{prescription.pk}/delete/"
    before = all_rows()

    statuses = [physio_client.get(url).status_code, physio_client.post(url, {"post": "yes"}).status_code]

    assert statuses == [403, 403]
    assert all_rows() == before


def test_prescription_page_writes_one_line_to_the_access_log(physio_client: Client, patient: Patient):
    prescription = make_prescription(patient=patient, now=EARLIER)

    physio_client.get(change_url(prescription))

    assert list(AccessLog.objects.values_list("actor__email", "patient_id", "view")) == [
        ("petra.physio@example.org", patient.pk, "prescription")
    ]


def test_gate_counts_what_services_say(patient: Patient):
    master_stage(patient=patient, stage_number=1, now=EARLIER)

    assert services.stage_gate(patient=patient, stage=stage(3)).missing == (stage(2).key,)
