"""Warning signs: what was reported, and clearing it."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kneecoach.accounts.models import User
from kneecoach.desk.admin.decisions import DecisionAdmin
from kneecoach.desk.admin.in_place import to_story
from kneecoach.desk.forms import ClearForm
from progress import services
from progress.models import RedFlagReport


@admin.register(RedFlagReport)
class RedFlagReportAdmin(DecisionAdmin):
    """Warning signs. Until one is cleared, reminders rest."""

    page_template = "desk/red_flag.html"
    decide_permission = "progress.clear_redflagreport"
    patient_lookup = "patient"
    list_display = ("patient", "answered_at", "exercise_session", "state")
    list_filter = (("cleared_at", admin.EmptyFieldListFilter),)
    list_select_related = ("patient", "exercise_session", "cleared_by")
    search_fields = ("patient__name",)

    def patient_id_of(self, obj: RedFlagReport) -> UUID:
        """Return whose report it is."""
        return obj.patient_id

    @admin.display(description=gettext_lazy("state"), ordering="cleared_at")
    def state(self, report: RedFlagReport) -> str:
        """Return who has cleared it."""
        return _("cleared by %(who)s") % {"who": report.cleared_by} if report.cleared_at else _("open")

    def page_context(self, request: HttpRequest, obj: RedFlagReport) -> dict[str, object]:
        """Return which signs it was, and the session in which it was said."""
        return {"title": _("Warning sign"), "signs": obj.signs.all(), "form": ClearForm()}

    def get_urls(self) -> Any:
        """Add the clearing."""
        clear = path(
            "<int:pk>/clear/", self.admin_site.admin_view(self.clear_view), name="progress_redflagreport_clear"
        )
        return [clear, *super().get_urls()]

    @method_decorator(require_POST)
    def clear_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Clear it, with a note that the patient reads."""
        report, form = self.row_to_decide(request, pk), ClearForm(request.POST)
        if form.is_valid():
            try:
                services.clear_red_flag(
                    report=report, note=form.cleaned_data["note"], by=cast(User, request.user), now=timezone.now()
                )
            except ValidationError as error:
                form.add_error("note", error.messages[0])
            else:
                messages.success(request, _("Cleared. The patient reads your note, and reminders go on."))
                return to_story(request, report.patient_id)
        return self.show(request, report, status=422, form=form)
