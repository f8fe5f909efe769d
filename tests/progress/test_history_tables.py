"""What the database refuses to whoever runs the site: to change history, logs and what a decision was based on."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from pghistory.models import Event

from exercises import editing
from exercises.models import Decision, Prescription, PrescriptionPause, ProgrammeTranslation
from kneecoach.accounts.models import AccessLog, ClinicSettings, Consent, DataRequest, Patient, User
from kneecoach.accounts.roles import APPEND_ONLY_TABLES
from progress import services
from progress.history import rule_set_of
from progress.models import (
    Alert,
    AlertEvidence,
    ExerciseSet,
    Message,
    MorningCheck,
    ReadinessCriterion,
    ReadinessEvaluation,
    RedFlagReport,
    RedFlagSign,
    Rep,
    RuleSet,
    StageRequest,
    WeeklyCheck,
)
from progress.rules.limits import RULES_VERSION, Criteria, PainLimits
from tests.factories import a_claim, a_moment, make_finished_session, make_invitation, stage

NOW = a_moment("2026-11-25 08:00")
TODAY = date(2026, 11, 25)
MONDAY = date(2026, 11, 23)

pytestmark = pytest.mark.django_db

# All of them, whoever adds one.
HISTORIES = tuple(sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, Event)))
TEXT_COLUMNS = {
    "accounts_accesslog": "view",
    "accounts_consent": "guardian_name",
    "django_admin_log": "object_repr",
    "exercises_eligibility": "guardian_name",
    "progress_alertevidence": "side",
    "progress_correction": "reason",
    "progress_readinesscriterion": "key",
    "progress_readinessevaluation": "rules_version",
    "progress_ruleset": "preset",
}


def test_tests_run_as_the_app_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'progress_rep'")
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize("table", [*HISTORIES, *APPEND_ONLY_TABLES])
def test_history_and_log_refuse_change_by_the_app_role(patient, physiotherapist, table):
    fill_every_history(patient, physiotherapist)
    column = TEXT_COLUMNS.get(table, "pgh_label")
    before = rows_of(table)

    for statement in ("UPDATE {table} SET {column} = '1'", "DELETE FROM {table}", "TRUNCATE {table}"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            execute(statement.format(table=table, column=column))

    assert before
    assert rows_of(table) == before


def fill_every_history(patient: Patient, physiotherapist: User) -> None:
    session = make_finished_session(patient=patient, now=NOW, reps=1)
    services.correct(session=session, changes=[services.Change("effort", value=3)], by=physiotherapist, now=NOW)
    services.record_rep(exercise_set=ExerciseSet.objects.get(), claim=a_claim(number=1, outcome="skipped"), now=NOW)
    Rep.objects.update(voided_at=NOW)
    AccessLog.objects.create(actor=physiotherapist, patient_id=patient.pk, view="patient")
    LogEntry.objects.log_actions(physiotherapist.pk, Patient.objects.all(), CHANGE, single_object=True)
    draft = editing.new_version(programme=stage(1).version.programme)
    ProgrammeTranslation.objects.create(version=draft, language_code="de", path="stage.vmo-1.title", text="Sitzen")
    editing.new_programme(key="hip", title="Hip programme")
    make_evaluation(patient)
    make_request(patient)
    make_message(patient)
    MorningCheck.objects.create(patient=patient, local_date=TODAY, answered_at=NOW)
    WeeklyCheck.objects.create(patient=patient, week_starts_on=MONDAY, answered_at=NOW)
    RedFlagReport.objects.create(patient=patient, local_date=TODAY, answered_at=NOW, card_version=1)
    ClinicSettings.objects.create(name="Knee House")
    RedFlagSign.objects.create(report=RedFlagReport.objects.get(), code="calf")
    prescription = Prescription.objects.of(patient)[0]
    PrescriptionPause.objects.create(prescription=prescription, from_on=TODAY)
    Decision.objects.create(
        patient=patient,
        kind="prescribed",
        prescription=prescription,
        from_on=TODAY,
        decided_by=physiotherapist,
        decided_at=NOW,
    )
    invitation, _token = make_invitation(patient=patient, by=physiotherapist, now=NOW)
    Consent.objects.create(patient=patient, invitation=invitation, version=1, agreed_at=NOW)
    DataRequest.objects.create(patient=patient, kind="erase", asked_at=NOW)
    AlertEvidence.objects.create(
        alert=make_alert(patient), what="worst", local_date=TODAY, side="right", value=7, limit=5, added_at=NOW
    )


def make_evaluation(patient: Patient) -> ReadinessEvaluation:
    made = ReadinessEvaluation.objects.create(
        patient=patient,
        prescription=Prescription.objects.of(patient)[0],
        local_date=TODAY,
        rule_set=rule_set_of(patient),
        rules_version=RULES_VERSION,
        made_at=NOW,
    )
    ReadinessCriterion.objects.create(evaluation=made, key="pain", verdict="met", value=0, limit=2)
    return made


def make_request(patient: Patient, **values: object) -> StageRequest:
    return StageRequest.objects.create(patient=patient, stage=stage(2), requested_at=NOW, **values)


def make_alert(patient: Patient, **values: object) -> Alert:
    fields = {"kind": "pain_red", "level": "review", "rules_version": RULES_VERSION, "opened_at": NOW, **values}
    return Alert.objects.create(patient=patient, **fields)


def make_message(patient: Patient, **values: object) -> Message:
    return Message.objects.create(patient=patient, **{"is_from_patient": True, "body": "x", "sent_at": NOW, **values})


def make_rule_set(**values: object) -> RuleSet:
    told = {**asdict(PainLimits()), **asdict(Criteria()), "preset": "own", "version": 2, "made_at": NOW, **values}
    return RuleSet.objects.create(**told)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def rows_of(table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 -- one of our own tables
        return cursor.fetchall()


@pytest.mark.parametrize(
    "table", ["progress_rep", "progress_exercisesession", "accounts_patient", "exercises_prescription"]
)
def test_clinical_tables_refuse_truncate_by_the_app_role(patient, table):
    make_finished_session(patient=patient, now=NOW, reps=1)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        execute(f"TRUNCATE {table} CASCADE")

    assert Rep.objects.count() == 1


# --- what the new tables refuse ------------------------------------------------------------------------------------
def is_taken(make: Callable[[], object]) -> bool:
    """Tell whether the database takes what `make` writes."""
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ({}, True),
        ({"version": 1}, False),
        ({"green_max": 0, "amber_max": 1}, True),
        ({"green_max": 5, "amber_max": 5}, False),
        ({"green_max": 6, "amber_max": 7}, True),
        ({"green_max": 6, "amber_max": 8}, False),
        ({"settled_tolerance": 4}, False),
        ({"min_days_on_stage": 61}, False),
        ({"window_days": 3, "min_full_days": 3, "mornings_settled_min": 3}, True),
        ({"window_days": 2, "min_full_days": 2, "mornings_settled_min": 2}, False),
        ({"window_days": 28}, True),
        ({"window_days": 29}, False),
        ({"min_full_days": 0}, False),
        ({"min_full_days": 8}, False),
        ({"rep_target": 1}, True),
        ({"rep_target": 0}, False),
        ({"rep_target": 31}, False),
        ({"hold_ok_percent": 49}, False),
        ({"hold_ok_percent": 101}, False),
        ({"pain_worst_max": 6}, False),
        ({"mornings_settled_min": 8}, False),
        ({"weekly_rise_max": 5}, False),
        ({"vmo_felt_percent": 101}, False),
        ({"preset": "wild"}, False),
    ],
)
def test_rule_set_keeps_its_bounds(values, taken):
    assert is_taken(lambda: make_rule_set(**values)) is taken


@pytest.mark.parametrize(("change", "taken"), [(None, True), (0, True), (-3, True), (3, True), (-4, False), (4, False)])
def test_weekly_change_keeps_its_bounds(patient, change, taken):
    def make() -> WeeklyCheck:
        return WeeklyCheck.objects.create(patient=patient, week_starts_on=MONDAY, change=change, answered_at=NOW)

    assert is_taken(make) is taken


def test_weekly_check_is_about_a_week_from_monday_and_once(patient):
    def make(day: date) -> WeeklyCheck:
        return WeeklyCheck.objects.create(patient=patient, week_starts_on=day, answered_at=NOW)

    assert not is_taken(lambda: make(date(2026, 11, 24)))
    assert is_taken(lambda: make(MONDAY))
    assert not is_taken(lambda: make(MONDAY))


def test_morning_check_knows_its_words_and_is_once_a_day(patient):
    def make(swelling: str) -> MorningCheck:
        return MorningCheck.objects.create(patient=patient, local_date=TODAY, swelling=swelling, answered_at=NOW)

    assert not is_taken(lambda: make("huge"))
    assert is_taken(lambda: make(""))
    assert not is_taken(lambda: make("none"))


def test_alert_is_open_once_per_patient_and_kind_and_resolved_whole(patient, other_patient, physiotherapist):
    alert = make_alert(patient)

    assert not is_taken(lambda: make_alert(patient))
    assert is_taken(lambda: make_alert(patient, kind="not_settled"))
    assert is_taken(lambda: make_alert(other_patient))
    whole = {"resolved_by": physiotherapist, "resolved_at": NOW, "resolution": "Called."}
    for missing in whole:
        partly = {key: value for key, value in whole.items() if key != missing}
        assert not is_taken(lambda partly=partly: Alert.objects.filter(pk=alert.pk).update(**partly))
    assert is_taken(lambda: Alert.objects.filter(pk=alert.pk).update(**whole))
    assert is_taken(lambda: make_alert(patient))


def test_same_evidence_is_kept_once(patient):
    alert = make_alert(patient)

    def add(value: int) -> AlertEvidence:
        return AlertEvidence.objects.create(
            alert=alert, what="morning", local_date=TODAY, side="left", value=value, limit=3, added_at=NOW
        )

    assert is_taken(lambda: add(4))
    assert not is_taken(lambda: add(4))
    assert is_taken(lambda: add(5))


def test_criterion_that_is_not_known_is_never_met(patient):
    make_finished_session(patient=patient, now=NOW, reps=0)
    evaluation = make_evaluation(patient)

    def add(verdict: str, *, key: str = "holds", limit: int = 90) -> ReadinessCriterion:
        return ReadinessCriterion.objects.create(evaluation=evaluation, key=key, verdict=verdict, limit=limit)

    assert not is_taken(lambda: add("met"))
    assert is_taken(lambda: add("unknown"))
    # Waived: nobody asks for a number.
    assert is_taken(lambda: add("met", key="felt_muscle", limit=0))


def test_request_is_open_once_per_patient_and_answered_whole(patient, physiotherapist):
    first = make_request(patient)

    assert not is_taken(lambda: make_request(patient))
    assert not is_taken(lambda: StageRequest.objects.filter(pk=first.pk).update(status="approved"))
    assert not is_taken(lambda: StageRequest.objects.filter(pk=first.pk).update(status="withdrawn"))
    answer = {"status": "declined", "decided_by": physiotherapist, "decided_at": NOW}
    assert not is_taken(lambda: StageRequest.objects.filter(pk=first.pk).update(dismissed_at=NOW))
    assert is_taken(lambda: StageRequest.objects.filter(pk=first.pk).update(**answer))
    assert is_taken(lambda: StageRequest.objects.filter(pk=first.pk).update(dismissed_at=NOW))
    assert is_taken(lambda: make_request(patient))


def test_message_says_something_and_staff_signs_it(patient, physiotherapist):
    assert not is_taken(lambda: make_message(patient, body=""))
    assert not is_taken(lambda: make_message(patient, is_from_patient=False))
    assert is_taken(lambda: make_message(patient, is_from_patient=False, author=physiotherapist))
    assert not is_taken(lambda: make_message(patient, id=uuid4(), read_at=NOW))


def test_warning_sign_outside_a_session_is_told_once_a_day_and_cleared_whole(patient, physiotherapist):
    def make() -> RedFlagReport:
        return RedFlagReport.objects.create(patient=patient, local_date=TODAY, answered_at=NOW, card_version=1)

    report = make()
    assert not is_taken(make)
    partly = {"cleared_by": physiotherapist, "cleared_at": NOW}
    assert not is_taken(lambda: RedFlagReport.objects.filter(pk=report.pk).update(**partly))
    assert is_taken(lambda: RedFlagReport.objects.filter(pk=report.pk).update(**partly, clear_note="Seen today."))
