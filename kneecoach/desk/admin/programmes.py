"""Programmes and their versions: what is published is locked; a draft is edited, looked at as a patient, published."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exercises import editing
from exercises.access import translated
from exercises.models import Prescription, Programme, ProgrammeText, ProgrammeVersion, Stage
from kneecoach.accounts.access import log_reads
from kneecoach.accounts.admin_base import FactsOnly, OwnFilters
from kneecoach.accounts.models import User
from kneecoach.desk.moving import load_moves, move_patients
from kneecoach.desk.programme_forms import MoveForm, ProgrammeForm

EDIT = "exercises.change_programmeversion"


def may_edit(request: HttpRequest) -> bool:
    """Tell whether somebody may edit drafts, publish them, and move patients."""
    return cast(User, request.user).has_perm(EDIT)


class OfDrafts:
    """Rows of a version: to be edited while it is a draft, by those who may."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it in a draft."""
        return self._is_open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it in a draft."""
        return self._is_open(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it in a draft."""
        return self._is_open(request, obj)

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        version = obj.version if isinstance(obj, Stage) else obj
        return may_edit(request) and (version is None or version.status == ProgrammeVersion.Status.DRAFT)


@admin.register(Programme)
class ProgrammeAdmin(FactsOnly, OwnFilters):
    """Programmes. A further one begins as an empty draft."""

    list_display = ("title", "key")
    form = ProgrammeForm

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Let those add one who may."""
        return cast(User, request.user).has_perm("exercises.add_programme")

    def save_model(self, request: HttpRequest, obj: Programme, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Let the service make it, with its draft."""
        obj.pk = editing.new_programme(key=obj.key, title=obj.title).programme_id

    def response_add(self, request: HttpRequest, obj: Programme, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to the draft."""
        return redirect("admin:exercises_programmeversion_change", obj.versions.get().pk)


class TextInline(OfDrafts, admin.StackedInline):  # type: ignore[type-arg]
    """The texts of a version that belong to no stage."""

    model = ProgrammeText
    fields = ("topic", "title", "body")
    extra = 0


class StageInline(FactsOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The stages of a version, each a link to its page."""

    model = Stage
    fields = ("number", "title", "reps_min", "reps_max", "hold_min_seconds", "hold_max_seconds", "sessions_per_day")
    show_change_link = True


@admin.register(ProgrammeVersion)
class ProgrammeVersionAdmin(OfDrafts, OwnFilters):
    """Versions: read, copied, edited as a draft, published; and who has their exercises from which."""

    list_display = ("programme", "number", "status", "published_at", "published_by", "people")
    list_select_related = ("programme", "published_by")
    fields = ("programme", "number", "status", "published_at", "published_by", "source_note")
    readonly_fields = ("programme", "number", "status", "published_at", "published_by")
    inlines = (TextInline, StageInline)
    change_form_template = "desk/programme/version.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProgrammeVersion]:
        """Count the patients whose exercises come from a version."""
        active = Prescription.objects.active().filter(stage__version=OuterRef("pk")).order_by()
        counted = active.values("stage__version").annotate(count=Count("patient", distinct=True)).values("count")
        return super().get_queryset(request).annotate(people_count=Coalesce(Subquery(counted), 0))

    @admin.display(description=gettext_lazy("patients"), ordering="people_count")
    def people(self, version: Any) -> int:
        """Return how many patients have something from it now."""
        return version.people_count

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Make no version out of nothing: it is copied, or comes with a programme."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep every version."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Add what can be done with the version."""
        return super().change_view(
            request, object_id, form_url, {"may_edit": may_edit(request), **(extra_context or {})}
        )

    def get_urls(self) -> Any:
        """Add copying, the preview, publishing, and who is on a version."""
        view, name = self.admin_site.admin_view, "exercises_programmeversion"
        return [
            path("<int:pk>/new/", view(require_POST(self.new_view)), name=f"{name}_new"),
            path("<int:pk>/preview/", view(require_safe(self.preview_view)), name=f"{name}_preview"),
            path("<int:pk>/preview/<slug:key>/", view(require_safe(self.preview_view)), name=f"{name}_preview_stage"),
            path("<int:pk>/publish/", view(self.publish_view), name=f"{name}_publish"),
            path("<int:pk>/people/", view(self.people_view), name=f"{name}_people"),
            *super().get_urls(),
        ]

    def new_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Copy a version as a draft, or go to the draft that is there."""
        version = self._version(request, pk, is_edited=True)
        draft = editing.new_version(programme=version.programme)
        messages.success(request, _("This is the draft. No patient sees it before it is published."))
        return redirect("admin:exercises_programmeversion_change", draft.pk)

    def preview_view(self, request: HttpRequest, pk: int, key: str | None = None) -> HttpResponse:
        """Show what patients would read, marked as a preview."""
        version = self._version(request, pk)
        programme = translated(version)
        context = {"programme": programme, "preview": version}
        if key is None:
            return render(request, "exercises/learn.html", context)
        stage = next((row for row in programme.stages if row.key == key), None)
        if stage is None:
            raise Http404
        return render(request, "exercises/stage.html", context | {"stage": stage})

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a draft changes and what stands against it, and publish it."""
        version = self._version(request, pk, is_edited=True)
        faults, status = editing.faults_of(version), 200
        if request.method == "POST":
            try:
                editing.publish(version=version, by=cast(User, request.user), now=timezone.now())
            except ValidationError as error:
                faults, status = error.messages, 422
            else:
                messages.success(request, _("%(version)s is published.") % {"version": version})
                return redirect("admin:exercises_programmeversion_people", version.pk)
        context = {
            "title": _("Publish %(version)s") % {"version": version},
            "faults": faults,
            "before": editing.version_before(version),
            "differences": editing.differences(version),
            "stale": editing.stale_translations(version),
        }
        return self._page(request, "desk/programme/publish.html", version, context, status=status)

    def people_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who is on a version and who could be moved to it, and move them."""
        if not cast(User, request.user).has_perm("accounts.view_patient"):
            raise PermissionDenied
        version = self._version(request, pk, is_edited=request.method == "POST")
        is_published = version.status == ProgrammeVersion.Status.PUBLISHED
        form, status = MoveForm(request.POST if request.method == "POST" else None), 200
        user = cast(User, request.user)
        if request.method == "POST":
            if form.is_valid() and is_published:
                data, now = form.cleaned_data, timezone.now()
                ids = [row.pk for row in data["patients"]]
                moved = move_patients(version=version, patient_ids=ids, reason=data["reason"], by=user, now=now)
                messages.success(request, _("Moved: %(names)s.") % {"names": ", ".join(map(str, moved)) or "–"})
                return redirect("admin:exercises_programmeversion_people", version.pk)
            status = 422
        here = (
            Prescription.objects.active()
            .filter(stage__version=version, patient__stopped_why="")
            .select_related("patient", "stage")
        )
        rows = list(here.order_by("patient__name", "patient_id", "stage__number"))
        moves = load_moves(version) if is_published else []
        context = {
            "title": _("Patients on %(version)s") % {"version": version},
            "rows": rows,
            "count": len({row.patient_id for row in rows}),
            "moves": [move for move in moves if not move.reason],
            "left": [move for move in moves if move.reason],
            "form": form,
        }
        response = self._page(request, "desk/programme/people.html", version, context, status=status)
        seen = {row.patient_id for row in (*rows, *(move.prescription for move in moves))}
        log_reads(user, sorted(seen), "programmeversion")
        return response

    def _version(self, request: HttpRequest, pk: int, *, is_edited: bool = False) -> ProgrammeVersion:
        """Return a version that may be looked at, or worked on. Raises PermissionDenied or Http404."""
        if not self.has_view_permission(request) or (is_edited and not may_edit(request)):
            raise PermissionDenied
        version = ProgrammeVersion.objects.select_related("programme").filter(pk=pk).first()
        if version is None:
            raise Http404
        return version

    def _page(
        self, request: HttpRequest, template: str, version: ProgrammeVersion, context: dict[str, Any], *, status: int
    ) -> HttpResponse:
        known = {"opts": self.opts, "version": version, "may_edit": may_edit(request)}
        return render(request, template, {**self.admin_site.each_context(request), **known, **context}, status=status)
