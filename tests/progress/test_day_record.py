"""What is on record of a day is one's own, whoever else did and said something on it."""

from datetime import date

import pytest

from kneecoach.accounts.models import Patient
from progress.day_record import first_day_of, load_day
from progress.models import MorningCheck
from progress.services import answer_safety
from tests.factories import a_moment, later, make_finished_session, make_message, make_prescription, make_session
from tests.rows import make_mornings, make_week

pytestmark = pytest.mark.django_db
# A Monday: the day on which the answers about a week are kept.
NOW, DAY = a_moment("2026-11-23 20:00"), date(2026, 11, 23)


@pytest.fixture
def other_patient(other_patient: Patient) -> Patient:
    """Return somebody of whom that day holds something of every kind."""
    make_prescription(patient=other_patient, now=a_moment("2026-11-01 10:00"))
    make_finished_session(patient=other_patient, now=a_moment("2026-11-23 08:00"))
    make_mornings(patient=other_patient, until=NOW, days=1)
    MorningCheck.objects.create(patient=other_patient, local_date=DAY, swelling="none", answered_at=NOW)
    make_week(patient=other_patient, monday=DAY, at=NOW)
    make_message(patient=other_patient, now=NOW)
    answer_safety(session=make_session(patient=other_patient, now=NOW), is_safe=False, now=NOW)
    return other_patient


def test_day_of_one_holds_nothing_of_another(patient: Patient, other_patient: Patient):
    own, others = (load_day(who, DAY, later(NOW, hours=1)) for who in (patient, other_patient))

    assert own.is_empty
    parts = (others.sessions, others.morning_pain, others.morning, others.week_pain, others.week, others.signs)
    assert [bool(part) for part in parts] == [True] * 6


def test_first_day_is_not_that_of_somebody_elses_prescription(patient: Patient, other_patient: Patient):
    Patient.objects.update(created_at=a_moment("2026-11-20 10:00"))
    for who in (patient, other_patient):
        who.refresh_from_db()

    assert [first_day_of(who, NOW) for who in (patient, other_patient)] == [date(2026, 11, 20), date(2026, 11, 1)]
