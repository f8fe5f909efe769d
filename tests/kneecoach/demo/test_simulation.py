"""The demo clinic: the same for the same moment, nothing after it, and every story there to be seen."""

from datetime import datetime, timedelta
from statistics import mean
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from exercises.models import Prescription
from exercises.services import stage_gate
from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.demo.people import ADMIN_EMAIL, PEOPLE, at_point
from kneecoach.demo.simulation import LOGINS, DatabaseNotEmpty, make_demo_clinic
from progress.facts import load_span, moment_of
from progress.models import ExerciseSession, ExerciseSet, PainRating, RedFlagReport, Rep
from progress.rules.slots import DayView, SlotState, day_view
from tests.factories import a_moment, make_patient, make_user, stage

# An afternoon, a night before the programme day turns, and the morning on which the clocks change.
MOMENTS = ("2026-11-25 15:20", "2026-08-15 02:10", "2027-03-28 06:55")

pytestmark = pytest.mark.django_db


@pytest.fixture
def only_mia(monkeypatch):
    """Leave out those with a history, which takes its time."""
    monkeypatch.setattr("kneecoach.demo.simulation.PEOPLE", PEOPLE[:1])


@pytest.mark.parametrize("point", [-1, 0, 0.25, 0.5, 0.75, 1, 2])
def test_curve_runs_from_point_to_point(point):
    expected = {-1: 4, 0: 4, 0.25: 3, 0.5: 2, 0.75: 5, 1: 8, 2: 8}

    assert at_point((4, 2, 8), point) == expected[point]


@pytest.mark.usefixtures("only_mia")
@pytest.mark.parametrize("login", LOGINS[:4], ids=lambda login: login.role)
def test_demo_log_ins_work(client, login):
    make_demo_clinic(now=timezone.now())

    response = client.post(reverse("account_login"), {"login": login.email, "password": login.password})

    user = User.objects.get(email=login.email)
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.name, user.is_staff, user.is_superuser) == (login.name, login.role != "patient", False)


@pytest.mark.usefixtures("only_mia")
def test_demo_clinic_has_its_settings_and_its_staff():
    made = make_demo_clinic(now=a_moment())

    settings = ClinicSettings.load()
    physiotherapist = User.objects.get(email=made[0].email)
    assert made == LOGINS
    assert [login.role for login in LOGINS] == ["physiotherapist", "clinic manager", "auditor"] + ["patient"] * 4
    assert settings.name
    assert settings.phone
    assert settings.emergency_number
    assert physiotherapist.has_perm("exercises.add_prescription")
    assert User.objects.get(email=ADMIN_EMAIL).is_superuser
    assert Patient.objects.get().lead_physiotherapist == physiotherapist


@pytest.mark.parametrize("who", ["patient", "account"])
def test_demo_is_never_put_beside_real_people(who):
    real = make_patient(has_account=False) if who == "patient" else make_user()

    with pytest.raises(DatabaseNotEmpty):
        make_demo_clinic(now=a_moment())

    assert [*Patient.objects.all(), *User.objects.all()] == [real]


@pytest.mark.slow
def test_demo_is_the_same_for_the_same_moment():
    now = a_moment(MOMENTS[0])
    with transaction.atomic():
        make_demo_clinic(now=now)
        first = everything()
        transaction.set_rollback(True)
    make_demo_clinic(now=now)

    assert len(first["rep"]) > 1000
    assert everything() == first
    # A clinic takes a while to make, so the stories of this moment are looked for here.
    assert_stories_and_nothing_of_the_future(now)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS[1:])
def test_demo_tells_its_stories_and_nothing_of_the_future(moment):
    now = a_moment(moment)

    make_demo_clinic(now=now)

    assert_stories_and_nothing_of_the_future(now)


def assert_stories_and_nothing_of_the_future(now: datetime) -> None:
    assert max(times_in(everything())) <= now
    assert all(row.local_date <= moment_of(row.patient, now).local_date for row in ExerciseSession.objects.all())
    assert {row.name.split()[0]: row.exercise_sessions.count() > 0 for row in Patient.objects.all()} == {
        "Mia": False,
        "Leo": True,
        "Grace": True,
        "Walter": True,
    }
    assert {row.name.split()[0]: None not in (row.morning_time, row.evening_time) for row in Patient.objects.all()} == {
        "Mia": False,
        "Leo": True,
        "Grace": True,
        "Walter": True,
    }
    assert_mia_is_new(now)
    assert_leo_is_two_weeks_into_stage_1(now)
    assert_grace_is_nearly_ready(now)
    assert_walter_got_worse(now)


def assert_mia_is_new(now: datetime) -> None:
    mia = patient_named("Mia")
    today = moment_of(mia, now).local_date
    prescription = Prescription.objects.of(mia).get()
    assert mia.vmo_found_at is None
    assert (prescription.stage.number, prescription.prescribed_at) == (1, now - timedelta(minutes=40))
    assert moment_of(mia, prescription.prescribed_at).local_date in {today, today - timedelta(days=1)}
    assert mia.user is not None
    assert mia.user.date_joined == prescription.prescribed_at


