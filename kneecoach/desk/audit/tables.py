"""The tables that tell of a patient, each with where its history stands and how a row of it leads to the patient."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, F, Model, QuerySet, Value
from django.db.models.functions import Cast

from exercises.models import Decision, Eligibility, Prescription, PrescriptionPause
from kneecoach.accounts.models import Consent, DataRequest, Invitation, Patient, User
from progress.models import (
    Alert,
    AlertEvidence,
    Correction,
    ExerciseSession,
    ExerciseSet,
    Message,
    MorningCheck,
    PainRating,
    ReadinessCriterion,
    ReadinessEvaluation,
    RedFlagReport,
    RedFlagSign,
    Rep,
    RepConflict,
    RuleSet,
    StageRequest,
    WeeklyCheck,
)

# The key that leads from a row towards its patient, in one step or several.
TOWARDS: dict[type[Model], str] = {
    Invitation: "patient",
    Consent: "patient",
    DataRequest: "patient",
    Prescription: "patient",
    PrescriptionPause: "prescription",
    Decision: "patient",
    Eligibility: "patient",
    ExerciseSession: "patient",
    ExerciseSet: "exercise_session",
    Rep: "exercise_set",
    RepConflict: "rep",
    PainRating: "patient",
    RedFlagReport: "patient",
    RedFlagSign: "report",
    Correction: "exercise_session",
    Message: "patient",
    MorningCheck: "patient",
    WeeklyCheck: "patient",
    Alert: "patient",
    AlertEvidence: "alert",
    ReadinessEvaluation: "patient",
    ReadinessCriterion: "evaluation",
    StageRequest: "patient",
    RuleSet: "patient",
}
# Rows that the database lets nobody change are their own history: when each was written, and by whom if that is told.
ADDED_ONLY: dict[type[Model], tuple[str, str]] = {
    Consent: ("agreed_at", ""),
    Correction: ("corrected_at", "corrected_by_id"),
    AlertEvidence: ("added_at", ""),
    ReadinessEvaluation: ("made_at", ""),
    ReadinessCriterion: ("evaluation__made_at", ""),
    RuleSet: ("made_at", "made_by_id"),
}
TABLES: tuple[type[Model], ...] = (Patient, User, *TOWARDS)
# Repetitions are many and are kept as they came, so their history begins with the first change.
WITHOUT_INSERTS = (Rep,)


def events_of(model: type[Model]) -> type[Any]:
    """Return the model of a table's history."""
    return model.pgh_event_model  # type: ignore[attr-defined]


def rows_about(model: type[Model], patient_id: UUID) -> QuerySet[Any]:
    """Return what the history of a table holds about a patient, also where the rows themselves are gone."""
    if model in ADDED_ONLY:
        return model._base_manager.filter(**_towards(model, patient_id))
    events = events_of(model)._base_manager
    if model is Patient:
        return events.filter(pgh_obj=patient_id)
    if model is User:
        accounts = events_of(Patient)._base_manager.filter(pgh_obj=patient_id).exclude(user=None)
        return events.filter(pgh_obj__in=accounts.values("user"))
    return events.filter(**_towards(model, patient_id))


def moments_about(
    model: type[Model], patient_id: UUID, since: datetime | None, until: datetime | None
) -> QuerySet[Any, Any]:
    """Return when something of a table was written, the table's place in TABLES, and the key of the row: as values."""
    at = ADDED_ONLY[model][0] if model in ADDED_ONLY else "pgh_created_at"
    rows = rows_about(model, patient_id).order_by()
    if since:
        rows = rows.filter(**{f"{at}__gte": since})
    if until:
        rows = rows.filter(**{f"{at}__lte": until})
    key = "pk" if model in ADDED_ONLY else "pgh_id"
    # Names that no table has for a column of its own.
    return rows.annotate(
        written_at=F(at), in_table=Value(TABLES.index(model)), row_key=Cast(key, BigIntegerField())
    ).values_list("written_at", "in_table", "row_key")


def _towards(model: type[Model], patient_id: UUID) -> dict[str, Any]:
    """Return what the rows about a patient have in common."""
    name = TOWARDS[model]
    if name == "patient":
        return {"patient": patient_id}
    parent = model._meta.get_field(name).related_model
    return {f"{name}__in": _keys_about(parent, patient_id)}  # type: ignore[arg-type]


def _keys_about(model: type[Model], patient_id: UUID) -> QuerySet[Any, Any]:
    if model in ADDED_ONLY or model in WITHOUT_INSERTS:
        return model._base_manager.filter(**_towards(model, patient_id)).values("pk")
    return rows_about(model, patient_id).values("pgh_obj")
