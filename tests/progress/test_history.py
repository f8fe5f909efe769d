"""Rows of a patient turned into what the rules of pain and readiness take."""

from datetime import date, timedelta

import pytest

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress import services
from progress.history import has_open_flag, load_pain, load_stage_history, rule_set_of
from progress.models import Alert, ExerciseSession, MorningCheck, PainRating, RedFlagReport, Rep
from progress.rules.limits import RULES_VERSION, Criteria
from tests.factories import (
    a_claim,
    a_moment,
    later,
    make_finished_session,
    make_prescription,
    make_ready_session,
    sets_of,
)
from tests.progress.test_history_tables import make_rule_set
from tests.rows import make_history

pytestmark = pytest.mark.django_db

START = a_moment("2026-11-16 08:00")
TODAY = date(2026, 11, 25)
NOW = a_moment("2026-11-25 08:00")


@pytest.fixture
def prescription(patient: Patient) -> Prescription:
    """Return stage 1, prescribed nine days ago."""
    return make_prescription(patient=patient, now=START)


def with_pauses(prescription: Prescription) -> Prescription:
    """Return it as it is loaded for the rules."""
    return Prescription.objects.prefetch_related("pauses").select_related("patient").get(pk=prescription.pk)


def at(day: int, time: str = "08:30") -> object:
    """Return an instant of November."""
    return a_moment(f"2026-11-{day} {time}")


def stage_history(prescription: Prescription, **criteria: int):
    """Return what the criteria look at."""
    row = with_pauses(prescription)
    return load_stage_history(row.patient, row, today=TODAY, criteria=Criteria(**criteria))


# --- which limits count --------------------------------------------------------------------------------------------
def test_limits_of_the_clinic_count_until_the_patient_has_their_own(patient, other_patient, physiotherapist):
    standard = rule_set_of(patient)
    assert (standard.version, standard.preset, standard.made_by) == (1, "standard", None)

    newer = make_rule_set(version=2, amber_max=6)
    assert rule_set_of(patient) == newer

    own = make_rule_set(patient=patient, version=1, amber_max=4, made_by=physiotherapist)
    newest = make_rule_set(patient=patient, version=2, amber_max=3, made_by=physiotherapist)
    make_rule_set(version=3, amber_max=7)

    assert rule_set_of(patient) == newest != own
    assert rule_set_of(other_patient).version == 3
    assert rule_set_of(patient).values.limits.amber_max == 3


# --- pain ----------------------------------------------------------------------------------------------------------
def test_pain_is_put_to_its_sessions_and_mornings(patient, other_patient, prescription):
    first = make_finished_session(patient=patient, now=at(24), pain_before=0, pain_worst=None)
    second = make_finished_session(patient=patient, now=at(24, "18:30"), pain_before=3, pain_worst=6)
    make_finished_session(patient=other_patient, now=at(24), pain_before=9, pain_worst=9)
    for person, value in ((patient, 0), (other_patient, 8)):
        PainRating.objects.create(
            patient=person, local_date=TODAY, moment="morning", side="right", status="answered", value=value,
            rated_at=NOW,
        )  # fmt: skip
    MorningCheck.objects.create(patient=patient, local_date=TODAY, swelling="marked", answered_at=NOW)
    MorningCheck.objects.create(patient=patient, local_date=date(2026, 11, 24), swelling="some", answered_at=NOW)

    yesterday = date(2026, 11, 24)
    MorningCheck.objects.create(patient=other_patient, local_date=yesterday, swelling="marked", answered_at=NOW)

    pain = load_pain(patient, yesterday, TODAY)

    assert [(row.session_id, row.order, row.before, row.worst) for row in pain.sessions] == [
        (first.pk, 0, {"right": 0}, {"right": None}),
        (second.pk, 1, {"right": 3}, {"right": 6}),
    ]
    assert pain.mornings == {TODAY: {"right": 0}}
    assert pain.swollen == {TODAY}


def test_pain_of_other_days_is_not_loaded(patient, prescription):
    make_finished_session(patient=patient, now=at(23))

    assert load_pain(patient, date(2026, 11, 24), TODAY).sessions == ()


def test_corrected_pain_counts_and_makes_the_session_late(patient, prescription):
    session = make_finished_session(patient=patient, now=at(24), pain_before=2, pain_worst=7)
    rating = session.pain_ratings.get(moment="worst")
    change = services.Change(f"pain-{rating.pk}", value=0)

    services.correct(session=session, changes=[change], by=patient.user, now=NOW)

    (row,) = load_pain(patient, date(2026, 11, 24), TODAY).sessions
    assert (row.worst, row.is_late) == ({"right": 0}, True)


@pytest.mark.parametrize(("hours", "is_late"), [(47, False), (49, True)])
def test_session_that_was_received_two_days_later_is_late(patient, prescription, hours, is_late):
    session = make_finished_session(patient=patient, now=at(22))
    rep = Rep.objects.filter(exercise_set__exercise_session=session).first()
    Rep.objects.filter(pk=rep.pk).update(received_at=later(rep.done_at, hours=hours))

    (row,) = load_pain(patient, date(2026, 11, 22), TODAY).sessions

    assert row.is_late is is_late


