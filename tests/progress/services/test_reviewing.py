"""Alerts are seen and resolved, warning signs are cleared: by whom, when, how, and once."""

import pytest
from django.core.exceptions import ValidationError

from exercises.models import Prescription
from kneecoach.accounts.models import Patient, User
from progress import services
from progress.models import Alert, RedFlagReport
from tests.factories import a_moment, later, make_alert, make_red_flag
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


# --- alerts --------------------------------------------------------------------------------------------------------
def test_see_says_who_and_when_and_once(patient: Patient, physiotherapist: User):
    alert = make_alert(patient=patient, now=NOW)

    for hours in (1, 2):
        services.see_alert(alert=alert, by=physiotherapist, now=later(NOW, hours=hours))

    alert.refresh_from_db()
    assert (alert.seen_by, alert.seen_at, alert.resolved_at) == (physiotherapist, later(NOW, hours=1), None)


def test_resolve_says_who_when_and_how_and_once(patient: Patient, physiotherapist: User):
    alert = make_alert(patient=patient, now=NOW)
    prescriptions = list(Prescription.objects.values_list())
    services.resolve_alert(alert=alert, resolution=" Talked it over ", by=physiotherapist, now=NOW)
    before = all_rows()

    row = services.resolve_alert(alert=alert, resolution="Again", by=physiotherapist, now=later(NOW, hours=1))

    assert (row.resolved_by, row.resolved_at, row.resolution) == (physiotherapist, NOW, "Talked it over")
    assert (row.seen_by, row.seen_at) == (physiotherapist, NOW)
    assert list(Prescription.objects.values_list()) == prescriptions
    assert all_rows() == before


def test_resolve_keeps_who_saw_it_first_and_a_resolved_one_is_not_seen_again(patient: Patient, physiotherapist: User):
    alert = make_alert(patient=patient, now=NOW)
    services.see_alert(alert=alert, by=physiotherapist, now=NOW)
    services.resolve_alert(alert=alert, resolution="Done", by=physiotherapist, now=later(NOW, hours=1))
    services.see_alert(alert=alert, by=physiotherapist, now=later(NOW, hours=2))

    alert.refresh_from_db()
    assert alert.seen_at == NOW


def test_resolve_without_a_word_is_refused(patient: Patient, physiotherapist: User):
    alert = make_alert(patient=patient, now=NOW)
    before = all_rows()

    with pytest.raises(ValidationError) as refused:
        services.resolve_alert(alert=alert, resolution=" ", by=physiotherapist, now=NOW)

    assert list(refused.value.message_dict) == ["resolution"]
    assert all_rows() == before


def test_resolve_a_warning_sign_that_is_open_is_refused(patient: Patient, physiotherapist: User):
    make_red_flag(patient=patient, now=NOW)
    alert = make_alert(patient=patient, kind="red_flag", now=NOW)
    before = all_rows()

    with pytest.raises(ValidationError, match="Clear the warning sign itself"):
        services.resolve_alert(alert=alert, resolution="Fine", by=physiotherapist, now=NOW)

    assert all_rows() == before


def test_resolve_while_somebody_else_has_a_warning_sign(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    make_red_flag(patient=other_patient, now=NOW)
    alert = make_alert(patient=patient, kind="red_flag", now=NOW)

    services.resolve_alert(alert=alert, resolution="Fine", by=physiotherapist, now=NOW)

    assert not Alert.objects.filter(patient=patient).open().exists()


# --- warning signs -------------------------------------------------------------------------------------------------
def test_clear_says_what_was_found_and_closes_the_alert(
    patient: Patient, other_patient: Patient, physiotherapist: User
):
    report = make_red_flag(patient=patient, now=NOW)
    alert = make_alert(patient=patient, kind="red_flag", now=NOW)
    others = [
        make_alert(patient=patient, kind="pain_red", now=NOW),
        make_alert(patient=other_patient, kind="red_flag", now=NOW),
    ]
    services.clear_red_flag(report=report, note=" A bruise ", by=physiotherapist, now=later(NOW, hours=1))
    before = all_rows()

    services.clear_red_flag(report=report, note="Again", by=physiotherapist, now=later(NOW, hours=2))

    report.refresh_from_db()
    alert.refresh_from_db()
    assert (report.cleared_by, report.cleared_at, report.clear_note) == (
        physiotherapist,
        later(NOW, hours=1),
        "A bruise",
    )
    assert (alert.resolved_by, alert.resolved_at, alert.resolution) == (
        physiotherapist,
        later(NOW, hours=1),
        "A bruise",
    )
    assert set(Alert.objects.open()) == set(others)
    assert all_rows() == before


def test_clear_one_of_two_leaves_the_alert_open(patient: Patient, physiotherapist: User):
    first = make_red_flag(patient=patient, now=a_moment("2026-11-24 08:00"))
    second = make_red_flag(patient=patient, now=NOW)
    alert = make_alert(patient=patient, kind="red_flag", now=NOW)

    services.clear_red_flag(report=first, note="A bruise", by=physiotherapist, now=NOW)
    assert (list(Alert.objects.open()), list(RedFlagReport.objects.filter(cleared_at=None))) == ([alert], [second])

    services.clear_red_flag(report=second, note="The same bruise", by=physiotherapist, now=NOW)
    assert not Alert.objects.open().exists()


def test_clear_while_somebody_else_has_a_warning_sign(patient: Patient, other_patient: Patient, physiotherapist: User):
    make_red_flag(patient=other_patient, now=NOW)
    report = make_red_flag(patient=patient, now=NOW)
    make_alert(patient=patient, kind="red_flag", now=NOW)

    services.clear_red_flag(report=report, note="A bruise", by=physiotherapist, now=NOW)

    assert not Alert.objects.filter(patient=patient).open().exists()


def test_clear_without_a_note_is_refused(patient: Patient, physiotherapist: User):
    report = make_red_flag(patient=patient, now=NOW)
    before = all_rows()

    with pytest.raises(ValidationError) as refused:
        services.clear_red_flag(report=report, note=" ", by=physiotherapist, now=NOW)

    assert list(refused.value.message_dict) == ["note"]
    assert all_rows() == before
