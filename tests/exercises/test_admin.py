"""The programme in the admin: to read."""

import pytest
from django.test import Client

from tests.pages import faults
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["programme", "programmeversion", "stage"])
@pytest.mark.parametrize("page", ["change", "delete"])
def test_what_is_published_is_read_only(physio_client: Client, model: str, page: str):
    before = all_rows()

    response = physio_client.post(f"/admin/exercises/{model}/1/{page}/", {"title": "Changed", "post": "yes"})

    assert response.status_code == 403
    assert all_rows() == before


@pytest.mark.parametrize("model", ["programme", "programmeversion", "stage"])
def test_programme_can_be_read(physio_client: Client, model: str):
    pages = [physio_client.get(f"/admin/exercises/{model}/{rest}") for rest in ("", "1/change/")]

    assert [(page.status_code, faults(page)) for page in pages] == [(200, []), (200, [])]
