"""What the search fields of forms offer: names of patients are looks, logged once in a quarter of an hour."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse

from kneecoach.accounts.access import log_reads
from kneecoach.accounts.admin_base import LogsReads
from kneecoach.accounts.models import User

# A search asks anew with every letter; the same names again within this time are the same look.
QUARTER_OF_AN_HOUR = timedelta(minutes=15)


class LoggedAutocomplete(AutocompleteJsonView):
    """Django's own, with a line in the access log for each patient that is offered."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer, and write down who was offered."""
        self.shown: list[UUID | None] = []
        response = super().get(request, *args, **kwargs)
        log_reads(cast(User, request.user), self.shown, "search", once_within=QUARTER_OF_AN_HOUR)
        return response

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Return one choice."""
        if isinstance(self.model_admin, LogsReads):
            self.shown.append(self.model_admin.patient_id_of(obj))
        return super().serialize_result(obj, to_field_name)
