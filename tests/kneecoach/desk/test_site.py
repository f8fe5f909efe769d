"""What the desk leaves out of the stock admin."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from kneecoach.accounts.models import Patient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["abc", "1", "b510095f-0833-4bf3-b5f3-27900b2c052e", "own"])
def test_no_row_leads_to_a_page_on_the_site(physio_client: Client, patient: Patient, key: str):
    kind = ContentType.objects.get_for_model(Patient).pk

    response = physio_client.get(f"/admin/r/{kind}/{patient.pk if key == 'own' else key}/")

    assert response.status_code == 404