# --- one stage -----------------------------------------------------------------------------------------------------
def test_window_ends_yesterday_and_begins_with_the_prescription(prescription):
    assert [row.day.day for row in stage_history(prescription).days] == [18, 19, 20, 21, 22, 23, 24]
    assert [row.day.day for row in stage_history(prescription, window_days=28).days] == [*range(16, 25)]
    assert stage_history(prescription).on_stage_since == date(2026, 11, 16)


def test_day_counts_slots_holds_and_the_muscle(patient, prescription):
    make_finished_session(patient=patient, now=at(24), pain_worst=1, felt="yes")
    make_finished_session(patient=patient, now=at(24, "18:30"), pain_worst=2, reps=9, felt="unsure")

    day = stage_history(prescription).days[-1]

    assert (day.day, day.is_counted, day.slots_due, day.slots_done) == (date(2026, 11, 24), True, 2, 1)
    assert (day.holds_timed, day.holds_kept, day.sets_felt_yes, day.sets_felt_asked) == (19, 19, 1, 2)
    assert day.worst == (1, 2)


def test_hold_counts_to_within_half_a_second(patient, prescription):
    session = make_ready_session(patient=patient, now=at(24))
    (row,) = sets_of(session)
    planned = row.hold_target_ms
    for number, held_ms in enumerate((planned, planned - 500, planned - 501, 0), start=1):
        services.record_rep(exercise_set=row, claim=a_claim(number=number, held_ms=held_ms), now=at(24, "08:40"))
    # Ticked by hand: no clock has seen it.
    claim = a_claim(number=5, held_ms=None, method="manual")
    services.record_rep(exercise_set=row, claim=claim, now=at(24, "08:40"))

    day = stage_history(prescription).days[-1]

    assert (day.holds_timed, day.holds_kept) == (4, 2)


def test_rep_target_of_the_criteria_decides_what_is_done(patient, prescription):
    make_finished_session(patient=patient, now=at(24), reps=10)

    assert stage_history(prescription).days[-1].slots_done == 1
    assert stage_history(prescription, rep_target=11).days[-1].slots_done == 0


def test_late_session_is_not_counted(patient, prescription):
    session = make_finished_session(patient=patient, now=at(24))
    assert stage_history(prescription).days[-1].slots_done == 1

    services.correct(session=session, changes=[services.Change("effort", value=3)], by=patient.user, now=NOW)

    day = stage_history(prescription).days[-1]
    assert (day.slots_done, day.holds_timed, day.worst) == (0, 0, ())


def test_day_of_travel_and_paused_day_are_neither_for_nor_against(patient, prescription):
    make_finished_session(patient=patient, now=at(20))
    away = make_finished_session(patient=patient, now=at(22))
    ExerciseSession.objects.filter(pk=away.pk).update(time_zone="America/New_York")
    prescription.pauses.create(from_on=date(2026, 11, 24))

    counted = {row.day.day: row.is_counted for row in stage_history(prescription).days}

    assert counted == {18: True, 19: True, 20: True, 21: True, 22: False, 23: True, 24: False}


def test_once_a_day_is_full_with_one_session(patient):
    prescription = make_prescription(patient=patient, now=START, sessions_per_day=1)
    make_finished_session(patient=patient, now=at(24, "18:30"))

    day = stage_history(prescription).days[-1]

    assert (day.slots_due, day.slots_done) == (1, 1)


# --- what is open --------------------------------------------------------------------------------------------------
@pytest.mark.switched_on("ALERTS")
def test_open_flag_is_a_sign_or_a_high_alert_that_waits(patient, other_patient, physiotherapist):
    def make_alert(person: Patient, level: str, kind: str) -> Alert:
        return Alert.objects.create(patient=person, kind=kind, level=level, rules_version=RULES_VERSION, opened_at=NOW)

    make_alert(other_patient, "high", "pain_keeps_red")
    RedFlagReport.objects.create(patient=other_patient, local_date=TODAY, answered_at=NOW, card_version=1)
    make_alert(patient, "review", "pain_red")
    assert not has_open_flag(patient)

    high = make_alert(patient, "high", "pain_keeps_red")
    assert has_open_flag(patient)
    Alert.objects.filter(pk=high.pk).update(resolved_by=physiotherapist, resolved_at=NOW, resolution="Called.")
    assert not has_open_flag(patient)

    report = RedFlagReport.objects.create(patient=patient, local_date=TODAY, answered_at=NOW, card_version=1)
    assert has_open_flag(patient)
    cleared = {"cleared_by": physiotherapist, "cleared_at": NOW, "clear_note": "Seen."}
    RedFlagReport.objects.filter(pk=report.pk).update(**cleared)
    assert not has_open_flag(patient)


def test_queries_do_not_grow_with_sessions(patient, prescription, django_assert_num_queries):
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=1)
    # Two for the prescription itself.
    with django_assert_num_queries(2 + 5):
        stage_history(prescription)

    make_history(patient=patient, prescription=prescription, until=NOW - timedelta(days=1), sessions=16)
    with django_assert_num_queries(2 + 5):
        stage_history(prescription)
    with django_assert_num_queries(3):
        load_pain(patient, date(2026, 11, 1), TODAY)