def assert_leo_is_two_weeks_into_stage_1(now: datetime) -> None:
    leo = patient_named("Leo")
    sessions = ExerciseSession.objects.of(leo)
    (prescription,) = Prescription.objects.of(leo)
    assert (leo.time_zone, leo.side, prescription.stage.number) == ("America/New_York", "both", 1)
    assert leo.is_minor(moment_of(leo, now).local_date)
    assert sessions.filter(slot="extra").count() >= 1
    assert sessions.filter(stop_reason="interrupted").count() == 1
    assert sessions.unfinished().count() >= 1
    assert set(PainRating.objects.of(leo).values_list("side", flat=True)) == {"left", "right"}
    assert set(slots_of(leo, 12, now)) >= {SlotState.DONE, SlotState.PARTLY, SlotState.MISSED}
    assert 12 <= sessions.count() <= 28


def assert_grace_is_nearly_ready(now: datetime) -> None:
    grace = patient_named("Grace")
    rows = Prescription.objects.of(grace).values_list("stage__number", "reps_target", "end_reason")
    recent = slots_of(grace, 14, now)
    assert list(rows.order_by("prescribed_at")) == [(1, 10, "mastered"), (2, 10, "superseded"), (2, 12, "")]
    assert stage_gate(patient=grace, stage=stage(3)).missing == ("vmo-2",)
    assert recent.count(SlotState.DONE) / len(recent) > 0.85
    assert mean(worst_of(grace, 7, 1, now)) <= 2
    assert mean(worst_of(grace, 42, 35, now)) >= 4
    assert not RedFlagReport.objects.filter(patient=grace).exists()
    assert ExerciseSession.objects.of(grace).get(entry="paper").entered_by == grace.user


def assert_walter_got_worse(now: datetime) -> None:
    walter = patient_named("Walter")
    sessions = ExerciseSession.objects.of(walter)
    early, recent = slots_of(walter, 40, now)[:28], slots_of(walter, 9, now)
    report = RedFlagReport.objects.get(patient=walter)
    yesterday = moment_of(walter, now).local_date - timedelta(days=1)
    assert early.count(SlotState.DONE) > 20
    assert recent.count(SlotState.MISSED) > recent.count(SlotState.DONE)
    assert mean(worst_of(walter, 40, 28, now)) <= 4
    assert mean(worst_of(walter, 10, 1, now)) >= 5.5
    stopped = sessions.get(stop_reason="pain")
    assert Rep.objects.filter(exercise_set__exercise_session=stopped, outcome="stopped_pain").count() == 1
    assert stopped.pain_ratings.filter(moment="worst", value__gte=8).count() == 1
    assert (report.exercise_session.local_date, report.exercise_session.slot) == (yesterday, "evening")
    assert sessions.filter(started_at__gt=report.answered_at).count() == 0


# --- reading what was made -----------------------------------------------------------------------------------------
def patient_named(first_name: str) -> Patient:
    return Patient.objects.get(name__startswith=first_name)


def days_of(patient: Patient, count: int, now: datetime) -> list[DayView]:
    """Return the last days before today, oldest first."""
    moment = moment_of(patient, now)
    days = [moment.local_date - timedelta(days=ago) for ago in range(count, 0, -1)]
    span = load_span(patient, days[0], days[-1], now)
    return [day_view(day, moment, span.prescription_facts, span.session_facts) for day in days]


def slots_of(patient: Patient, count: int, now: datetime) -> list[SlotState]:
    return [slot.state for day in days_of(patient, count, now) for slot in day.slots]


def worst_of(patient: Patient, first: int, last: int, now: datetime) -> list[int]:
    """Return the worst pain of the sessions from `first` to `last` days ago."""
    today = moment_of(patient, now).local_date
    span = (today - timedelta(days=first), today - timedelta(days=last))
    rows = PainRating.objects.of(patient).answered().filter(moment="worst", local_date__range=span)
    return list(rows.values_list("value", flat=True))


def everything() -> dict[str, list[dict[str, object]]]:
    """Return every row that was made, without the keys that the application mints or counts from run to run."""
    tables: dict[Any, tuple[tuple[str, ...], tuple[str, ...]]] = {
        Patient: (("id",), ("user_id", "lead_physiotherapist_id")),
        Prescription: (("id",), ("id", "prescribed_by_id", "ended_by_id")),
        ExerciseSession: (("id",), ("entered_by_id",)),
        ExerciseSet: (("exercise_session_id", "order"), ("id", "prescription_id")),
        Rep: (("id",), ("exercise_set_id",)),
        PainRating: (("id",), ("id",)),
        RedFlagReport: (("id",), ("id",)),
    }
    return {
        model._meta.model_name: [
            {key: value for key, value in row.items() if key not in left_out}
            for row in model.objects.order_by(*order).values()
        ]
        for model, (order, left_out) in tables.items()
    }


def times_in(rows: dict[str, list[dict[str, object]]]) -> list[datetime]:
    return [value for table in rows.values() for row in table for value in row.values() if isinstance(value, datetime)]
