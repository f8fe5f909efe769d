"""Warning signs as the services write them down: once a day and patient."""

import pytest

from kneecoach.accounts.models import Patient
from progress.models import RedFlagReport
from progress.services import report_warning_sign
from tests.factories import a_moment, later, make_red_flag

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


def test_sign_is_told_once_a_day_and_anew_on_the_next(patient: Patient):
    first = report_warning_sign(patient=patient, now=NOW)

    again, next_day = (report_warning_sign(patient=patient, now=later(NOW, hours=hours)) for hours in (5, 24))

    assert (again, list(RedFlagReport.objects.order_by("answered_at"))) == (first, [first, next_day])


def test_sign_is_told_whatever_somebody_else_has_told(patient: Patient, other_patient: Patient):
    theirs = make_red_flag(patient=other_patient, now=NOW)

    own = report_warning_sign(patient=patient, now=NOW)

    assert (own.patient, set(RedFlagReport.objects.all())) == (patient, {theirs, own})
