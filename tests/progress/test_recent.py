"""The ratings of the last two weeks, in one query."""

from datetime import date, timedelta

import pytest

from progress import services
from progress.history import load_pain
from progress.recent import load_recent_pain
from tests.factories import a_moment, later, make_finished_session, make_patient, make_session
from tests.rows import make_history, make_mornings

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 09:00")
TODAY = date(2026, 11, 25)


@pytest.fixture
def session(patient):
    """Return a session of yesterday with its pain."""
    return make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=2, pain_worst=6)


def test_it_is_the_pain_of_the_sessions_and_mornings(patient, session, other_patient):
    services.rate_morning(patient=patient, side="right", value=3, now=NOW)
    make_finished_session(patient=other_patient, now=a_moment("2026-11-24 08:00"))

    found = load_recent_pain(patient, TODAY)

    assert found.history == load_pain(patient, TODAY - timedelta(days=14), TODAY)
    assert found.mornings_on(TODAY) == {"right": 3}
    assert found.mornings_on(TODAY - timedelta(days=1)) == {}
    assert found.of(session) == found.history.sessions[0]


def test_a_session_without_a_rating_is_left_out(patient, session):
    silent = make_session(patient=patient, now=NOW)

    found = load_recent_pain(patient, TODAY)

    assert [row.session_id for row in found.history.sessions] == [session.pk]
    assert found.of(silent) is None


@pytest.mark.parametrize(("days", "is_covered"), [(-1, False), (0, True), (14, True), (15, False)])
def test_it_goes_back_two_weeks(patient, days: int, is_covered):
    row = make_finished_session(patient=patient, now=later(NOW, days=-days))

    found = load_recent_pain(patient, TODAY)

    assert found.covers(row) is is_covered
    assert len(found.history.sessions) == is_covered


@pytest.mark.parametrize("sessions", [1, 50])
def test_it_is_one_query(sessions: int, django_assert_num_queries):
    patient = make_patient()
    row = make_session(patient=patient, now=later(NOW, days=-30))
    make_history(patient=patient, prescription=row.sets.get().prescription, until=NOW, sessions=sessions)
    make_mornings(patient=patient, until=NOW, days=sessions)

    with django_assert_num_queries(1):
        load_recent_pain(patient, TODAY)
