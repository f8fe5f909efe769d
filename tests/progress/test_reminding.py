"""When reminders rest: a warning sign that nobody has cleared, or the advice to pause."""

import pytest

from progress import services
from progress.advice import load_advice
from progress.models import Alert, RedFlagReport
from progress.reminding import Rest, rests_for
from progress.rules.advice import AdviceKind
from tests.factories import a_moment, later, make_finished_session, make_prescription

pytestmark = [pytest.mark.django_db, pytest.mark.switched_on("PAIN_ADVICE")]

NOW = a_moment("2026-11-25 08:00")


@pytest.fixture
def patient(patient):
    """Return somebody with a prescription."""
    make_prescription(patient=patient, now=a_moment("2026-11-01 10:00"))
    return patient


def advised(patient) -> list[AdviceKind]:
    """Return what the patient reads."""
    told = load_advice(patient, NOW)
    return [row.kind for row in told.advice] if told else []


def two_red_sessions(patient) -> None:
    """Do two sessions over the limit, yesterday."""
    for instant in ("2026-11-24 08:00", "2026-11-24 18:00"):
        make_finished_session(patient=patient, now=a_moment(instant), pain_worst=8)


def test_nothing_known_rests_nothing(patient, other_patient):
    make_prescription(patient=other_patient, now=a_moment("2026-11-01 10:00"))
    two_red_sessions(other_patient)
    services.report_warning_sign(patient=other_patient, now=NOW)

    assert rests_for(patient, NOW) is None
    assert advised(patient) == []


@pytest.mark.parametrize("is_on", [True, False])
def test_warning_sign_rests_until_it_is_cleared_whatever_is_switched_on(patient, physiotherapist, settings, is_on):
    settings.PAIN_ADVICE = settings.ALERTS = is_on
    services.report_warning_sign(patient=patient, now=NOW)
    waiting = rests_for(patient, later(NOW, days=30))
    RedFlagReport.objects.update(cleared_by=physiotherapist, cleared_at=NOW, clear_note="Looked at it.")

    assert (waiting, rests_for(patient, NOW)) == (Rest.WARNING_SIGN, None)


def test_advice_to_pause_rests_until_a_physiotherapist_has_looked(patient, physiotherapist):
    two_red_sessions(patient)
    paused = rests_for(patient, NOW)
    Alert.objects.update(resolved_by=physiotherapist, resolved_at=NOW, resolution="Talked.")

    assert advised(patient) == [AdviceKind.STOP_THE_SET]
    assert (paused, rests_for(patient, NOW)) == (Rest.PAUSE, None)


def test_without_advice_nobody_is_paused(patient, settings):
    settings.PAIN_ADVICE = False
    two_red_sessions(patient)

    assert (rests_for(patient, NOW), advised(patient)) == (None, [])


def test_one_red_session_rests_nothing(patient):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"), pain_worst=8)

    assert rests_for(patient, NOW) is None
    assert advised(patient) == [AdviceKind.STOP_THE_SET]
