"""What several admin pages share."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse

from kneecoach.accounts.access import log_read, log_reads
from kneecoach.accounts.models import Stopped, User


class FactsOnly:
    """Rows that nobody enters or changes in the admin: what patients recorded, what the log holds."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Return False for everybody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False for everybody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False for everybody."""
        return False


# What Django's own filters put behind the name of a field; a list by dates also goes through years, months and days.
_ENDINGS = ("exact", "isnull", "isempty", "id__exact", "gte", "lt")
_PARTS_OF_A_DATE = ("year", "month", "day")


class OwnFilters(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists that are narrowed down by what they offer, and by nothing else that somebody writes into the address.

    Django takes any look-up of a field (`name__regex=(`): some the database refuses, which would be an error of ours, and
    with others a row is asked out letter by letter.
    """

    # What else links of ours ask for.
    linked_lookups: ClassVar[tuple[str, ...]] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Tell whether it is one of the list's own filters; of any other, Django makes a 400. No text holds a NUL."""
        if "\x00" in value:
            return False
        filters: Any = self.get_list_filter(request) if request else self.list_filter
        names = [
            item if isinstance(item, str) else item[0] if isinstance(item, tuple) else item.parameter_name
            for item in filters
        ]
        if lookup in {f"{self.date_hierarchy}__{part}" for part in _PARTS_OF_A_DATE}:
            # The day after the last one of the year 9999 is none.
            return len(value) <= 4 and value.isascii() and value.isdecimal() and 0 < int(value) < 9999
        own = {*names, *(f"{name}__{ending}" for name in names for ending in _ENDINGS)}
        return lookup in own or lookup in self.linked_lookups


class LogsReads(OwnFilters):
    """Rows about patients: each look at one goes to the access log, in a list, on its page and at its history."""

    # How a row leads to its patient, where rows of somebody who is locked away are not to be seen.
    patient_lookup: ClassVar[str] = ""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Leave out the rows of patients whose data is locked away: for the desk they are not there."""
        rows = super().get_queryset(request)
        if self.patient_lookup:
            rows = rows.exclude(**{f"{self.patient_lookup}__stopped_why": Stopped.RESTRICTED})
        return rows

    def patient_id_of(self, obj: Any) -> UUID | None:
        """Return whose data the page shows; None for a row of nobody's, which needs no line in the log.

        Asked of every row of a list: it must not need a query that the list has not made.
        """
        raise NotImplementedError

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list, and write down whose rows stand on it: one line for each patient."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            rows = shown["cl"].result_list
            log_reads(cast(User, request.user), map(self.patient_id_of, rows), f"{self.opts.model_name} list")
        return response

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what was done here with one row, and write down that it was seen."""
        response = super().history_view(request, object_id, extra_context)
        if response.status_code == 200:
            self._log(request, object_id, f"{self.opts.model_name} history")
        return response

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the page, then write down that it was seen."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        # A form that was sent back with errors shows as much as the page does. One to add tells of nobody yet.
        if object_id and response.status_code == 200:
            self._log(request, object_id, self.opts.model_name or "")
        return response

    def _log(self, request: HttpRequest, object_id: str, view: str) -> None:
        obj = self.get_object(request, object_id)
        patient_id = self.patient_id_of(obj) if obj is not None else None
        if patient_id:
            log_read(cast(User, request.user), patient_id, view)
