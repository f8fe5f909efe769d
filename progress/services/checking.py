"""What a patient answers besides the questions of a session: the next morning, an hour later, the week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient
from progress.asking import WEEK_MOMENTS, Morning, load_morning, load_week, pain_around
from progress.models import ExerciseSession, MorningCheck, PainRating, WeeklyCheck
from progress.rules.asking import is_hour_later_open
from progress.rules.pain import asks_hour_later
from progress.services.alerting import refresh_alerts
from progress.services.locking import lock_patient

Moment = PainRating.Moment
MORNING_CLOSED = _("The morning check is open from 04:00 to 12:00, on the day after a session.")
HOUR_LATER_CLOSED = _("This is asked from 45 minutes to three hours after a session.")
WEEK_CLOSED = _("The weekly check asks about a week with exercises, from the Monday after it.")


class CheckClosed(ValidationError):
    """It is not the time of this question, or it is not asked of this knee. Nothing was written."""


@dataclass(frozen=True)
class WeekAnswers:
    """What was said about a week: worst and usual pain by moment and knee, and the change. None is skipped."""

    monday: date
    pain: Mapping[tuple[str, str], int | None]
    change: int | None


def rate_morning(*, patient: Patient, side: str, value: int | None, now: datetime) -> PainRating:
    """Write down how much one knee hurts this morning, or None for skipped. Until noon it may be changed."""
    with transaction.atomic():
        lock_patient(patient)
        morning = _open_morning(patient, now)
        if side not in morning.sides:
            raise CheckClosed(_("This knee is not asked about this morning."))
        rating = _rate(patient, morning.day, Moment.MORNING, side, value, now)
        refresh_alerts(patient=patient, now=now)
        return rating


def answer_swelling(*, patient: Patient, swelling: str, now: datetime) -> MorningCheck:
    """Write down whether a knee is swollen this morning; empty is skipped. Until noon it may be changed."""
    with transaction.atomic():
        lock_patient(patient)
        morning = _open_morning(patient, now)
        check = MorningCheck.objects.filter(patient=patient, local_date=morning.day).first()
        if check is None:
            check = MorningCheck(patient=patient, local_date=morning.day)
        elif check.swelling == swelling:
            return check
        check.swelling, check.answered_at = swelling, now
        check.save()
        return check


def rate_hour_later(*, session: ExerciseSession, side: str, value: int | None, now: datetime) -> PainRating:
    """Write down how much one knee hurts about an hour after a session, or None for skipped.

    It may be changed as long as it is asked for: raises CheckClosed otherwise.
    """
    with transaction.atomic():
        session = ExerciseSession.objects.select_for_update(of=("self",)).get(pk=session.pk)
        if not asks_about_hour_later(session, side, now):
            raise CheckClosed(HOUR_LATER_CLOSED)
        return _rate(session.patient, session.local_date, Moment.HOUR_LATER, side, value, now, session)


def asks_about_hour_later(session: ExerciseSession, side: str, now: datetime) -> bool:
    """Tell whether a knee can be rated about an hour after a session: called for, and it is the time."""
    if session.ended_at is None or session.is_entered_later or not is_hour_later_open(session.ended_at, now):
        return False
    return asks_hour_later(pain_around(session.patient, session), side)


def answer_week(*, patient: Patient, answers: WeekAnswers, now: datetime) -> WeeklyCheck:
    """Write down how a week was. As long as it is asked about it may be changed: raises CheckClosed otherwise."""
    with transaction.atomic():
        lock_patient(patient)
        week = load_week(patient, now)
        if week is None or week.monday != answers.monday:
            raise CheckClosed(WEEK_CLOSED)
        for moment in WEEK_MOMENTS:
            for side in week.sides:
                _rate(patient, week.monday, moment, side, answers.pain.get((moment, side)), now)
        check = week.check or WeeklyCheck(patient=patient, week_starts_on=week.monday)
        if check.pk is None or check.change != answers.change:
            check.change, check.answered_at = answers.change, now
            check.save()
        return check


def _open_morning(patient: Patient, now: datetime) -> Morning:
    morning = load_morning(patient, now)
    if morning is None:
        raise CheckClosed(MORNING_CLOSED)
    return morning


def _rate(
    patient: Patient,
    day: date,
    moment: str,
    side: str,
    value: int | None,
    now: datetime,
    session: ExerciseSession | None = None,
) -> PainRating:
    """Write down one number outside the screens of a session, or that it was skipped. The same again changes nothing."""
    key = {"patient": patient, "local_date": day, "moment": moment, "side": side, "exercise_session": session}
    rating = PainRating.objects.filter(**key).first() or PainRating(**key)
    status = PainRating.Status.SKIPPED if value is None else PainRating.Status.ANSWERED
    if rating.pk is None or (rating.status, rating.value) != (status, value):
        rating.status, rating.value, rating.rated_at = status, value, now
        rating.save()
    return rating
