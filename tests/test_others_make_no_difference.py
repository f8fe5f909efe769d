"""What a patient reads is the same whoever else is there: the clinic's third patient changes no page of the other two.

Wherever rows are loaded for one patient without asking whose they are, those of the third come along and something on a page
moves: a count, a day, a line. Words of others are looked for in tests/test_site_matrix.py; this is about everything else.
"""

import re
from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient
from tests.cast import NOW, PATTERNS, Cast, make_cast, record_everything, url_of
from tests.desk_asking import FIRST_DIFFERENCE, as_if
from tests.factories import make_patient
from tests.fixtures import client_of
from tests.pages import body_of
from tests.site_asking import is_of_patients
from tests.test_urls import EXPECTED

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAGES = [(name, route) for name, route in PATTERNS if is_of_patients(name) and EXPECTED[name].patient[0] == 200]
# Of forms, of htmx, and of the outbox of a phone.
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|x-csrftoken": "|"token": ")\w+')
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_cast()


def pages_of(cast: Cast, patient: Patient, browser: Client) -> dict[str, str]:
    """Return every page of a patient. Ids and tokens that are made for one answer are left out."""
    ids, found = cast.ids[patient.pk], {}
    known = {str(value) for value in ids.values()}
    for name, route in PAGES:
        with as_if():
            text = TOKEN.sub("", body_of(browser.get(url_of(name, route, ids))))
        found[name] = UUID.sub(lambda match: match[0] if match[0] in known else "an id", text)
    return found


def test_pages_of_a_patient_are_the_same_whoever_else_is_there(cast: Cast):
    both = {patient: client_of(patient.user) for patient in (cast.patient, cast.other)}
    before = {patient: pages_of(cast, patient, browser) for patient, browser in both.items()}

    third = make_patient(name="Thea Third", email="third@example.org", lead_physiotherapist=cast.physiotherapist)
    record_everything(third, cast.physiotherapist, "third")

    differing = {}
    for patient, browser in both.items():
        for name, text in pages_of(cast, patient, browser).items():
            if text != (alone := before[patient][name]):
                differing[f"{patient} {name}"] = set(text.splitlines()) ^ set(alone.splitlines())
        if differing and FIRST_DIFFERENCE:
            break
    assert differing == {}
    assert len(PAGES) > 25
