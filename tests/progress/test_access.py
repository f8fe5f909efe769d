"""What belongs to a patient is loaded for them; for anybody else it is not there."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import Http404

from kneecoach.accounts.models import Patient
from progress.access import locked_set_of, message_of, report_of, session_of, set_of, stage_request_of
from progress.models import RedFlagReport
from progress.services import answer_safety
from tests.factories import a_moment, make_message, make_prescription, make_request, make_session, sets_of

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 08:00")


def own_report(patient: Patient) -> RedFlagReport:
    """Say that a warning sign is there."""
    answer_safety(session=make_session(patient=patient, now=NOW), is_safe=False, now=NOW)
    return RedFlagReport.objects.get(patient=patient)


ROWS: dict[str, tuple[Callable[..., Any], Callable[[Patient], Any]]] = {
    "session": (session_of, lambda patient: make_session(patient=patient, now=NOW)),
    "set": (set_of, lambda patient: sets_of(make_session(patient=patient, now=NOW))[0]),
    "locked set": (locked_set_of, lambda patient: sets_of(make_session(patient=patient, now=NOW))[0]),
    "report": (report_of, own_report),
    "request": (stage_request_of, lambda patient: make_request(patient=patient, now=NOW)),
    "message": (
        lambda patient, key: message_of(patient, str(key)),
        lambda patient: make_message(patient=patient, now=NOW),
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_is_there_for_its_patient_and_for_nobody_else(patient: Patient, other_patient: Patient, name: str):
    load, make = ROWS[name]
    for who in (patient, other_patient):
        make_prescription(patient=who, now=NOW)
    row, foreign = make(patient), make(other_patient)

    with transaction.atomic():
        assert load(patient, row.pk) == row
        missing = 0 if name == "report" else uuid4()
        for key in (foreign.pk, missing):
            with pytest.raises(Http404):
                load(patient, key)


def test_what_is_no_id_is_not_there(patient: Patient):
    with pytest.raises(Http404):
        message_of(patient, "no id")
