"""Alerts as the services open them: whatever records pain, once, with its numbers; closed by a person only."""

from datetime import date
from uuid import uuid4

import pytest
from django.apps import apps

from exercises.models import Prescription
from progress import services
from progress.models import Alert, AlertEvidence, RedFlagReport, RuleSet
from progress.rules.days import Slot
from progress.rules.limits import RULES_VERSION
from progress.services import LaterEntry, LaterSet
from tests.factories import (
    a_moment,
    later,
    make_finished_session,
    make_patient,
    make_prescription,
    make_ready_session,
    make_session,
)

pytestmark = [pytest.mark.django_db, pytest.mark.switched_on("ALERTS", "PAIN_ADVICE")]

PRESCRIBED = a_moment("2026-11-01 10:00")
MORNING = a_moment("2026-11-25 08:00")


@pytest.fixture
def patient(patient):
    """Return somebody with a prescription."""
    make_prescription(patient=patient, now=PRESCRIBED)
    return patient


def kinds(patient) -> list[str]:
    """Return the open alerts of a patient."""
    return sorted(Alert.objects.filter(patient=patient).open().values_list("kind", flat=True))


def evidence(kind: str) -> list[tuple[str, date, float | None, float | None]]:
    """Return the evidence of every alert of a kind, oldest first."""
    rows = AlertEvidence.objects.filter(alert__kind=kind).order_by("local_date", "pk")
    return [(row.what, row.local_date, row.value and float(row.value), row.limit and float(row.limit)) for row in rows]


def resolve(patient, by) -> None:
    """Close every open alert, as a physiotherapist does."""
    Alert.objects.filter(patient=patient).open().update(
        resolved_by=by, resolved_at=MORNING, resolution="Talked on the phone."
    )


@pytest.mark.parametrize(("worst", "expected"), [(5, []), (6, ["pain_red"]), (None, [])])
def test_red_pain_opens_an_alert_with_its_number_and_the_limit(patient, worst, expected):
    session = make_finished_session(patient=patient, now=MORNING, pain_worst=worst)

    assert kinds(patient) == expected
    if expected:
        alert, row = Alert.objects.get(), AlertEvidence.objects.get()
        assert (alert.level, alert.rules_version, alert.rule_set) == ("review", RULES_VERSION, RuleSet.objects.get())
        assert (alert.seen_at, alert.resolved_at) == (None, None)
        assert (row.exercise_session, row.side) == (session, "right")
        assert evidence("pain_red") == [("worst", date(2026, 11, 25), 6.0, 5.0)]


def test_pain_before_over_the_limit_opens_an_alert_of_the_first_order(patient, other_patient):
    make_ready_session(patient=patient, now=MORNING, pain_before=6)

    assert kinds(patient) == ["pain_before_red"]
    assert Alert.objects.get().level == "high"
    assert kinds(other_patient) == []


def test_ones_own_limits_count_and_are_kept(patient, physiotherapist):
    standard = RuleSet.objects.get()
    own = RuleSet.objects.get()
    own.pk, own.patient, own.amber_max, own.preset, own.made_at = None, patient, 3, "own", PRESCRIBED
    own.save(force_insert=True)

    make_finished_session(patient=patient, now=MORNING, pain_worst=4)

    assert own.pk != standard.pk
    assert Alert.objects.get().rule_set == own
    assert evidence("pain_red") == [("worst", date(2026, 11, 25), 4.0, 3.0)]


def test_the_same_pain_again_adds_nothing(patient):
    make_finished_session(patient=patient, now=MORNING, pain_worst=7)
    before = list(Alert.objects.values()), list(AlertEvidence.objects.values())

    for _time in range(2):
        services.refresh_alerts(patient=patient, now=later(MORNING, hours=2))

    assert (list(Alert.objects.values()), list(AlertEvidence.objects.values())) == before


def test_new_evidence_makes_a_seen_alert_unseen_and_old_evidence_does_not(patient, physiotherapist):
    make_finished_session(patient=patient, now=MORNING, pain_before=6)
    Alert.objects.update(seen_by=physiotherapist, seen_at=MORNING)

    services.refresh_alerts(patient=patient, now=later(MORNING, hours=1))
    still_seen = Alert.objects.get().seen_at
    make_ready_session(patient=patient, now=a_moment("2026-11-25 18:00"), pain_before=7)

    alert = Alert.objects.get()
    assert still_seen == MORNING
    assert (alert.seen_at, alert.seen_by) == (None, None)
    assert [row[2] for row in evidence("pain_before_red")] == [6.0, 7.0]


