"""Requests for the next stage: what the patient wrote, how the criteria stood and stand, and the answer."""

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

from exercises.models import Stage
from exercises.services import stage_gate
from kneecoach.accounts.models import User
from kneecoach.desk.admin.decisions import DecisionAdmin
from kneecoach.desk.admin.in_place import to_story
from kneecoach.desk.forms import AnswerRequestForm
from progress import services
from progress.models import ReadinessEvaluation, StageRequest
from progress.readiness_words import CriterionLine, criterion_lines
from progress.requesting import load_outlook


@admin.register(StageRequest)
class StageRequestAdmin(DecisionAdmin):
    """Requests for the next stage. Answering one changes no prescription."""

    page_template = "desk/stage_request.html"
    decide_permission = "progress.change_stagerequest"
    patient_lookup = "patient"
    list_display = ("patient", "stage", "requested_at", "status", "decided_by")
    list_filter = ("status",)
    list_select_related = ("patient", "stage", "decided_by")
    search_fields = ("patient__name",)

    def patient_id_of(self, obj: StageRequest) -> UUID:
        """Return who asks."""
        return obj.patient_id

    def page_context(self, request: HttpRequest, obj: StageRequest) -> dict[str, object]:
        """Return the criteria when it was asked, and those of now or of the answer; and what has to come first."""
        gate = stage_gate(patient=obj.patient, stage=obj.stage)
        outlook = load_outlook(obj.patient, timezone.now()) if obj.is_open else None
        now = outlook.readiness if outlook else None
        return {
            "title": _("%(patient)s asks for %(stage)s") % {"patient": obj.patient, "stage": obj.stage},
            "outlook": outlook,
            "asked_with": kept_lines(obj.evaluation),
            "counted_now": criterion_lines(now.criteria) if now else (),
            "met_now": now.met if now else None,
            "answered_with": kept_lines(obj.decision_evaluation),
            "missing": Stage.objects.filter(version=obj.stage.version_id, key__in=gate.missing).order_by("number"),
            "form": AnswerRequestForm(),
        }

    def get_urls(self) -> Any:
        """Add the answer."""
        answer = path(
            "<uuid:pk>/answer/", self.admin_site.admin_view(self.answer_view), name="progress_stagerequest_answer"
        )
        return [answer, *super().get_urls()]

    @method_decorator(require_POST)
    def answer_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Approve or decline it."""
        row, form = self.row_to_decide(request, pk), AnswerRequestForm(request.POST)
        if form.is_valid():
            try:
                services.answer_request(
                    request=row, by=cast(User, request.user), now=timezone.now(), **form.cleaned_data
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Answered. The patient reads it; what is prescribed has not changed."))
                return to_story(request, row.patient_id, "admin:progress_stagerequest_change", row.pk)
        return self.show(request, row, status=422, form=form)


def kept_lines(evaluation: ReadinessEvaluation | None) -> list[CriterionLine]:
    """Return the criteria of an evaluation that was kept, in words; empty where none was. One query."""
    return criterion_lines(evaluation.criteria.all()) if evaluation else []  # type: ignore[arg-type]
