"""The retention file against the database: what has no rule, and what a rule is left over for."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from pghistory.models import Event

from kneecoach.privacy.rules import Plan, TableRule, load_plan

CACHE_COLUMNS = {"cache_key", "value", "expires"}


def stored_models() -> list[type[Model]]:
    """Return every model that has a table of its own, without the histories."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not issubclass(model, Event)
    ]


def history_of(model: type[Model]) -> type[Model] | None:
    """Return the model of a table's history, or None."""
    return _histories().get(model)


@cache
def _histories() -> dict[type[Model], type[Event]]:
    """Return the model of each history by the table whose rows it tells of, also where a proxy is what is tracked."""
    events = [model for model in apps.get_models() if issubclass(model, Event) and model._meta.managed]
    tracked: dict[type[Event], Any] = {model: model.pgh_tracked_model for model in events}
    return {model._meta.concrete_model: event for event, model in tracked.items()}


def model_of(rule: TableRule) -> type[Model]:
    """Return the model of a rule."""
    return apps.get_model(rule.name)


def columns_of(model: type[Model]) -> set[str]:
    """Return the columns of a model, as they are called in Python."""
    return {field.attname for field in model._meta.concrete_fields}


def cache_tables() -> set[str]:
    """Return the tables of caches in the database, which have no model."""
    return {
        str(cache["LOCATION"]) for cache in settings.CACHES.values() if str(cache["BACKEND"]).endswith("DatabaseCache")
    }


def differences(plan: Plan | None = None) -> list[str]:
    """Return what the file and the models do not agree on, in words; nothing where all is well."""
    plan = plan or load_plan()
    rules = {rule.name: rule for rule in plan.tables}
    models = {model._meta.label: model for model in stored_models()}
    tables = {**{label: columns_of(model) for label, model in models.items()}}
    tables |= dict.fromkeys(cache_tables(), CACHE_COLUMNS)
    found = [f"{name} has no rule" for name in sorted(tables.keys() - rules)]
    found += [f"{name} has a rule, but no table" for name in sorted(rules.keys() - tables)]
    for name in sorted(tables.keys() & rules):
        found += _columns_that_differ(name, tables[name], rules[name].columns)
    for label, model in models.items():
        if label in rules:
            found += _history_that_differs(model, rules[label], plan)
    return found


def _history_that_differs(model: type[Model], rule: TableRule, plan: Plan) -> list[str]:
    """Compare a history: its columns are those of its rows and the common ones; some leave columns out."""
    history = history_of(model)
    if (history is None) != (rule.history_erased is None):
        return [f"{rule.name}: history_erased says what happens to a history, where there is one"]
    if history is None:
        return []
    unknown = columns_of(history) - set(rule.columns) - set(plan.history)
    return [f"{history._meta.label}.{name} has no rule" for name in sorted(unknown)]


def _columns_that_differ(name: str, columns: set[str], ruled: Iterable[str]) -> list[str]:
    return [
        *(f"{name}.{column} has no rule" for column in sorted(columns - set(ruled))),
        *(f"{name}.{column} has a rule, but is no column" for column in sorted(set(ruled) - columns)),
    ]