def test_two_of_three_open_the_heavier_alert_and_resolve_nothing(patient):
    make_finished_session(patient=patient, now=MORNING, pain_worst=7)
    make_finished_session(patient=patient, now=a_moment("2026-11-25 18:00"), pain_worst=8)

    assert kinds(patient) == ["pain_keeps_red", "pain_red"]
    assert [row[2] for row in evidence("pain_keeps_red")] == [7.0, 8.0]


def test_what_was_resolved_opens_again_with_new_evidence_only(patient, physiotherapist):
    make_finished_session(patient=patient, now=MORNING, pain_worst=7)
    resolve(patient, physiotherapist)

    services.refresh_alerts(patient=patient, now=later(MORNING, hours=1))
    same = kinds(patient)
    make_finished_session(patient=patient, now=a_moment("2026-11-25 18:00"), pain_worst=3)
    calm = kinds(patient)
    make_finished_session(patient=patient, now=a_moment("2026-11-26 08:00"), pain_worst=9)

    assert (same, calm, kinds(patient)) == ([], [], ["pain_keeps_red"])


def test_alert_holds_all_that_the_rule_saw_whatever_is_open_of_somebody_else(patient, other_patient, physiotherapist):
    make_prescription(patient=other_patient, now=PRESCRIBED)
    evening, next_day = a_moment("2026-11-25 18:00"), a_moment("2026-11-26 08:00")
    for moment in (MORNING, evening):
        make_finished_session(patient=patient, now=moment, pain_worst=7)
    resolve(patient, physiotherapist)
    for moment in (MORNING, evening):
        make_finished_session(patient=other_patient, now=moment, pain_worst=8)

    make_finished_session(patient=patient, now=next_day, pain_worst=9)

    again = Alert.objects.filter(patient=patient, kind="pain_keeps_red").open().get()
    assert list(again.evidence.order_by("value").values_list("value", flat=True)) == [7, 7, 9]


def test_pain_that_is_corrected_upwards_opens_an_alert(patient):
    session = make_finished_session(patient=patient, now=MORNING, pain_worst=3)
    rating = session.pain_ratings.get(moment="worst")

    for _time in range(2):
        services.correct(
            session=session,
            changes=[services.Change(f"pain-{rating.pk}", value=8)],
            by=patient.user,
            now=later(MORNING, hours=1),
        )

    assert evidence("pain_red") == [("worst", date(2026, 11, 25), 8.0, 5.0)]


def test_another_correction_looks_at_nothing(patient, settings):
    settings.ALERTS = False
    session = make_finished_session(patient=patient, now=MORNING, pain_worst=8)
    settings.ALERTS = True

    services.correct(
        session=session, changes=[services.Change("effort", value=4)], by=patient.user, now=later(MORNING, hours=1)
    )

    assert kinds(patient) == []


@pytest.mark.parametrize(("day", "expected"), [(date(2026, 11, 24), ["pain_red"]), (date(2026, 11, 23), [])])
def test_session_entered_later_opens_an_alert_for_yesterday_not_for_long_ago(patient, day, expected):
    prescription = Prescription.objects.get(patient=patient)
    entry = LaterEntry(
        session_id=uuid4(),
        day=day,
        slot=Slot.EVENING,
        is_from_paper=False,
        sets=(LaterSet(prescription.pk, "right", 5),),
        pain={("worst", "right"): 9},
    )

    services.enter_session(patient=patient, entry=entry, now=MORNING)

    assert kinds(patient) == expected


def test_what_a_phone_kept_for_days_counts_as_of_when_it_was_told(patient):
    done = a_moment("2026-11-20 08:00")
    session = make_ready_session(patient=patient, now=done)
    services.rate_pain(session=session, moment="worst", side="right", value=9, now=later(done, minutes=9))

    assert evidence("pain_red") == [("worst", date(2026, 11, 20), 9.0, 5.0)]


# --- the next morning -------------------------------------------------------------------------------------------------
def a_morning(patient, day: str, value: int | None) -> None:
    """Rate a morning at eight o'clock."""
    services.rate_morning(patient=patient, side="right", value=value, now=a_moment(f"{day} 08:00", patient.time_zone))


@pytest.mark.parametrize(("value", "expected"), [(3, []), (4, ["not_settled"]), (None, [])])
def test_morning_that_has_not_settled_opens_an_alert(patient, value, expected):
    make_finished_session(patient=patient, now=a_moment("2026-11-24 18:00"), pain_before=2, pain_worst=4)

    a_morning(patient, "2026-11-25", value)

    assert kinds(patient) == expected


