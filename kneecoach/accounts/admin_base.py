"""What several admin pages share."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse

from kneecoach.accounts.access import log_read
from kneecoach.accounts.models import User


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


class LogsReads(admin.ModelAdmin):  # type: ignore[type-arg]
    """Pages about one patient: each look at one goes to the access log."""

    def patient_id_of(self, obj: Any) -> UUID | None:
        """Return whose data the page shows; None for a row of nobody's, which needs no line in the log."""
        raise NotImplementedError

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the page, then write down that it was seen."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        # A form that was sent back with errors shows as much as the page does.
        if object_id and response.status_code == 200:
            obj = self.get_object(request, object_id)
            patient_id = self.patient_id_of(obj) if obj is not None else None
            if patient_id:
                log_read(cast(User, request.user), patient_id, self.opts.model_name or "")
        return response
