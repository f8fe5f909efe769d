"""Logging out, and what the browser is told to forget."""

import pytest
from django.contrib.auth import get_user
from django.test import Client

from tests.pages import soup

pytestmark = pytest.mark.django_db
LOGOUT = "/account/logout/"


@pytest.mark.parametrize(
    ("fields", "told"), [({"clear": "1"}, '"cache", "storage"'), ({}, None), ({"clear": ""}, None)]
)
def test_logout_empties_the_browser_only_where_nothing_waits(patient_client: Client, fields: dict[str, str], told):
    response = patient_client.post(LOGOUT, fields)

    assert (response.status_code, response["Location"]) == (302, "/account/login/")
    assert response.headers.get("Clear-Site-Data") == told
    assert not get_user(patient_client).is_authenticated


def test_logout_asks_first_and_empties_nothing(patient_client: Client):
    response = patient_client.get(LOGOUT)

    assert response.status_code == 200
    assert "Clear-Site-Data" not in response.headers
    assert len(soup(response).select("form[data-logout]")) == 2


def test_every_page_of_a_patient_can_ask_what_to_do_with_what_waits(patient_client: Client):
    page = soup(patient_client.get("/"))
    assert page.select_one("form[data-logout]")
    assert page.select_one("dialog#logout-waiting")
