"""Whose consent and whose requests are loaded: one's own, whoever else has some."""

from uuid import uuid4

import pytest
from django.http import Http404

from kneecoach.accounts.models import Consent, Patient
from kneecoach.accounts.services import ask_about_data
from kneecoach.privacy.access import newest_consent, newest_request, own_request
from tests.factories import a_moment, later

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 07:00")


def test_newest_consent_is_ones_own(patient: Patient, other_patient: Patient):
    Consent.objects.create(patient=patient, version=1, agreed_at=NOW)
    newest = Consent.objects.create(patient=patient, version=1, agreed_at=later(NOW, hours=1))
    others = Consent.objects.create(patient=other_patient, version=1, agreed_at=later(NOW, hours=2))

    assert [newest_consent(who) for who in (patient, other_patient)] == [newest, others]


def test_request_is_ones_own(patient: Patient, other_patient: Patient):
    first, second = (
        ask_about_data(patient=who, request_id=uuid4(), kind="erase", now=later(NOW, hours=hours))
        for hours, who in enumerate((patient, other_patient))
    )

    assert [newest_request(who) for who in (patient, other_patient)] == [first, second]
    assert own_request(patient, first.pk) == first
    with pytest.raises(Http404):
        own_request(patient, second.pk)
