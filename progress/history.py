"""Weeks of a patient turned into the plain values that the rules of pain and readiness take. Few queries, any length."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from uuid import UUID

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared
from progress.facts import prescription_fact
from progress.models import Alert, ExerciseSession, ExerciseSet, MorningCheck, PainRating, RedFlagReport, RuleSet
from progress.ratings import Rating, by_session_and_morning, load_ratings
from progress.rules.days import PLANNED_SLOTS, local_moment
from progress.rules.later import is_late, is_morning_late
from progress.rules.limits import Criteria
from progress.rules.pain import PainHistory, SessionPain
from progress.rules.readiness import StageDay, StageHistory
from progress.rules.slots import PrescriptionFact
from progress.rules.travel import ZonedSession, travel_days
from progress.switches import alerts_are_on

# Two weeks for the medians that end yesterday.
PAIN_DAYS = 14
Moment = PainRating.Moment


@dataclass(frozen=True)
class KnownDays:
    """The last 28 days at least, where a page has them already: sessions in order, `with_each_hold`, and all ratings."""

    sessions: Sequence[ExerciseSession]
    ratings: Sequence[Rating]


def rule_set_of(patient: Patient) -> RuleSet:
    """Return the limits and criteria that count for a patient: their own, else the clinic's. One query."""
    return RULE_SET(patient.pk)[0]


RULE_SET = Prepared(
    lambda patient: RuleSet.objects.for_patient(patient).select_related("made_by")[:1],
    UUID(int=0),
)


def load_pain(patient: Patient, first: date, last: date) -> PainHistory:
    """Return all pain of the days from `first` to `last`, both included. Three queries."""
    return _pain_history(patient, list(_sessions(patient, first, last)), first, last)


def _swollen(patient: Patient, first: date, last: date) -> frozenset[date]:
    rows = MorningCheck.objects.filter(
        patient=patient, local_date__range=(first, last), swelling=MorningCheck.Swelling.MARKED
    )
    return frozenset(rows.values_list("local_date", flat=True))


def _sessions(patient: Patient, first: date, last: date) -> Iterable[ExerciseSession]:
    rows = ExerciseSession.objects.of(patient).filter(local_date__range=(first, last))
    return rows.with_corrected().with_wait().order_by("started_at", "pk")


def _pain_history(
    patient: Patient,
    sessions: Sequence[ExerciseSession],
    first: date,
    last: date,
    days: KnownDays | None = None,
    *,
    in_time_only: bool = False,
) -> PainHistory:
    """Put ratings to their sessions and mornings. Two queries, one less where the ratings are known.

    `in_time_only` leaves out mornings that were told late, as sessions that came late are marked.
    """
    known = days.ratings if days else load_ratings(patient, first, last)
    inside = [row for row in known if first <= row.local_date <= last]
    if in_time_only:
        inside = [row for row in inside if not _is_morning_late(row, patient.time_zone)]
    return pain_history_of(sessions, inside, _swollen(patient, first, last))


def _is_morning_late(row: Rating, zone: str) -> bool:
    return row.moment == Moment.MORNING and is_morning_late(row.local_date, local_moment(row.rated_at, zone).local_date)


def pain_history_of(
    sessions: Sequence[ExerciseSession], ratings: Iterable[Rating], swollen: frozenset[date]
) -> PainHistory:
    """Return the pain of one patient from rows: sessions `with_corrected` and `with_wait`, in order. No query."""
    by_session, mornings = by_session_and_morning(ratings)
    return PainHistory(
        tuple(
            SessionPain(
                session_id=row.pk,
                local_date=row.local_date,
                order=order,
                before=by_session[(row.pk, Moment.BEFORE)],
                worst=by_session[(row.pk, Moment.WORST)],
                hour_later=by_session[(row.pk, Moment.HOUR_LATER)],
                is_stopped_for_pain=row.stop_reason == ExerciseSession.StopReason.PAIN,
                is_late=came_late(row, is_corrected=row.is_corrected),  # type: ignore[attr-defined]
            )
            for order, row in enumerate(sessions)
        ),
        mornings,
        swollen=swollen,
    )


def came_late(session: ExerciseSession, *, is_corrected: bool = False) -> bool:
    """Tell whether a session was entered later by hand, or received late; loaded `with_wait` or `with_each_hold`."""
    rows = [session] if hasattr(session, "longest_wait") else session.sets.all()
    waited = (row.longest_wait for row in rows)  # type: ignore[union-attr]
    return is_late(
        done_at=session.started_at,
        received_at=session.started_at + timedelta(seconds=max((float(wait) for wait in waited if wait), default=0)),
        is_entered_later=session.is_entered_later,
        is_corrected=is_corrected,
    )


