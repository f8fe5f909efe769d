"""A glance tells of each thing exactly when its loader comes back with something."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from exercises.access import load_news
from exercises.models import Decision, Prescription
from kneecoach.accounts.models import Patient
from progress import services
from progress.asking import load_hour_later, load_morning, load_week
from progress.conversation import unread_answer_of
from progress.evidence import resolved_evidence
from progress.facts import moment_of
from progress.flags import load_flags
from progress.glance import Glance, glance_at
from progress.models import MorningCheck, RedFlagReport, WeeklyCheck
from progress.requesting import answer_of
from tests.factories import (
    a_moment,
    later,
    make_alert,
    make_finished_session,
    make_message,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_red_flag,
    make_request,
)

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 09:00")
NOTHING = Glance(
    has_active=False,
    has_ended_about_an_hour_ago=False,
    has_reports=False,
    has_resolved=False,
    has_answers=False,
    has_news=False,
    has_unread=False,
    is_week_answered=False,
    sides_yesterday=[],
    swelling=None,
)


def glance(patient: Patient, now=NOW) -> Glance:
    """Return the glance at an instant."""
    return glance_at(patient, now, moment_of(patient, now).local_date)


def told(patient: Patient, now=NOW) -> dict[str, bool]:
    """Return the flags of a glance."""
    return {name: value for name, value in glance(patient, now)._asdict().items() if isinstance(value, bool)}


def loaded(patient: Patient, now=NOW) -> dict[str, bool]:
    """Return the same from the loaders; a session is one that could be asked about."""
    flags, week = load_flags(patient, now), load_week(patient, now)
    return {
        "has_active": Prescription.objects.of(patient).active().exists(),
        "has_ended_about_an_hour_ago": bool(load_hour_later(patient, now)),
        "has_reports": bool(flags.waiting or flags.cleared),
        "has_resolved": bool(resolved_evidence(patient, moment_of(patient, now).local_date)),
        "has_answers": answer_of(patient) is not None,
        "has_news": bool(load_news(patient, now)),
        "has_unread": unread_answer_of(patient) is not None,
        "is_week_answered": week is not None and week.check is not None,
    }


def _prescribed(patient: Patient) -> None:
    make_prescription(patient=patient, now=later(NOW, days=-12))


def _ended_an_hour_ago(patient: Patient) -> None:
    make_finished_session(patient=patient, now=later(NOW, hours=-1.5), pain_worst=6)


def _report(patient: Patient) -> None:
    make_red_flag(patient=patient, now=later(NOW, days=-3))


def _cleared(patient: Patient, *, days: float) -> None:
    make_red_flag(patient=patient, now=later(NOW, days=-9))
    RedFlagReport.objects.update(
        cleared_by=make_physiotherapist(), cleared_at=later(NOW, days=-days), clear_note="Looked at"
    )


def _resolved(patient: Patient) -> None:
    alert = make_alert(patient=patient, now=later(NOW, days=-2))
    alert.resolved_by, alert.resolved_at, alert.resolution = make_physiotherapist(), NOW, "Called"
    alert.save()


def _answered(patient: Patient) -> None:
    request = make_request(patient=patient, now=later(NOW, days=-2))
    services.answer_request(
        request=request, status="declined", note="Not yet", by=make_physiotherapist(), now=later(NOW, days=-1)
    )


def _decided(patient: Patient, *, days: float) -> None:
    row = make_prescription(patient=patient, now=later(NOW, days=-20))
    Decision.objects.create(
        patient=patient,
        kind="changed",
        prescription=row,
        from_on=NOW.date(),
        decided_by=make_physiotherapist(),
        decided_at=later(NOW, days=-days),
    )


def _written(patient: Patient) -> None:
    make_message(patient=patient, now=NOW, by=make_physiotherapist())


def _week(patient: Patient) -> None:
    make_prescription(patient=patient, now=later(NOW, days=-12))
    WeeklyCheck.objects.create(patient=patient, week_starts_on=(NOW - timedelta(days=9)).date(), answered_at=NOW)


def _swollen(patient: Patient) -> None:
    MorningCheck.objects.create(patient=patient, local_date=NOW.date(), swelling="marked", answered_at=NOW)


LIVES: dict[str, Callable[[Patient], Any]] = {
    "nothing": lambda patient: None,
    "prescribed": _prescribed,
    "ended an hour ago": _ended_an_hour_ago,
    "a warning sign": _report,
    "cleared this week": lambda patient: _cleared(patient, days=6.9),
    "cleared before": lambda patient: _cleared(patient, days=7.1),
    "an alert closed": _resolved,
    "a request answered": _answered,
    "news": lambda patient: _decided(patient, days=13.9),
    "old news": lambda patient: _decided(patient, days=14.1),
    "a message": _written,
    "the week answered": _week,
    "a swelling told": _swollen,
}


@pytest.mark.parametrize("life", LIVES)
def test_it_tells_what_the_loaders_find(life: str, django_assert_num_queries):
    patient, other = make_patient(), make_patient()
    LIVES[life](patient)

    assert told(patient) == loaded(patient)
    assert glance(other) == NOTHING
    with django_assert_num_queries(1):
        glance(patient)


def test_every_flag_is_raised_by_some_life():
    raised = set()
    for make in LIVES.values():
        patient = make_patient()
        make(patient)
        raised |= {name for name, value in told(patient).items() if value}

    assert raised == {name for name, value in NOTHING._asdict().items() if value is False}


@pytest.mark.parametrize("side", ["left", "right", "both"])
@pytest.mark.parametrize("swelling", [None, "", "some"])
def test_it_knows_the_morning(side: str, swelling: str | None):
    patient = make_patient(side=side)
    make_finished_session(patient=patient, now=later(NOW, days=-1))
    if swelling is not None:
        services.answer_swelling(patient=patient, swelling=swelling, now=NOW)

    found, morning = glance(patient), load_morning(patient, NOW)

    assert morning
    assert (found.sides_yesterday, found.swelling) == ([side], morning.swelling)
    assert (glance(make_patient()).sides_yesterday, morning.swelling) == ([], swelling)
