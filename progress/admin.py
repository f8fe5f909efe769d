"""What patients recorded, in the admin: to read, never to change."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from kneecoach.accounts.admin_base import FactsOnly, LogsReads
from progress.models import ExerciseSession, ExerciseSet, PainRating
from progress.records import load_record


class PainInline(admin.TabularInline):  # type: ignore[type-arg]
    """Pain of the session. The page that it stands on changes nothing, so it cannot be changed either."""

    model = PainRating
    template = "admin/progress/pain_inline.html"


@admin.register(ExerciseSession)
class ExerciseSessionAdmin(FactsOnly, LogsReads):
    """Sessions with their sets, repetitions and pain."""

    patient_lookup = "patient"
    list_display = ("patient", "local_date", "slot", "started_at", "ended_at", "stop_reason", "entry")
    list_filter = ("slot", "stop_reason", "entry", "local_date")
    linked_lookups = ("patient__id__exact",)
    search_fields = ("patient__name",)
    list_select_related = ("patient",)
    date_hierarchy = "local_date"
    fields = (
        "patient",
        ("local_date", "slot"),
        ("started_at", "ended_at"),
        "time_zone",
        "is_safe",
        "stop_reason",
        "stop_note",
        "effort",
        ("entry", "entered_at", "entered_by"),
    )
    inlines = (PainInline,)
    change_form_template = "admin/progress/exercisesession/change_form.html"

    def patient_id_of(self, obj: ExerciseSession) -> UUID:
        """Return whose session it is."""
        return obj.patient_id

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Add the sets with their repetitions, and what was corrected. Six queries."""
        sets: QuerySet[ExerciseSet] | tuple[()] = ()
        session = self.get_object(request, object_id) if object_id else None
        if session is not None:
            sets = (
                ExerciseSet.objects.with_counts()
                .filter(exercise_session=session)
                .prefetch_related("reps__conflicts")
                .order_by("order")
            )
        corrected = [item for item in load_record(session) if item.corrections] if session else []
        context = {**(extra_context or {}), "sets": sets, "corrected": corrected}
        return super().changeform_view(request, object_id, form_url, context)


@admin.register(PainRating)
class PainRatingAdmin(FactsOnly, LogsReads):
    """Pain ratings."""

    patient_lookup = "patient"
    list_display = ("patient", "local_date", "moment", "side", "status", "value")
    list_filter = ("moment", "status", "local_date")
    search_fields = ("patient__name",)
    list_select_related = ("patient",)

    def patient_id_of(self, obj: PainRating) -> UUID:
        """Return whose rating it is."""
        return obj.patient_id
