"""Erasing a patient: the one place where rows go that nobody else can remove. Runs under the owner role only.

What happens to each table stands in the retention file. What staff did and decided stays as evidence under a random id,
without a text and without a name: the access log, and the history of decisions and prescriptions.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pgtrigger
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Case, CharField, F, Field, Model, Q, TextField, Value, When
from django.db.models.functions import JSONObject

from kneecoach.accounts.models import AccessLog, ClinicSettings, Patient, Stopped, User
from kneecoach.privacy.models import Erasure
from kneecoach.privacy.retention import history_of, model_of
from kneecoach.privacy.rules import Kind, OnErasure, TableRule
from kneecoach.privacy.services.rows import Person, erasable_rules, rows_of

Policy = ClinicSettings.Erasure
# Where a text stood that had to stand there.
GONE = "–"
CARE = "care"
OWNER_ONLY = "SELECT has_table_privilege(current_user, %s, 'DELETE')"


class NotTheOwner(Exception):
    """The role of this connection may not remove what has to go."""


@dataclass(frozen=True)
class Outcome:
    """What was done, or would be: the random id, and how many rows of which table."""

    pseudonym: UUID
    policy: str
    counts: dict[str, int]


def is_owner() -> bool:
    """Tell whether this connection may remove rows of the access log: the app role may not. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OWNER_ONLY, [AccessLog._meta.db_table])
        return bool(cursor.fetchone()[0])


