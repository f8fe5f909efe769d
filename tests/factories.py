"""Rows for tests, made the way the application makes them: through its services.

Every function is keyword-only. `now` is the instant at which it happens; where it is left out, the clock's.
"""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group
from django.utils import timezone

from exercises import services as exercise_services
from exercises.models import Eligibility, Prescription, Stage
from exercises.rules import PAIN_LIMIT_USUAL, SquatDepth
from kneecoach.accounts import services as account_services
from kneecoach.accounts.models import Invitation, Patient, User
from kneecoach.accounts.roles import AUDITORS, MANAGERS, PHYSIOTHERAPISTS
from progress import services
from progress.facts import sides_of
from progress.history import rule_set_of
from progress.models import (
    Alert,
    AlertEvidence,
    ExerciseSession,
    ExerciseSet,
    Message,
    PainRating,
    RedFlagReport,
    Rep,
    StageRequest,
)
from progress.requesting import stage_ahead
from progress.rules.alerts import LEVEL_OF, AlertKind
from progress.rules.days import local_moment
from progress.rules.limits import RULES_VERSION
from progress.rules.reps import Outcome
from tests.factors import make_app

LONDON = "Europe/London"
PASSWORD = "a long password for tests"
REP_SECONDS = 6

_serial = itertools.count(1)