# Over the ends of a month and a year, in the nights in which the clock changes, and on a leap day.
@pytest.mark.parametrize(
    ("zone", "first", "second", "third"),
    [
        ("Europe/London", "2026-11-23", "2026-11-24", "2026-11-25"),
        ("Europe/London", "2026-11-30", "2026-12-01", "2026-12-02"),
        ("Europe/London", "2026-12-30", "2026-12-31", "2027-01-01"),
        ("Europe/London", "2028-02-28", "2028-02-29", "2028-03-01"),
        ("Europe/Berlin", "2026-10-24", "2026-10-25", "2026-10-26"),
        ("Europe/Berlin", "2027-03-27", "2027-03-28", "2027-03-29"),
        ("Africa/Cairo", "2027-04-29", "2027-04-30", "2027-05-01"),
        ("America/Santiago", "2027-09-04", "2027-09-05", "2027-09-06"),
        ("Asia/Kathmandu", "2026-12-30", "2026-12-31", "2027-01-01"),
    ],
)
def test_two_mornings_running_over_every_edge_of_the_calendar(zone, first, second, third):
    patient = make_patient(time_zone=zone)
    make_prescription(patient=patient, now=PRESCRIBED.replace(month=9))
    for evening, morning in ((first, second), (second, third)):
        # Twenty to one at night, the next day on the wall, is still the evening before.
        make_finished_session(patient=patient, now=a_moment(f"{morning} 00:40", zone), pain_before=2, pain_worst=3)
        a_morning(patient, morning, 4)
        assert evidence("not_settled")[0][1] == date.fromisoformat(second), evening

    assert kinds(patient) == ["not_settled", "not_settled_twice"]
    assert [row[1] for row in evidence("not_settled_twice")] == [
        date.fromisoformat(second),
        date.fromisoformat(third),
    ]


def test_a_morning_between_that_settled_breaks_the_row(patient):
    for evening, morning, value in (("23", "24", 4), ("24", "25", 3), ("25", "26", 4)):
        make_finished_session(patient=patient, now=a_moment(f"2026-11-{evening} 18:00"), pain_before=2, pain_worst=3)
        a_morning(patient, f"2026-11-{morning}", value)

    assert kinds(patient) == ["not_settled"]


# --- warning signs ---------------------------------------------------------------------------------------------------
def test_warning_sign_opens_an_alert_without_limits(patient):
    session = make_session(patient=patient, now=MORNING)

    for _time in range(2):
        services.answer_safety(session=session, is_safe=False, now=MORNING)

    alert, row = Alert.objects.get(), AlertEvidence.objects.get()
    assert (alert.kind, alert.level, alert.rule_set) == ("red_flag", "high", None)
    assert (row.what, row.exercise_session, row.value, row.limit) == ("sign", session, None, None)


def test_a_second_report_makes_the_alert_unseen(patient, physiotherapist):
    services.report_warning_sign(patient=patient, now=MORNING)
    Alert.objects.update(seen_by=physiotherapist, seen_at=MORNING)
    RedFlagReport.objects.update(cleared_by=physiotherapist, cleared_at=MORNING, clear_note="Looked at it.")

    services.report_warning_sign(patient=patient, now=later(MORNING, hours=3))

    assert (Alert.objects.get().seen_at, RedFlagReport.objects.count()) == (None, 2)


# --- switched off ----------------------------------------------------------------------------------------------------
def test_without_alerts_everything_is_recorded_and_nothing_opened(patient, settings):
    settings.ALERTS = False

    session = make_finished_session(patient=patient, now=MORNING, pain_before=7, pain_worst=9)
    services.report_warning_sign(patient=patient, now=later(MORNING, hours=1))

    assert (session.pain_ratings.count(), RedFlagReport.objects.count()) == (2, 1)
    assert (Alert.objects.count(), AlertEvidence.objects.count()) == (0, 0)


def test_history_says_who_saw_what(patient, physiotherapist):
    make_finished_session(patient=patient, now=MORNING, pain_worst=9)
    Alert.objects.update(seen_by=physiotherapist, seen_at=MORNING)
    make_finished_session(patient=patient, now=a_moment("2026-11-25 18:00"), pain_before=2, pain_worst=2)
    make_finished_session(patient=patient, now=a_moment("2026-11-26 08:00"), pain_worst=9)

    events = apps.get_model("progress", "AlertEvent").objects.filter(kind="pain_red").order_by("pgh_id")
    assert [(row.pgh_label, row.seen_at is None) for row in events][:2] == [("insert", True), ("update", False)]
