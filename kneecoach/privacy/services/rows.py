"""Which rows belong to one patient: read from the retention file, so that a new table is never forgotten."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet

from kneecoach.accounts.guests import KEY as GUEST
from kneecoach.accounts.models import Invitation, Patient, User
from kneecoach.privacy.retention import history_of, model_of
from kneecoach.privacy.rules import OnErasure, TableRule, load_plan


@dataclass(frozen=True)
class Person:
    """One patient, the accounts that were theirs, and the keys of all their rows."""

    patient_id: UUID
    name: str
    user_ids: tuple[int, ...]
    keys: dict[type[Model], list[Any]] = field(default_factory=dict)

    def rows(self, model: type[Model]) -> "QuerySet[Any]":
        """Return the rows of one table."""
        return model._base_manager.filter(pk__in=self.keys.get(model, ()))

    def history(self, rule: TableRule) -> "QuerySet[Any]":
        """Return what the history of a table holds about them, also where the rows themselves are gone."""
        history: Any = history_of(model_of(rule))
        return history._base_manager.filter(self._in_history(rule, history))

    def _in_history(self, rule: TableRule, history: Any) -> Q:
        model = model_of(rule)
        own = self.keys.get(model, [])
        found = Q(pgh_obj_id__in=own) if hasattr(history, "pgh_obj_id") else Q(id__in=own)
        first = rule.patient.split("__")[0]
        names = {row.name: row for row in history._meta.concrete_fields}
        if first in names:
            parent = names[first].related_model
            found |= Q(**{f"{first}__in": self.keys.get(parent, [])})
        return found

    def sessions(self) -> list[str]:
        """Return the log-ins that run, and those of a guest who opened one of their invitations."""
        invitations = {str(key) for key in self.keys.get(Invitation, ())}
        users = {str(key) for key in self.user_ids}
        found = []
        for row in Session.objects.all().iterator():
            said = row.get_decoded()
            guest = said.get(GUEST, {}).get("invitation")
            if said.get("_auth_user_id") in users or guest in invitations:
                found.append(row.session_key)
        return found


def erasable_rules() -> list[TableRule]:
    """Return the rules of all tables with a model whose rows lead to a patient."""
    return [rule for rule in load_plan().tables if rule.has_model and rule.patient]


def rows_of(patient: Patient) -> Person:
    """Return a patient with the keys of all their rows."""
    history: Any = history_of(Patient)
    once = history._base_manager.filter(pgh_obj_id=patient.pk).exclude(user=None).values("user_id")
    users = User.objects.filter(Q(pk=patient.user_id) | Q(pk__in=once), is_staff=False)
    # Whoever logs in for somebody else today is not theirs.
    users = users.exclude(pk__in=Patient.objects.exclude(pk=patient.pk).exclude(user=None).values("user_id"))
    person = Person(patient.pk, patient.name, tuple(users.values_list("pk", flat=True)))
    for rule in erasable_rules():
        model = model_of(rule)
        if rule.erased is not OnErasure.PSEUDONYMISE:
            person.keys[model] = list(model._base_manager.filter(_of(rule, person)).values_list("pk", flat=True))
    return person


def _of(rule: TableRule, person: Person) -> Q:
    """Return what the rows of a table have in common: the patient, or one of the accounts that were theirs."""
    if model_of(rule) is User:
        return Q(pk__in=person.user_ids)
    if rule.patient.endswith("__patient"):
        parent = rule.patient.removesuffix("__patient")
        if parent.split("__")[-1] == "user":
            return Q(**{f"{parent}__in": person.user_ids})
    return Q(**{rule.patient: person.patient_id})
