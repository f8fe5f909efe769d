"""One stage with its picture."""

import pytest
from django.test import Client

from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "title", "dose"),
    [
        ("vmo-1", "Seated squeeze", ["10–20", "3–5", "2"]),
        ("vmo-2", "Lying lift", ["10–20", "3", "2"]),
        ("vmo-3", "Wall squat", ["10–20", "3", "2"]),
    ],
)
def test_stage_shows_its_dose_and_picture(patient_client: Client, key: str, title: str, dose: list[str]):
    response = patient_client.get(f"/learn/{key}/")

    assert (response.status_code, title_of(response), faults(response)) == (200, title, [])
    assert texts_at(response, ".dose dd") == dose
    assert len(soup(response).select("figure svg")) == 1


def test_stage_three_names_the_stages_that_come_before(patient_client: Client):
    third, first = patient_client.get("/learn/vmo-3/"), patient_client.get("/learn/vmo-1/")

    assert text_at(third, ".note").endswith("marked these as mastered: Seated squeeze, Lying lift.")
    assert text_at(first, ".note") == ""


@pytest.mark.parametrize("key", ["vmo-4", "vmo", "VMO-1", "1"])
def test_stage_that_is_not_there_is_not_found(patient_client: Client, key: str):
    assert patient_client.get(f"/learn/{key}/").status_code == 404


def test_stage_rejects_post(patient_client: Client):
    assert patient_client.post("/learn/vmo-1/").status_code == 405


def test_stage_leads_anonymous_to_log_in(client: Client):
    plain, htmx = client.get("/learn/vmo-1/"), client.get("/learn/vmo-1/", headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, "/account/login/?next=/learn/vmo-1/")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
