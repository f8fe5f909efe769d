"""The rows of the database as plain values, to prove that nothing was written; and a cheap long history."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Model
from psycopg import sql

from exercises.models import Prescription
from kneecoach.accounts.models import Device, Patient
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep, WeeklyCheck
from progress.rules.days import Slot, local_moment

# Who is logged in where changes with every request; of others than whoever asks, log_ins_without tells.
NOT_COMPARED = (Session, Device)

Rows = dict[str, list[str]]


def all_rows(*, without: tuple[type[Model], ...] = ()) -> Rows:
    """Return every row, as text, of every table that has a model, history included. One query."""
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model not in (*NOT_COMPARED, *without) and not model._meta.proxy and model._meta.managed
    }
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {name}, array_agg(t::text ORDER BY t::text) FROM {table} t").format(
            name=sql.Literal(table), table=sql.Identifier(table)
        )
        for table in sorted(tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(query.as_string(cursor.connection))
        return {name: rows or [] for name, rows in cursor.fetchall()}


def log_ins_without(user_id: int | None) -> list[tuple[str, ...]]:
    """Return where everybody but one is logged in, with their sessions. One query."""
    query = """
        SELECT device::text, session::text
        FROM accounts_device device LEFT JOIN django_session session USING (session_key)
        WHERE user_id IS DISTINCT FROM %s
        ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [user_id])
        return list(cursor.fetchall())


def make_history(
    *, patient: Patient, prescription: Prescription, until: datetime, sessions: int, pain: int = 3
) -> None:
    """Add finished sessions at 08:00 and 18:00 of the days before, each with ten repetitions and two ratings."""
    first_wall = until.replace(hour=8, minute=0, second=0, microsecond=0)
    starts = [first_wall - timedelta(days=1 + index // 2, hours=0 if index % 2 else -10) for index in range(sessions)]
    made = [_session(patient, started_at) for started_at in starts]
    sets = [_set(session, prescription) for session in made]
    ExerciseSession.objects.bulk_create(made)
    ExerciseSet.objects.bulk_create(sets)
    Rep.objects.bulk_create(
        Rep(
            id=uuid4(),
            exercise_set=row,
            number=number,
            held_ms=3000,
            outcome=Rep.Outcome.OK,
            method=Rep.Method.GUIDED,
            done_at=row.started_at,
            received_at=row.started_at,
        )
        for row in sets
        for number in range(1, 11)
    )
    PainRating.objects.bulk_create(
        PainRating(
            patient=patient,
            exercise_session=session,
            local_date=session.local_date,
            moment=moment,
            side=patient.side,
            status=PainRating.Status.ANSWERED,
            value=pain,
            rated_at=session.started_at,
        )
        for session in made
        for moment in (PainRating.Moment.BEFORE, PainRating.Moment.WORST)
    )


def make_mornings(*, patient: Patient, until: datetime, days: int, pain: int = 2) -> None:
    """Add a rating on each of the mornings before and on this one."""
    PainRating.objects.bulk_create(
        PainRating(
            patient=patient,
            local_date=local_moment(until, patient.time_zone).local_date - timedelta(days=back),
            moment=PainRating.Moment.MORNING,
            side=patient.side,
            status=PainRating.Status.ANSWERED,
            value=pain,
            rated_at=until - timedelta(days=back),
        )
        for back in range(days)
    )


def make_week(*, patient: Patient, monday: date, at: datetime, pain: int = 4) -> None:
    """Add what is answered about a week: that it was, and the worst pain of the right knee."""
    WeeklyCheck.objects.create(patient=patient, week_starts_on=monday, answered_at=at)
    PainRating.objects.create(
        patient=patient,
        local_date=monday,
        moment=PainRating.Moment.WEEK_WORST,
        side="right",
        status=PainRating.Status.ANSWERED,
        value=pain,
        rated_at=at,
    )


def _session(patient: Patient, started_at: datetime) -> ExerciseSession:
    moment = local_moment(started_at, patient.time_zone)
    return ExerciseSession(
        id=uuid4(),
        patient=patient,
        local_date=moment.local_date,
        time_zone=patient.time_zone,
        utc_offset_minutes=moment.utc_offset_minutes,
        slot=Slot.MORNING if moment.is_morning else Slot.EVENING,
        started_at=started_at,
        is_safe=True,
        ended_at=started_at + timedelta(minutes=10),
    )


def _set(session: ExerciseSession, prescription: Prescription) -> ExerciseSet:
    return ExerciseSet(
        id=uuid4(),
        exercise_session=session,
        order=1,
        prescription=prescription,
        stage=prescription.stage,
        side=prescription.side,
        reps_min=prescription.reps_min,
        reps_max=prescription.reps_max,
        reps_target=prescription.reps_target,
        hold_target_ms=prescription.hold_target_seconds * 1000,
        started_at=session.started_at,
        felt_muscle=ExerciseSet.Felt.YES,
    )
