"""The programme in the admin, to read."""

from django.contrib import admin

from exercises.models import Programme, ProgrammeVersion, RepPhase, Stage, Tip
from kneecoach.accounts.admin_base import FactsOnly


@admin.register(Programme)
class ProgrammeAdmin(FactsOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Programmes, to read."""

    list_display = ("title", "key")


class StageInline(FactsOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The stages of a version, each a link to its page."""

    model = Stage
    fields = ("number", "title", "reps_min", "reps_max", "hold_min_seconds", "hold_max_seconds", "sessions_per_day")
    show_change_link = True


@admin.register(ProgrammeVersion)
class ProgrammeVersionAdmin(FactsOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Versions, to read."""

    list_display = ("programme", "number", "status", "published_at")
    list_select_related = ("programme",)
    inlines = (StageInline,)


class TipInline(FactsOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The tips of a stage."""

    model = Tip
    fields = ("kind", "text")


class RepPhaseInline(FactsOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The timed parts of a repetition."""

    model = RepPhase
    fields = ("order", "kind", "seconds", "counts_as_hold", "cue")


@admin.register(Stage)
class StageAdmin(FactsOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Stages, to read."""

    list_display = ("number", "title", "version")
    list_select_related = ("version__programme",)
    inlines = (TipInline, RepPhaseInline)
