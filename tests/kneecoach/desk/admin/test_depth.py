"""The depth of the squat at the desk: a ladder, one rung at a time, with a limit of pain."""

from typing import Any

import pytest
from django.test import Client

from exercises.models import Prescription
from exercises.rules import SquatDepth
from kneecoach.accounts.models import AccessLog, Patient
from tests.factories import a_moment, make_prescription, master_stage
from tests.kneecoach.desk.prescribing_page import add_url, values
from tests.pages import field_errors, soup, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
EARLIER = a_moment("2026-11-20 08:00")


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.mark.parametrize(
    ("number", "typed", "errors"),
    [
        (3, {}, {"depth": ["Choose how deep the squat may be."]}),
        (3, {"depth_pain_limit": 3}, {"depth": ["Choose how deep the squat may be."]}),
        (3, {"depth": 1, "depth_pain_limit": 11}, {"depth_pain_limit": ["Pain is a whole number from 0 to 10."]}),
        (1, {"depth": 1}, {"depth": ["Only a squat has a depth."]}),
    ],
)
def test_depth_is_for_the_squat_and_nothing_else(
    physio_client: Client, patient: Patient, number: int, typed: dict[str, int], errors: dict[str, list[str]]
):
    for required in (1, 2):
        master_stage(patient=patient, stage_number=required, now=EARLIER)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(add_url(patient), values(number, **typed))

    assert (response.status_code, field_errors(response)) == (422, errors)
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize(("depth", "is_taken"), [(0, True), (1, True), (2, True), (3, False), (4, False)])
def test_depth_goes_down_one_rung_at_a_time(physio_client: Client, patient: Patient, depth: int, *, is_taken: bool):
    make_prescription(patient=patient, stage_number=3, depth=SquatDepth(1, 4), now=EARLIER)

    response = physio_client.post(add_url(patient), values(3, depth=depth, depth_pain_limit=4))

    current = Prescription.objects.active().get()
    assert (response.status_code, current.depth) == ((302, depth) if is_taken else (422, 1))
    if not is_taken:
        assert field_errors(response) == {
            "depth": [
                "One rung at a time: the last was “one hand’s width down the wall”, "
                "so the deepest now is “two hands’ width down the wall”."
            ]
        }


def test_change_of_dose_starts_from_the_depth_too(physio_client: Client, patient: Patient):
    make_prescription(patient=patient, stage_number=3, depth=SquatDepth(2, 3), now=EARLIER)
    page = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")
    link = next(a["href"] for a in soup(page).select(".desk-acts a") if "depth" in str(a["href"]))

    form = soup(physio_client.get(link))

    assert "two hands’ width down the wall, pain up to 3" in " ".join(
        texts_at(page, "[aria-labelledby=prescriptions-title] td")
    )
    assert form.select_one("select[name=depth] option[selected]")["value"] == "2"
    assert form.select_one("input[name=depth_pain_limit]")["value"] == "3"