# --- time ----------------------------------------------------------------------------------------------------------
def a_moment(text: str = "2026-11-25 08:00", zone: str = LONDON, *, fold: int = 0) -> datetime:
    """Return the aware instant, in UTC, at which a wall clock in a zone shows this text."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def later(now: datetime, **duration: float) -> datetime:
    """Return an instant some time after another: later(now, hours=5)."""
    return now + timedelta(**duration)


# --- people --------------------------------------------------------------------------------------------------------
def make_user(
    *, email: str | None = None, name: str = "Some Body", password: str | None = None, is_staff: bool = False
) -> User:
    """Make somebody who can log in."""
    email = email or f"user{next(_serial)}@example.org"
    return User.objects.create_user(email, password, name=name, is_staff=is_staff)


def make_physiotherapist(*, email: str | None = None, name: str = "Petra Physio", password: str | None = None) -> User:
    """Make a member of staff in the group of physiotherapists."""
    return _make_staff(PHYSIOTHERAPISTS, email=email, name=name, password=password)


def make_manager(*, email: str | None = None, name: str = "Morgan Manager") -> User:
    """Make a clinic manager."""
    return _make_staff(MANAGERS, email=email, name=name)


def make_auditor(*, email: str | None = None, name: str = "Ada Auditor") -> User:
    """Make an auditor."""
    return _make_staff(AUDITORS, email=email, name=name)


def _make_staff(role: str, *, email: str | None, name: str, password: str | None = None) -> User:
    user = make_user(email=email, name=name, password=password, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    # Whoever logs in through the form is asked for it; without a password somebody is logged in by a cookie.
    if password:
        make_app(user=user)
    return user


def make_patient(
    *,
    name: str = "Anna Knee",
    birth_date: date = date(1990, 5, 17),
    side: str = "right",
    time_zone: str = LONDON,
    has_account: bool = True,
    has_found_vmo: bool = True,
    lead_physiotherapist: User | None = None,
    email: str | None = None,
    password: str | None = None,
) -> Patient:
    """Make a patient; with an account, and with the muscle found, unless told otherwise."""
    return Patient.objects.create(
        name=name,
        birth_date=birth_date,
        side=side,
        time_zone=time_zone,
        lead_physiotherapist=lead_physiotherapist,
        user=make_user(email=email, name=name, password=password) if has_account else None,
        vmo_found_at=a_moment("2026-01-05 10:00") if has_found_vmo else None,
    )


def make_invitation(
    *,
    patient: Patient,
    by: User | None = None,
    now: datetime | None = None,
    way: str = "mail",
    email: str | None = None,
) -> tuple[Invitation, str]:
    """Invite a patient and return the invitation with its token; by mail, to an address of their own."""
    if email is None:
        email = "nora.new@example.org" if way == "mail" else ""
    return account_services.invite(
        patient=patient,
        invitation_id=uuid.uuid4(),
        way=way,
        email=email,
        by=by or make_physiotherapist(),
        now=now or timezone.now(),
    )


# --- what to do ----------------------------------------------------------------------------------------------------
def stage(number: int) -> Stage:
    """Return a stage of the programme version that a migration has loaded."""
    return Stage.objects.select_related("version__programme").get(
        version__programme__key="kneecap", version__number=1, number=number
    )


def make_eligible(*, patient: Patient, by: User | None = None, now: datetime | None = None) -> Eligibility:
    """Confirm what has to hold before the first stage; for a minor, with a guardian. Again changes nothing."""
    now = now or timezone.now()
    return exercise_services.confirm_eligibility(
        patient=patient,
        today=local_moment(now, patient.time_zone).local_date,
        by=by or make_physiotherapist(),
        now=now,
        guardian_name="Gerda Guardian",
    )


def make_prescription(
    *,
    patient: Patient | None = None,
    stage_number: int = 1,
    by: User | None = None,
    now: datetime | None = None,
    starts_on: date | None = None,
    side: str | None = None,
    note: str = "",
    depth: SquatDepth | None = None,
    **dose: int,
) -> Prescription:
    """Prescribe a stage with its own dose, or with the values named; the stages it requires are mastered first."""
    patient = patient or make_patient()
    by = by or make_physiotherapist()
    now = now or timezone.now()
    starts_on = starts_on or local_moment(now, patient.time_zone).local_date
    wanted = stage(stage_number)
    for required in wanted.requires.order_by("number"):
        master_stage(patient=patient, stage_number=required.number, by=by, now=now)
    make_eligible(patient=patient, by=by, now=now)
    asked = exercise_services.Prescribing(
        patient=patient,
        stage=wanted,
        dose=replace(wanted.dose, **dose),
        side=side or patient.side,
        starts_on=starts_on,
        depth=depth or (SquatDepth(0, PAIN_LIMIT_USUAL) if wanted.is_squat else None),
        note=note,
    )
    return exercise_services.prescribe(asked, by=by, now=now)


def master_stage(
    *, patient: Patient, stage_number: int, by: User | None = None, now: datetime | None = None
) -> Prescription:
    """Mark a stage as mastered; one that is not prescribed yet is prescribed first. Again changes nothing."""
    by = by or make_physiotherapist()
    now = now or timezone.now()
    key = stage(stage_number).key
    own = Prescription.objects.of(patient).filter(stage_key=key)
    mastered = own.mastered().first()
    if mastered:
        return mastered
    return exercise_services.end_prescription(
        prescription=own.active().first()
        or make_prescription(patient=patient, stage_number=stage_number, by=by, now=now),
        reason=Prescription.EndReason.MASTERED,
        on=local_moment(now, patient.time_zone).local_date,
        by=by,
        now=now,
    )


# --- what was done -------------------------------------------------------------------------------------------------
def make_session(*, patient: Patient, now: datetime, session_id: uuid.UUID | None = None) -> ExerciseSession:
    """Start a session; somebody to whom nothing is prescribed is given stage 1 at the same instant."""
    if not Prescription.objects.of(patient).active().exists():
        make_prescription(patient=patient, now=now)
    return services.start_session(patient=patient, session_id=session_id or uuid.uuid4(), now=now)


def make_ready_session(*, patient: Patient, now: datetime, pain_before: int | None = 2) -> ExerciseSession:
    """Start a session and answer what comes before the first set; None skips the pain."""
    session = make_session(patient=patient, now=now)
    services.answer_safety(session=session, is_safe=True, now=now)
    rate_each_side(session=session, moment=PainRating.Moment.BEFORE, value=pain_before, now=now)
    session.refresh_from_db()
    return session


def sets_of(session: ExerciseSession) -> list[ExerciseSet]:
    """Return the sets of a session in their order."""
    return list(session.sets.select_related("exercise_session", "stage", "prescription").order_by("order"))


def rate_each_side(*, session: ExerciseSession, moment: str, value: int | None, now: datetime) -> None:
    """Rate the pain of every knee that the session asks about."""
    for side in sides_of(sets_of(session)):
        services.rate_pain(session=session, moment=moment, side=side, value=value, now=now)


def a_claim(
    *,
    number: int = 1,
    rep_id: uuid.UUID | None = None,
    held_ms: int | None = 3000,
    paused_ms: int = 0,
    outcome: str = "ok",
    method: str = "guided",
    done_at: datetime | None = None,
) -> services.RepClaim:
    """Return what a phone says about one repetition."""
    return services.RepClaim(
        rep_id=rep_id or uuid.uuid4(),
        number=number,
        held_ms=held_ms,
        paused_ms=paused_ms,
        outcome=Outcome(outcome),
        method=method,
        done_at=done_at,
    )


def do_reps(
    *,
    exercise_set: ExerciseSet,
    now: datetime,
    numbers: Sequence[int] = range(1, 11),
    held_ms: int | None = None,
    outcome: str = "ok",
) -> list[Rep]:
    """Begin a set and record repetitions, one every six seconds, held as long as prescribed unless told otherwise."""
    services.begin_set(exercise_set=exercise_set, now=now)
    held_ms = exercise_set.hold_target_ms if held_ms is None else held_ms
    return [
        services.record_rep(
            exercise_set=exercise_set,
            claim=a_claim(number=number, held_ms=held_ms, outcome=outcome),
            now=later(now, seconds=REP_SECONDS * count),
        ).rep
        for count, number in enumerate(numbers, start=1)
    ]


def make_finished_session(
    *,
    patient: Patient,
    now: datetime,
    pain_before: int | None = 2,
    pain_worst: int | None = 3,
    reps: int = 10,
    felt: str = "yes",
) -> ExerciseSession:
    """Do a whole session. Fewer reps than prescribed end each set by hand; None skips a question about pain."""
    session = make_ready_session(patient=patient, now=now, pain_before=pain_before)
    rows = sets_of(session)
    for row in rows:
        now = later(now, seconds=20)
        do_reps(exercise_set=row, now=now, numbers=range(1, reps + 1))
        now = later(now, seconds=REP_SECONDS * reps)
        if reps < row.reps_target:
            services.finish_set(exercise_set=row, now=now)
    now = later(now, seconds=20)
    if reps:
        rate_each_side(session=session, moment=PainRating.Moment.WORST, value=pain_worst, now=now)
        for row in rows:
            services.answer_felt(exercise_set=row, felt=felt, now=now)
            if row.depth_target is not None:
                services.answer_depth(exercise_set=row, depth=row.depth_target, now=now)
    session.refresh_from_db()
    return session


# --- wishes --------------------------------------------------------------------------------------------------------
def make_request(*, patient: Patient, now: datetime, message: str = "It feels easy now") -> StageRequest:
    """Ask for the next stage; somebody to whom nothing is prescribed is given stage 1 at the same instant."""
    if not Prescription.objects.of(patient).active().exists():
        make_prescription(patient=patient, now=now)
    ahead = stage_ahead(patient)
    assert ahead
    assert ahead.stage
    return services.ask_for_stage(
        patient=patient, request_id=uuid.uuid4(), stage_key=ahead.stage.key, message=message, now=now
    )


def make_message(
    *,
    patient: Patient,
    now: datetime,
    by: User | None = None,
    body: str = "It clicks",
    message_id: uuid.UUID | None = None,
) -> Message:
    """Write a message from a patient; from a physiotherapist where one is named."""
    return services.send_message(
        patient=patient,
        message_id=message_id or uuid.uuid4(),
        body=body,
        author=by or patient.user,
        is_from_patient=by is None,
        now=now,
    )


# --- what waits for a physiotherapist ------------------------------------------------------------------------------
def make_alert(*, patient: Patient, now: datetime, kind: str = "pain_keeps_red", value: int = 7) -> Alert:
    """Open an alert with one number, of a day that has no session; a warning sign has no number. One of a kind."""
    is_sign = kind == AlertKind.RED_FLAG
    standing = Alert.objects.open().filter(patient=patient, kind=kind).first()
    if standing:
        return standing
    alert = Alert.objects.create(
        patient=patient,
        kind=kind,
        level=LEVEL_OF[AlertKind(kind)],
        rules_version=RULES_VERSION,
        rule_set=None if is_sign else rule_set_of(patient),
        opened_at=now,
    )
    AlertEvidence.objects.create(
        alert=alert,
        what="sign" if is_sign else "worst",
        local_date=local_moment(now, patient.time_zone).local_date,
        side="" if is_sign else "right",
        value=None if is_sign else value,
        limit=None if is_sign else 5,
        added_at=now,
    )
    return alert


def make_red_flag(*, patient: Patient, now: datetime) -> RedFlagReport:
    """Answer yes to the warning signs at the start of a session."""
    session = make_session(patient=patient, now=now)
    services.answer_safety(session=session, is_safe=False, now=now)
    return RedFlagReport.objects.get(exercise_session=session)
