"""Stages of the programme: read where they are published, edited in a draft."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from exercises.models import ProgrammeVersion, RepPhase, Stage, Tip
from kneecoach.accounts.admin_base import OwnFilters
from kneecoach.desk.admin.programmes import OfDrafts
from kneecoach.desk.programme_forms import CellFormSet, NewStageForm, RepPhaseForm, RepPhaseFormSet, StageForm, TipForm


class TipInline(OfDrafts, admin.TabularInline):  # type: ignore[type-arg]
    """The tips of a stage."""

    model = Tip
    form = TipForm
    formset = CellFormSet
    fields = ("order", "kind", "text")
    extra = 0


class RepPhaseInline(OfDrafts, admin.TabularInline):  # type: ignore[type-arg]
    """The timed parts of a repetition."""

    model = RepPhase
    form = RepPhaseForm
    formset = RepPhaseFormSet
    fields = ("order", "kind", "seconds", "counts_as_hold", "cue")
    extra = 0


@admin.register(Stage)
class StageAdmin(OfDrafts, OwnFilters):
    """Stages, each of one version."""

    form = StageForm
    list_display = ("number", "title", "version")
    list_select_related = ("version__programme",)
    # A list holds stages of all versions: one of a draft is removed on its own page.
    actions = None
    inlines = (TipInline, RepPhaseInline)
    fieldsets = (
        (None, {"fields": (("number", "key"), "title", "purpose", "equipment", ("drawing", "is_one_legged"))}),
        (_("What is done"), {"fields": ("position", "action", "progression")}),
        (
            _("Dose and its bounds"),
            {
                "fields": (
                    ("reps_min", "reps_max", "reps_target"),
                    ("hold_min_seconds", "hold_max_seconds", "hold_target_seconds"),
                    "sessions_per_day",
                ),
                "description": _("1 to 30 repetitions, 1 to 30 seconds of hold, once or twice a day."),
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Stage | None = None) -> Any:
        """Ask for the stages required before once there are others to choose from."""
        required = ((_("Before it"), {"fields": ("requires",)}),) if obj else ()
        return (*super().get_fieldsets(request, obj), *required)

    def get_readonly_fields(self, request: HttpRequest, obj: Stage | None = None) -> Any:
        """Keep the key of a stage that patients may have mastered: it is known by it from version to version."""
        return ("key",) if obj and self._is_known(obj) else ()

    def get_inlines(self, request: HttpRequest, obj: Stage | None) -> Any:
        """Offer tips and parts once the stage is there."""
        return super().get_inlines(request, obj) if obj else ()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add a stage to the draft that the address names."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        self._draft(request)
        return super().add_view(request, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Stage | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 -- Django's signature
        """Leave out what is asked later."""
        if obj is None:
            kwargs["form"] = NewStageForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Stage, form: Any, change: bool) -> None:  # noqa: FBT001 -- as above
        """Put a new stage into its draft."""
        if not change:
            obj.version = self._draft(request)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 -- as above
        """Save tips and parts, and the stages that are required."""
        super().save_related(request, form, formsets, change)
        if "requires" in form.cleaned_data:
            form.instance.requires.set(form.cleaned_data["requires"])

    def response_add(self, request: HttpRequest, obj: Stage, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to its tips and parts."""
        return redirect("admin:exercises_stage_change", obj.pk)

    def _draft(self, request: HttpRequest) -> ProgrammeVersion:
        text = request.GET.get("version", "")
        drafts = ProgrammeVersion.objects.filter(status=ProgrammeVersion.Status.DRAFT)
        draft = drafts.filter(pk=text).first() if text.isdecimal() and len(text) < 10 else None
        if draft is None:
            raise Http404
        return draft

    def _is_known(self, stage: Stage) -> bool:
        earlier = Stage.objects.filter(key=stage.key, version__programme=stage.version.programme_id)
        return earlier.exclude(version=stage.version_id).exists()
