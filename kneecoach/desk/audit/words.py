"""The words of the audit: what was looked at, what a value means, and who somebody is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.db.models import CharField, EmailField, Field, Model, TextField
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exercises.access import in_readers_language
from exercises.models import Stage
from kneecoach.accounts.models import User

KINDS = {"insert": gettext_lazy("added"), "update": gettext_lazy("changed"), "delete": gettext_lazy("removed")}
# What log_read() is told, where it is not the name of a model.
SEEN = {
    "worklist": gettext_lazy("worklist"),
    "patient": gettext_lazy("everything on one page"),
    "search": gettext_lazy("names in a search"),
    "invitation": gettext_lazy("invitations"),
    "invitation sheet": gettext_lazy("invitation to print"),
    "message": gettext_lazy("messages"),
    "visit sheet": gettext_lazy("visit sheet"),
    "visit sheet, pdf": gettext_lazy("visit sheet"),
    "csv": gettext_lazy("everything on record"),
    "tick sheet": gettext_lazy("tick sheet"),
    "tick sheet, pdf": gettext_lazy("tick sheet"),
    "tick sheet, typing": gettext_lazy("tick sheet, to type in"),
    "audit": gettext_lazy("who saw and did what"),
    "audit list": gettext_lazy("names in the list for auditors"),
}
# Whose names stand in the words; of others their key says which row it is.
NAMED: tuple[type[Model], ...] = (User, Stage)
EMPTY = "–"
FREE_TEXT_SHORTEST = 200


@dataclass(frozen=True)
class Names:
    """What the rows are called that others refer to."""

    names: dict[tuple[type[Model], Any], str]

    @classmethod
    def of(cls, *told: Iterable[tuple[Any, Any]]) -> "Names":
        """Load names. One query for each model that is named."""
        wanted: dict[type[Model], set[Any]] = defaultdict(set)
        for model, key in (pair for pairs in told for pair in pairs):
            if model in NAMED and key is not None:
                wanted[model].add(key)
        names: dict[tuple[type[Model], Any], str] = {}
        for model, keys in wanted.items():
            rows = model._base_manager.in_bulk(keys)
            if model is Stage:
                in_readers_language(rows.values())  # type: ignore[arg-type]
            names |= {(model, key): str(row) for key, row in rows.items()}
        return cls(names)

    def name(self, model: type[Model], key: Any) -> str:
        """Return what a row is called; the beginning of its key where it has no name."""
        return self.names.get((model, key), f"#{str(key)[:8]}")


def who_words(user_id: int | None, names: Names) -> str:
    """Return who did it; what nobody did who was logged in, the system or the database did."""
    return names.name(User, user_id) if user_id is not None else _("nobody logged in: the system or the database")


def table_words(model: type[Model]) -> str:
    """Return what kind of row it is."""
    return str(capfirst(model._meta.verbose_name))


def is_free_text(field: "Field[Any, Any]") -> bool:
    """Tell whether people write in it as they like: a message, a note, a reason. Names and addresses are shorter."""
    is_long = isinstance(field, CharField) and (field.max_length or 0) >= FREE_TEXT_SHORTEST and not field.choices
    return isinstance(field, TextField) or (is_long and not isinstance(field, EmailField))


def value_words(field: "Field[Any, Any]", value: Any, names: Names, *, with_texts: bool) -> str:
    """Return a value as a person reads it. What is missing is a dash, and never a zero.

    Without texts only the length is told of what somebody wrote: an audit needs no more of it.
    """
    if value is None or value == "":
        return EMPTY
    if not with_texts and is_free_text(field):
        return ngettext("a text of %(count)s character", "a text of %(count)s characters", len(value)) % {
            "count": len(value)
        }
    if field.is_relation and field.related_model:
        return names.name(field.related_model, value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i:s")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, time):
        return time_format(value, "H:i")
    return str(value)


def what_was_seen(view: str) -> str:
    """Return what somebody looked at, from what the log holds: "patient", "painrating list", "alert history"."""
    if view in SEEN:
        return str(SEEN[view])
    name, _space, page = view.partition(" ")
    words = next((str(model._meta.verbose_name) for model in apps.get_models() if model._meta.model_name == name), "")
    if not words:
        return view
    told = {"": words, "list": _("%(what)s: list"), "history": _("%(what)s: history")}.get(page)
    return told % {"what": words} if told and page else told or view
