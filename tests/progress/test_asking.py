"""What is asked of one is about one's own days, whoever else has something to say about them."""

from datetime import date, timedelta

import pytest

from kneecoach.accounts.models import Patient
from progress.asking import load_asking, load_morning, load_week
from progress.models import MorningCheck
from tests.factories import a_moment, later, make_finished_session, make_prescription
from tests.rows import make_mornings, make_week

pytestmark = pytest.mark.django_db
# A Wednesday.
NOW, MONDAY = a_moment("2026-11-25 08:00"), date(2026, 11, 16)


@pytest.fixture
def other_patient(other_patient: Patient) -> Patient:
    """Return somebody who is asked about everything, and has answered about the morning and the week."""
    make_prescription(patient=other_patient, now=a_moment("2026-11-01 10:00"))
    for hours in (-25, -1.2):
        make_finished_session(patient=other_patient, now=later(NOW, hours=hours), pain_worst=8)
    make_mornings(patient=other_patient, until=NOW, days=1)
    MorningCheck.objects.create(patient=other_patient, local_date=NOW.date(), swelling="none", answered_at=NOW)
    make_week(patient=other_patient, monday=MONDAY, at=NOW)
    return other_patient


def test_who_did_nothing_is_asked_about_nothing(patient: Patient, other_patient: Patient):
    assert load_asking(other_patient, NOW).questions
    assert load_week(other_patient, NOW)

    asked = load_asking(patient, NOW)

    assert (asked.questions, asked.morning, load_week(patient, NOW)) == ((), None, None)


def test_answers_of_somebody_else_answer_nothing(patient: Patient, other_patient: Patient):
    make_prescription(patient=patient, now=a_moment("2026-11-01 10:00"))
    make_finished_session(patient=patient, now=NOW - timedelta(hours=24))

    morning, week = load_morning(patient, NOW), load_week(patient, NOW)

    assert (morning.numbers, morning.swelling) == ({}, None)
    assert (week.numbers, week.check) == ({}, None)
