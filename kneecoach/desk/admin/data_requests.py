"""Requests about data: what a patient asks for, and the clinic's answer. The host carries out what was agreed."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kneecoach.accounts.models import ClinicSettings, DataRequest, User
from kneecoach.accounts.services import answer_data_request
from kneecoach.desk.admin.decisions import DecisionAdmin
from kneecoach.desk.admin.in_place import to_story
from kneecoach.desk.forms import AnswerDataRequestForm


@admin.register(DataRequest)
class DataRequestAdmin(DecisionAdmin):
    """Requests about data. Answering one erases nothing."""

    page_template = "desk/data_request.html"
    decide_permission = "accounts.change_datarequest"
    list_display = ("patient", "kind", "asked_at", "status", "decided_by")
    list_filter = ("status", "kind")
    list_select_related = ("patient", "decided_by")
    search_fields = ("patient__name",)

    def patient_id_of(self, obj: DataRequest) -> UUID:
        """Return who asks."""
        return obj.patient_id

    def page_context(self, request: HttpRequest, obj: DataRequest) -> dict[str, object]:
        """Return the form, and what the clinic's settings say about erasing."""
        return {
            "title": _("%(patient)s asks about their data") % {"patient": obj.patient},
            "policy": ClinicSettings.load().get_erasure_policy_display(),
            "form": AnswerDataRequestForm(),
        }

    def get_urls(self) -> Any:
        """Add the answer."""
        answer = path(
            "<uuid:pk>/answer/", self.admin_site.admin_view(self.answer_view), name="accounts_datarequest_answer"
        )
        return [answer, *super().get_urls()]

    @method_decorator(require_POST)
    def answer_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Agree or decline."""
        row, form = self.row_to_decide(request, pk), AnswerDataRequestForm(request.POST)
        if form.is_valid():
            try:
                answer_data_request(request=row, by=cast(User, request.user), now=timezone.now(), **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Answered. The patient reads it; nothing is erased by it."))
                return to_story(request, row.patient_id, "admin:accounts_datarequest_change", row.pk)
        return self.show(request, row, status=422, form=form)