def carry_out(
    patient: Patient,
    *,
    policy: str,
    now: datetime,
    pseudonym: UUID | None = None,
    before_commit: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Erase, anonymise or restrict a patient, all or nothing.

    `before_commit` is told the outcome while it can still be undone: what it raises undoes it. Raises NotTheOwner.
    """
    if not is_owner():
        raise NotTheOwner
    with transaction.atomic():
        patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        pseudonym = pseudonym or uuid4()
        is_kept = policy == Policy.RESTRICT
        counts = _restrict(patient, now) if is_kept else _take_away(patient, policy, pseudonym, now)
        outcome = Outcome(pseudonym, policy, {name: count for name, count in counts.items() if count})
        before_commit(outcome)
        return outcome


def lift(patient: Patient) -> int:
    """End a restriction; the patient goes on as before. Returns how many rows changed. Raises NotTheOwner."""
    if not is_owner():
        raise NotTheOwner
    restricted = Patient.objects.filter(pk=patient.pk, stopped_why=Stopped.RESTRICTED)
    return restricted.update(stopped_at=None, stopped_why="")


def _restrict(patient: Patient, now: datetime) -> Counter[str]:
    rows = Patient.objects.filter(pk=patient.pk).exclude(stopped_why=Stopped.RESTRICTED)
    return Counter({"patient locked away": rows.update(stopped_at=now, stopped_why=Stopped.RESTRICTED)})


def _take_away(patient: Patient, policy: str, pseudonym: UUID, now: datetime) -> Counter[str]:
    person, counts = rows_of(patient), Counter[str]()
    # Reviewed: besides this, only deleting what is over passes the triggers that keep history, log and consent as they are.
    with pgtrigger.ignore():
        _keep_evidence(person, pseudonym, counts)
        counts["sessions of browsers deleted"] += Session.objects.filter(session_key__in=person.sessions()).delete()[0]
        for rule in erasable_rules():
            if history_of(model_of(rule)) and rule.history_erased is OnErasure.DELETE:
                _count(counts, f"{_name(rule)}, history: deleted", person.history(rule)._raw_delete("default"))
        for rule in erasable_rules():
            if rule.erased is OnErasure.DELETE and not (policy == Policy.ANONYMISE and _stays(rule)):
                _count(counts, f"{_name(rule)}: deleted", person.rows(model_of(rule))._raw_delete("default"))
        if policy == Policy.ANONYMISE:
            _make_anonymous(patient, person, pseudonym, now, counts)
        Erasure.objects.get_or_create(id=pseudonym, defaults={"policy": policy, "carried_out_at": now})
    return counts


# --- what stays as evidence ----------------------------------------------------------------------------------------
def _keep_evidence(person: Person, pseudonym: UUID, counts: Counter[str]) -> None:
    looks = AccessLog.objects.filter(patient_id=person.patient_id)
    _count(counts, "access log: under a random id", looks.update(patient_id=pseudonym))
    _count(
        counts,
        "log of the desk: without what it was about",
        _entries_about(person).update(object_id=str(pseudonym), object_repr=GONE, change_message=""),
    )
    for rule in erasable_rules():
        history = history_of(model_of(rule))
        if history and rule.history_erased is OnErasure.PSEUDONYMISE:
            rows, changes = person.history(rule), _emptied(rule, history)
            # Who of the staff it was stays; not from where, and not that it was the patient.
            rows.filter(pgh_context__user__in=person.user_ids).update(pgh_context=None)
            rows.exclude(pgh_context=None).update(pgh_context=JSONObject(user=F("pgh_context__user")))
            if "patient_id" in {row.attname for row in history._meta.concrete_fields}:
                changes["patient_id"] = pseudonym
            _count(
                counts,
                f"{_name(rule)}, history: under a random id",
                rows.update(**changes or {"pgh_label": F("pgh_label")}),
            )


def _emptied(rule: TableRule, model: type[Model]) -> dict[str, Any]:
    """Return the changes that empty what people wrote, and names that are no key of an account."""
    fields = {row.attname: row for row in model._meta.concrete_fields}
    names = [*rule.named(Kind.TEXTS), *rule.named(Kind.PERSONAL)]
    return {name: _unless_empty(fields[name]) for name in names if name in fields and _is_words(fields[name])}


def _is_words(row: "Field[Any, Any]") -> bool:
    return isinstance(row, CharField | TextField) and not row.choices and row.name != "time_zone"


def _unless_empty(row: "Field[Any, Any]") -> Any:
    """Return a dash where something stood: whether something was written is a fact, and some columns ask for it."""
    return Case(When(**{row.name: ""}, then=Value("")), default=Value(GONE))


def _entries_about(person: Person) -> Any:
    """Return what the log of the desk holds about any of their rows."""
    about = Q(change_message__icontains=str(person.patient_id))
    for model, keys in person.keys.items():
        kind = {"content_type__app_label": model._meta.app_label, "content_type__model": model._meta.model_name}
        about |= Q(**kind, object_id__in=[str(key) for key in keys])
    return LogEntry.objects.filter(about)


# --- anonymising ---------------------------------------------------------------------------------------------------
def _stays(rule: TableRule) -> bool:
    """Tell whether a table stays when a patient is made anonymous: what was prescribed and done."""
    return rule.why == CARE or model_of(rule) is User


def _make_anonymous(patient: Patient, person: Person, pseudonym: UUID, now: datetime, counts: Counter[str]) -> None:
    """Give the record to a nameless patient under the random id: texts and names go, of the birth date the year stays."""
    old = patient.pk
    User.objects.filter(pk__in=person.user_ids).update(
        email=None, name="", password=make_password(None), last_login=None, is_active=False, date_joined=now
    )
    Patient.objects.filter(pk=old).update(user=None)
    Patient.objects.create(
        id=pseudonym,
        name="Anonymous",
        birth_date=date(patient.birth_date.year, 1, 1),
        side=patient.side,
        time_zone=patient.time_zone,
        vmo_found_at=patient.vmo_found_at,
        stopped_at=now,
        stopped_why=Stopped.ANONYMISED,
    )
    for rule in erasable_rules():
        model = model_of(rule)
        if model is Patient or not _stays(rule) or model is User or rule.erased is not OnErasure.DELETE:
            continue
        changes = _emptied(rule, model)
        if rule.patient == "patient":
            changes["patient_id"] = pseudonym
        if changes:
            _count(counts, f"{_name(rule)}: without names and texts", person.rows(model).update(**changes))
    _count(counts, "patient: deleted", Patient._base_manager.filter(pk=old)._raw_delete("default"))


def _name(rule: TableRule) -> str:
    return str(model_of(rule)._meta.verbose_name)


def _count(counts: Counter[str], what: str, rows: int | None) -> None:
    counts[what] += rows or 0
