"""What a patient reads about their pain, from rows: the rules themselves are tested in rules/test_advice.py."""

from datetime import date

import pytest

from progress import services
from progress.advice import load_advice
from progress.models import Alert, RuleSet
from tests.factories import a_moment, make_finished_session, make_prescription
from tests.rows import make_history

pytestmark = [pytest.mark.django_db, pytest.mark.switched_on("PAIN_ADVICE")]

NOW = a_moment("2026-11-25 09:00")
EVENING = a_moment("2026-11-24 18:00")


@pytest.fixture
def prescription(patient):
    """Return a prescription of three weeks ago."""
    return make_prescription(patient=patient, now=a_moment("2026-11-01 10:00"))


def kinds(patient, now=NOW) -> list[str]:
    """Return what is said, heaviest first."""
    told = load_advice(patient, now)
    return [str(row.kind) for row in told.advice] if told else []


@pytest.mark.parametrize(
    ("worst", "morning", "expected"),
    [
        (2, 3, ["carry_on"]),
        (3, 3, ["stay"]),
        (5, 3, ["stay"]),
        (5, 4, ["do_the_minimum"]),
        (6, 3, ["stop_the_set"]),
        (6, 4, ["stop_the_set", "do_the_minimum"]),
        # A missing morning is unknown: nothing reassures, nothing warns.
        (2, None, []),
        (None, 3, []),
    ],
)
def test_advice_for_one_session_and_the_morning_after(patient, prescription, worst, morning, expected):
    make_finished_session(patient=patient, now=EVENING, pain_before=2, pain_worst=worst)
    services.rate_morning(patient=patient, side="right", value=morning, now=NOW)

    assert kinds(patient) == expected


def test_without_anything_known_nothing_is_said(patient, prescription, other_patient):
    make_prescription(patient=other_patient, now=a_moment("2026-11-01 10:00"))
    make_finished_session(patient=other_patient, now=EVENING, pain_worst=9)

    assert load_advice(patient, NOW) is None


def test_two_mornings_not_settled_pause_until_somebody_has_looked(patient, prescription, physiotherapist):
    for evening, morning in (("23", "24"), ("24", "25")):
        make_finished_session(patient=patient, now=a_moment(f"2026-11-{evening} 18:00"), pain_before=2, pain_worst=4)
        services.rate_morning(patient=patient, side="right", value=5, now=a_moment(f"2026-11-{morning} 08:00"))
    paused = kinds(patient)
    told = load_advice(patient, NOW)
    Alert.objects.update(resolved_by=physiotherapist, resolved_at=NOW, resolution="Talked.")

    assert paused == ["pause_and_call"]
    assert (told.pauses, told.offers_minimum) == (True, False)
    assert [(row.what, row.local_date, row.value, row.limit) for row in told.advice[0].evidence] == [
        ("morning", date(2026, 11, 24), 5, 3),
        ("morning", date(2026, 11, 25), 5, 3),
    ]
    assert kinds(patient) == ["do_the_minimum"]


def test_a_correction_counts(patient, prescription):
    session = make_finished_session(patient=patient, now=EVENING, pain_worst=9)
    rating = session.pain_ratings.get(moment="worst")
    before = kinds(patient)
    services.correct(session=session, changes=[services.Change(f"pain-{rating.pk}", value=3)], by=patient.user, now=NOW)

    assert (before, kinds(patient)) == (["stop_the_set"], [])


def test_ones_own_limits_are_named(patient, prescription, physiotherapist):
    own = RuleSet.objects.get()
    own.pk, own.patient, own.amber_max, own.preset = None, patient, 3, "own"
    own.made_by, own.made_at = physiotherapist, a_moment("2026-11-03 12:00")
    own.save(force_insert=True)
    make_finished_session(patient=patient, now=EVENING, pain_worst=4)

    told = load_advice(patient, NOW)

    assert (told.rule_set, told.advice[0].evidence[0].limit) == (own, 3)


def test_switched_off_nothing_is_said_and_nothing_asked(patient, prescription, settings, django_assert_num_queries):
    settings.PAIN_ADVICE = False
    make_finished_session(patient=patient, now=EVENING, pain_worst=9)

    with django_assert_num_queries(0):
        assert load_advice(patient, NOW) is None


@pytest.mark.parametrize("history", [1, 50])
def test_queries(patient, prescription, history, django_assert_num_queries):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)

    with django_assert_num_queries(3):  # ratings; limits; what was closed
        load_advice(patient, NOW)
