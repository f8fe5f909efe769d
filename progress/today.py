"""Everything that Today shows of a patient. A glance says first what there is; only that is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from exercises.access import in_readers_language, load_news
from exercises.models import Decision, Prescription
from kneecoach.accounts.models import Patient
from progress.advice import Told, load_advice
from progress.asking import Asking, Morning, knees_of, load_hour_later
from progress.conversation import unread_answer_of
from progress.facts import moment_of
from progress.flags import Flags, load_flags
from progress.glance import Glance, glance_at
from progress.models import Message, StageRequest
from progress.prescribed import load_prescribed
from progress.recent import RecentPain, load_recent_pain
from progress.requesting import answer_of
from progress.rules.asking import is_morning_check_open
from progress.rules.days import LocalMoment
from progress.rules.slots import DayView, day_view
from progress.rules.weekly import last_monday_of, week_to_ask
from progress.sittings import Reps, load_sittings


@dataclass(frozen=True)
class Today:
    """The day of a patient, what is asked, what their pain calls for, and what the physiotherapist says.

    `prescriptions` are those that run today, `upcoming` the next one where none does.
    """

    moment: LocalMoment
    day: DayView
    reps: Mapping[UUID, Reps]
    prescriptions: tuple[Prescription, ...]
    upcoming: Prescription | None
    asking: Asking
    asks_about_week: bool
    told: Told | None
    flags: Flags
    news: list[Decision]
    stage_answer: StageRequest | None
    unread_answer: Message | None


def load_today(patient: Patient, now: datetime) -> Today:
    """Load what Today shows at an instant. Seven queries at most, however long the history, and those of what is rare."""
    moment = moment_of(patient, now)
    today = moment.local_date
    glance = glance_at(patient, now, today)
    prescribed = load_prescribed(patient, last_monday_of(today), today)
    due = [fact for row, fact in prescribed if row.ended_on is None or row.ended_on > today]
    sittings = load_sittings(patient, today, now)
    running = tuple(row for row, fact in prescribed if fact.covers(today))
    recent = load_recent_pain(patient, today)
    is_known = bool(recent.ratings)
    return Today(
        moment=moment,
        day=day_view(today, moment, due, [sitting.fact for sitting in sittings]),
        reps={sitting.fact.id: sitting.reps for sitting in sittings},
        prescriptions=running,
        upcoming=_upcoming(patient) if glance.has_active and not running else None,
        asking=_asking(patient, now, moment, glance, recent),
        asks_about_week=not glance.is_week_answered
        and week_to_ask(today, (fact for _row, fact in prescribed)) is not None,
        told=load_advice(patient, now, pain=recent.history, has_resolved=glance.has_resolved) if is_known else None,
        flags=load_flags(patient, now) if glance.has_reports else Flags(),
        news=load_news(patient, now) if glance.has_news else [],
        stage_answer=answer_of(patient) if glance.has_answers else None,
        unread_answer=unread_answer_of(patient) if glance.has_unread else None,
    )


def _asking(patient: Patient, now: datetime, moment: LocalMoment, glance: Glance, recent: RecentPain) -> Asking:
    """Return what is asked: progress.asking.load_asking, of what is known already."""
    morning = _morning(moment, glance, recent)
    later = load_hour_later(patient, now, recent) if glance.has_ended_about_an_hour_ago else ()
    return Asking((*(morning.questions if morning else ()), *later), morning)


def _morning(moment: LocalMoment, glance: Glance, recent: RecentPain) -> Morning | None:
    sides = knees_of(glance.sides_yesterday)
    if not sides or not is_morning_check_open(moment):
        return None
    return Morning(moment.local_date, sides, recent.mornings_on(moment.local_date), glance.swelling)


def _upcoming(patient: Patient) -> Prescription | None:
    """Return the next prescription that starts later."""
    found = Prescription.objects.of(patient).active().select_related("stage").order_by("starts_on").first()
    in_readers_language([found.stage] if found else [])
    return found
