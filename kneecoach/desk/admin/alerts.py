"""Alerts: open first, the most pressing on top; each with the numbers behind it."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, F, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kneecoach.accounts.models import User
from kneecoach.desk.admin.decisions import DecisionAdmin
from kneecoach.desk.admin.in_place import to_story
from kneecoach.desk.forms import ResolveForm
from progress import services
from progress.models import Alert, RedFlagReport
from progress.switches import alerts_are_on


class StateFilter(admin.SimpleListFilter):
    """Open ones, or those that were resolved."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Offer both, besides all."""
        return (("open", _("open")), ("unseen", _("open, not seen yet")), ("resolved", _("resolved")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """Keep to those asked for."""
        chosen = self.value()
        if chosen == "resolved":
            return queryset.exclude(resolved_at=None)
        if chosen == "unseen":
            return queryset.filter(resolved_at=None, seen_at=None)
        return queryset.filter(resolved_at=None) if chosen == "open" else queryset


@admin.register(Alert)
class AlertAdmin(DecisionAdmin):
    """What a physiotherapist should look at. Absent where alerts are switched off."""

    page_template = "desk/alert.html"
    decide_permission = "progress.change_alert"
    patient_lookup = "patient"
    list_display = ("patient", "how_soon", "kind", "opened_at", "state")
    list_filter = (StateFilter, "level", "kind")
    list_select_related = ("patient", "seen_by", "resolved_by")
    search_fields = ("patient__name",)

    def has_view_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        """Show nothing where alerts are switched off, not even the name in the index."""
        return alerts_are_on() and super().has_view_permission(request, obj)

    def get_ordering(self, request: HttpRequest) -> Any:
        """Put the open ones first, the most pressing of them on top, the newest before the older."""
        level = Case(When(level=Alert.Level.HIGH, then=0), When(level=Alert.Level.REVIEW, then=1), default=2)
        return (F("resolved_at").desc(nulls_first=True), level.asc(), F("opened_at").desc())

    def patient_id_of(self, obj: Alert) -> UUID:
        """Return whom it is about."""
        return obj.patient_id

    @admin.display(description=gettext_lazy("how soon"), ordering="level")
    def how_soon(self, alert: Alert) -> str:
        """Return the level as a tag; a resolved one has none of its colour."""
        level = "" if alert.resolved_at else alert.level
        return format_html('<span class="desk-tag" data-level="{}">{}</span>', level, alert.get_level_display())

    @admin.display(description=gettext_lazy("state"))
    def state(self, alert: Alert) -> str:
        """Return who has seen or resolved it."""
        if alert.resolved_at:
            return _("resolved by %(who)s") % {"who": alert.resolved_by}
        return _("seen by %(who)s") % {"who": alert.seen_by} if alert.seen_at else _("not seen yet")

    def page_context(self, request: HttpRequest, obj: Alert) -> dict[str, object]:
        """Return the numbers behind it, and the warning signs that are open."""
        reports = RedFlagReport.objects.filter(patient=obj.patient_id).open().prefetch_related("signs")
        return {
            "title": obj.get_kind_display().capitalize(),
            "evidence": obj.evidence.select_related("exercise_session"),
            "reports": reports if obj.kind == Alert.Kind.RED_FLAG and not obj.resolved_at else (),
            "form": ResolveForm(),
        }

    def get_urls(self) -> Any:
        """Add what is done about an alert."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/seen/", view(self.see_view), name="progress_alert_seen"),
            path("<int:pk>/resolve/", view(self.resolve_view), name="progress_alert_resolve"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def see_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write down that it was seen."""
        alert = self.row_to_decide(request, pk)
        services.see_alert(alert=alert, by=cast(User, request.user), now=timezone.now())
        return to_story(request, alert.patient_id, "admin:progress_alert_change", alert.pk)

    @method_decorator(require_POST)
    def resolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close it, with how."""
        alert, form = self.row_to_decide(request, pk), ResolveForm(request.POST)
        if form.is_valid():
            try:
                services.resolve_alert(
                    alert=alert,
                    resolution=form.cleaned_data["resolution"],
                    by=cast(User, request.user),
                    now=timezone.now(),
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Resolved. It is kept, with your name."))
                return to_story(request, alert.patient_id)
        return self.show(request, alert, status=422, form=form)
