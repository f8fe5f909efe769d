"""My data: what is stored, and a copy of all of it."""

import json

import pytest
from django.test import Client

from kneecoach.accounts.models import ClinicSettings, Patient, User
from tests.factories import a_moment, make_message
from tests.pages import body_of, faults, soup, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 08:00")


def test_page_says_what_is_stored_and_leads_to_both_files(patient_client: Client):
    ClinicSettings.objects.create(name="Knee House")

    response = patient_client.get("/me/data/")

    assert (response.status_code, title_of(response), faults(response)) == (200, "My data", [])
    assert "It is stored by Knee House" in texts_at(response, ".page-head p")[0]
    links = [str(tag["href"]) for tag in soup(response).select("main .rows a")]
    assert links[:2] == ["/me/data/everything.zip", "/me/data/everything.json"]
    assert "/me/data/" in [str(tag["href"]) for tag in soup(patient_client.get("/me/")).select("main .rows a")]


@pytest.mark.parametrize(
    ("name", "content_type"), [("everything.json", "application/json"), ("everything.zip", "application/zip")]
)
def test_files_hold_what_is_ones_own(
    patient_client: Client, patient: Patient, other_patient: Patient, name: str, content_type: str
):
    make_message(patient=patient, body="=mine", now=NOW)
    make_message(patient=other_patient, body="Otto only", now=NOW)
    before = all_rows()

    response = patient_client.get(f"/me/data/{name}")

    assert (response.status_code, response["Content-Type"], response["Cache-Control"]) == (
        200,
        content_type,
        "no-store",
    )
    assert response["Content-Disposition"] == f'attachment; filename="kneecoach-my-data.{name.partition(".")[2]}"'
    text = body_of(response)
    assert ("Anna Knee" in text, "=mine" in text) == (True, True)
    assert [word for word in ("Otto", str(other_patient.pk)) if word in text] == []
    assert all_rows() == before


def test_json_is_whole_for_a_patient_with_nothing_but_a_name(patient_client: Client):
    said = json.loads(body_of(patient_client.get("/me/data/everything.json")))

    assert [row["name"] for row in said["tables"]["patient"]["rows"]] == ["Anna Knee"]
    assert said["tables"]["pain"]["rows"] == []
    assert said["tables"]["pain"]["columns"]["pain"].startswith("0 to 10")


@pytest.mark.parametrize("page", ["", "everything.json", "everything.zip"])
def test_others_are_led_elsewhere(client: Client, physio_client: Client, patient: Patient, page: str):
    assert client.get(f"/me/data/{page}")["Location"].startswith("/account/login/")
    assert physio_client.get(f"/me/data/{page}")["Location"] == "/admin/"


def test_account_of_nobody_is_refused(client: Client):
    client.force_login(User.objects.create_user("nobody@example.org"))

    assert client.get("/me/data/everything.json").status_code == 403
