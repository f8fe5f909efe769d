"""What is prescribed in some days, with its pauses, in one query."""

from datetime import date, timedelta

import pytest

from exercises.models import PrescriptionPause
from progress.facts import load_span, prescription_fact
from progress.prescribed import load_prescribed
from tests.factories import a_moment, make_patient, make_prescription

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 09:00")
TODAY = NOW.date()
MONDAY = date(2026, 11, 16)


def test_it_is_what_the_span_of_these_days_holds(patient, other_patient, django_assert_num_queries):
    make_prescription(patient=other_patient, now=NOW)
    second = make_prescription(patient=patient, stage_number=2, now=NOW - timedelta(days=8))
    for first, last in ((20, 19), (3, None)):
        PrescriptionPause.objects.create(
            prescription=second,
            from_on=TODAY - timedelta(days=first),
            to_on=last and TODAY - timedelta(days=last),
        )
    span = load_span(patient, MONDAY, TODAY, NOW)

    with django_assert_num_queries(1):
        found = load_prescribed(patient, MONDAY, TODAY)
        stages = [each.row.stage for each in found]

    # The stage that came before it ended within these days.
    assert [each.row for each in found] == list(span.prescriptions)
    assert [each.fact for each in found] == list(span.prescription_facts)
    assert stages == [row.stage for row in span.prescriptions]
    assert len(found[-1].fact.pauses) == 2


@pytest.mark.parametrize(("starts", "is_there"), [(0, True), (1, False)])
def test_what_starts_after_the_last_day_is_not_there(starts: int, is_there):
    patient = make_patient()
    row = make_prescription(patient=patient, now=NOW, starts_on=TODAY + timedelta(days=starts))

    found = load_prescribed(patient, TODAY, TODAY)

    assert [(each.row, each.fact) for each in found] == ([(row, prescription_fact(row, patient.time_zone))] * is_there)