def load_stage_history(
    patient: Patient,
    prescription: Prescription,
    *,
    today: date,
    criteria: Criteria,
    days: KnownDays | None = None,
) -> StageHistory:
    """Return what the criteria of one prescription look at. Its pauses have to be loaded. Five queries; two with `days`.

    The window ends yesterday, and does not reach back beyond the start of the prescription.
    """
    first = max(prescription.starts_on, today - timedelta(days=criteria.window_days))
    # The medians of two weeks need more days than the window may have, a morning needs the day before it.
    pain_from = min(first, today - timedelta(days=PAIN_DAYS))
    known = days.sessions if days else _sessions(patient, pain_from, today)
    inside = (row for row in known if pain_from <= row.local_date <= today)
    sessions = sorted(inside, key=attrgetter("started_at", "pk"))
    pain = _pain_history(patient, sessions, pain_from, today, days, in_time_only=True)
    # Where somebody was when they entered a session later is not known.
    live = [row for row in sessions if not row.is_entered_later]
    away = travel_days(ZonedSession(row.local_date, row.time_zone, row.started_at) for row in live)
    in_time = {row.session_id: row for row in pain.sessions if not row.is_late}
    own = {row.pk: row for row in sessions if row.pk in in_time}
    rows = _known_sets(prescription, own.values()) if days else _load_sets(prescription, own)
    sets: defaultdict[date, list[tuple[SessionPain, ExerciseSet]]] = defaultdict(list)
    for row in rows:
        session = in_time[row.exercise_session_id]
        sets[session.local_date].append((session, row))
    fact = prescription_fact(prescription, patient.time_zone)
    return StageHistory(
        on_stage_since=prescription.starts_on,
        days=tuple(
            _stage_day(day, fact, sets[day], criteria, is_away=day in away)
            for day in (first + timedelta(days=count) for count in range((today - first).days))
        ),
        pain=pain,
        has_open_flag=has_open_flag(patient),
    )


def has_open_flag(patient: Patient) -> bool:
    """Tell whether a warning sign or an alert of the first order waits for a physiotherapist. One query.

    Where alerts are switched off, one from before that nobody can resolve any more does not count.
    """
    signs = RedFlagReport.objects.filter(patient=patient).open().values("pk")
    if not alerts_are_on():
        return signs.exists()
    alerts = Alert.objects.filter(patient=patient, level=Alert.Level.HIGH).open().values("pk")
    return signs.order_by().union(alerts.order_by(), all=True).exists()


def _load_sets(prescription: Prescription, sessions: Mapping[UUID, ExerciseSession]) -> Iterable[ExerciseSet]:
    """Return the sets of a prescription in some sessions. One query."""
    rows = ExerciseSet.objects.filter(prescription=prescription, exercise_session__in=list(sessions))
    # The sessions are here already, and nothing is asked of the stage.
    for row in rows.with_counts().with_holds().select_related(None):
        row.exercise_session = sessions[row.exercise_session_id]
        yield row


def _known_sets(prescription: Prescription, sessions: Iterable[ExerciseSession]) -> Iterable[ExerciseSet]:
    """Return the same from sessions that were loaded with their sets."""
    return (row for session in sessions for row in session.sets.all() if row.prescription_id == prescription.pk)


def _stage_day(
    day: date,
    fact: PrescriptionFact,
    sets: list[tuple[SessionPain, ExerciseSet]],
    criteria: Criteria,
    *,
    is_away: bool,
) -> StageDay:
    due = sum(fact.is_due_in(slot, day) for slot in PLANNED_SLOTS)
    done_in: defaultdict[str, list[bool]] = defaultdict(list)
    for _session, row in sets:
        done_in[row.exercise_session.slot].append(row.reps_done >= (criteria.rep_target or row.reps_min))  # type: ignore[attr-defined]
    done = sum(all(done_in[slot]) for slot in PLANNED_SLOTS if slot in done_in)
    asked = [row for _session, row in sets if row.reps_recorded]  # type: ignore[attr-defined]
    return StageDay(
        day=day,
        is_counted=bool(due) and not is_away,
        slots_due=min(due, fact.sessions_per_day),
        slots_done=min(done, fact.sessions_per_day, due),
        holds_timed=sum(row.holds_timed for _session, row in sets),  # type: ignore[attr-defined]
        holds_kept=sum(row.holds_kept for _session, row in sets),  # type: ignore[attr-defined]
        sets_felt_yes=sum(row.felt_muscle == ExerciseSet.Felt.YES for row in asked),
        sets_felt_asked=len(asked),
        worst=tuple(
            value
            for session in sorted({session.order: session for session, _row in sets}.values(), key=attrgetter("order"))
            for value in session.worst_by_knee
        ),
    )
