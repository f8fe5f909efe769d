"""Facts of many patients at once, in a fixed number of queries: what one patient's loaders return, by patient."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.facts import SESSION_COLUMNS, SET_COLUMNS, moment_of, prescription_fact, session_fact_of
from progress.history import pain_history_of
from progress.models import ExerciseSession, ExerciseSet, MorningCheck, PainRating, RuleSet
from progress.ratings import RATING_COLUMNS, Rating
from progress.rules.limits import Preset
from progress.rules.pain import PainHistory
from progress.rules.slots import DayView, PrescriptionFact, SessionFact, day_view


def load_todays(patients: Sequence[Patient], now: datetime) -> dict[UUID, DayView]:
    """Return the day of each patient as Today shows it. Four queries, however many they are."""
    if not patients:
        return {}
    moments = {patient.pk: moment_of(patient, now) for patient in patients}
    days = [moment.local_date for moment in moments.values()]
    zones = {patient.pk: patient.time_zone for patient in patients}
    prescriptions = _prescription_facts(zones, min(days), max(days))
    sessions = load_session_facts(list(zones), min(days), now)
    return {
        key: day_view(moment.local_date, moment, prescriptions[key], sessions[key]) for key, moment in moments.items()
    }


def _prescription_facts(
    zones: Mapping[UUID, str], first: date, last: date
) -> defaultdict[UUID, list[PrescriptionFact]]:
    """Return what is prescribed between two days, with its pauses. Two queries."""
    found: defaultdict[UUID, list[PrescriptionFact]] = defaultdict(list)
    rows = Prescription.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=first), patient__in=list(zones), starts_on__lte=last
    )
    for row in rows.order_by("prescribed_at", "pk").prefetch_related("pauses"):
        found[row.patient_id].append(prescription_fact(row, zones[row.patient_id]))
    return found


def load_session_facts(keys: Sequence[UUID], first: date, now: datetime) -> defaultdict[UUID, list[SessionFact]]:
    """Return the sessions since a day. Plain values: many patients have thousands of sets. Two queries."""
    since = ExerciseSession.objects.filter(patient__in=keys, local_date__gte=first)
    rows = since.order_by("started_at", "pk").values_list("patient_id", *SESSION_COLUMNS, named=True)
    sets: defaultdict[UUID, list[Any]] = defaultdict(list)
    counted = ExerciseSet.objects.with_counts().filter(exercise_session__in=since)
    for done in counted.values_list("exercise_session_id", *SET_COLUMNS, named=True):
        sets[done.exercise_session_id].append(done)
    found: defaultdict[UUID, list[SessionFact]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(session_fact_of(row, sets[row.id], now))
    return found


def load_rule_sets(keys: Collection[UUID]) -> dict[UUID | None, RuleSet]:
    """Return the newest limits and criteria of their own, unless they were handed back; the clinic's under None."""
    rows = RuleSet.objects.filter(Q(patient__in=keys) | Q(patient=None)).order_by("patient_id", "-version")
    newest = rows.distinct("patient_id")
    return {row.patient_id: row for row in newest if row.patient_id is None or row.preset != Preset.CLINIC}


def load_pains(spans: Mapping[UUID, tuple[date, date]]) -> dict[UUID, PainHistory]:
    """Return all pain of each patient, of the days from first to last. Three queries, however many they are."""
    days = [day for span in spans.values() for day in span]
    if not days:
        return {}
    inside: dict[str, Any] = {"patient__in": list(spans), "local_date__range": (min(days), max(days))}

    def by_patient(rows: Iterable[Any]) -> defaultdict[UUID, list[Any]]:
        # Days differ from patient to patient: what others asked for is left out again.
        found: defaultdict[UUID, list[Any]] = defaultdict(list)
        for row in rows:
            first, last = spans[row.patient_id]
            if first <= row.local_date <= last:
                found[row.patient_id].append(row)
        return found

    sessions: Mapping[UUID, list[ExerciseSession]] = by_patient(
        ExerciseSession.objects.filter(**inside).with_corrected().with_wait().order_by("started_at", "pk")
    )
    ratings: Mapping[UUID, list[Rating]] = by_patient(
        PainRating.objects.filter(**inside)
        .counting()
        .order_by("rated_at", "pk")
        .values_list("patient_id", *RATING_COLUMNS, named=True)
    )
    swollen = by_patient(
        MorningCheck.objects.filter(**inside, swelling=MorningCheck.Swelling.MARKED).order_by("local_date")
    )
    return {
        key: pain_history_of(sessions[key], ratings[key], frozenset(row.local_date for row in swollen[key]))
        for key in spans
    }
