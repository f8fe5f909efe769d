"""Patients in the admin: the list, and one patient on one page."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from exercises.models import Prescription
from kneecoach.accounts.access import log_read
from kneecoach.accounts.admin_base import LogsReads
from kneecoach.accounts.forms import PatientForm
from kneecoach.accounts.models import Patient, Stopped, User
from kneecoach.accounts.services import confirm_vmo_found
from kneecoach.desk.admin import conversation, invitations
from kneecoach.desk.story import load_story
from progress.models import ExerciseSession, Message, PainRating

RECENT_DAYS = 7
MESSAGES_SHOWN = 5


class MineFilter(admin.SimpleListFilter):
    """One's own patients, or everybody's."""

    title = _("lead")
    parameter_name = "lead"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Offer one choice besides all."""
        return (("me", _("my patients")),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        """Keep to one's own where asked."""
        return queryset.filter(lead_physiotherapist=request.user.pk) if self.value() == "me" else queryset


class UnreadFilter(admin.SimpleListFilter):
    """Patients whose notes nobody has read yet."""

    title = _("notes")
    parameter_name = "notes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Offer one choice besides all."""
        return (("unread", _("with an unread note")),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        """Keep to those where asked."""
        unread = Message.objects.from_patients().unread().filter(patient=OuterRef("pk"))
        return queryset.filter(Exists(unread)) if self.value() == "unread" else queryset


@admin.register(Patient)
class PatientAdmin(LogsReads):
    """Patients, with what they were given and what they did."""

    form = PatientForm
    list_display = ("name", "side", "stages", "last_session", "recent_sessions", "recent_pain", "lead_physiotherapist")
    list_filter = (MineFilter, UnreadFilter, "side")
    search_fields = ("name",)
    list_select_related = ("lead_physiotherapist",)
    show_full_result_count = False
    fieldsets = ((None, {"fields": (("name", "birth_date"), ("side", "time_zone"), "lead_physiotherapist")}),)
    readonly_fields = ("vmo_found_at", "created_at")
    change_form_template = "admin/accounts/patient/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        """Load what the list shows, in a fixed number of queries; one patient without it."""
        rows = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name in (
            "accounts_patient_changelist",
            "autocomplete",
        ):
            # Whoever is locked away is found by their address, or under what they ask about their data.
            rows = rows.exclude(stopped_why=Stopped.RESTRICTED)
        if request.resolver_match is None or request.resolver_match.url_name != "accounts_patient_changelist":
            return rows
        since = timezone.localdate() - timedelta(days=RECENT_DAYS - 1)
        mine = ExerciseSession.objects.filter(patient=OuterRef("pk"))
        recent = mine.filter(local_date__gte=since).order_by().values("patient").annotate(count=Count("pk"))
        pain = PainRating.objects.filter(patient=OuterRef("pk"), local_date__gte=since).counting().order_by()
        active = Prescription.objects.active().select_related("stage").order_by("stage__number")
        return rows.prefetch_related(Prefetch("prescriptions", active, to_attr="active_prescriptions")).annotate(
            last_session_on=Subquery(mine.order_by("-local_date").values("local_date")[:1]),
            recent_count=Coalesce(Subquery(recent.values("count")), 0),
            recent_worst=Subquery(pain.values("patient").annotate(worst=Max("counted")).values("worst")),
        )

    @admin.display(description=_("stages"))
    def stages(self, patient: Patient) -> str:
        """Return the stages that run."""
        return format_html_join("; ", "{}", ((row.stage,) for row in patient.active_prescriptions)) or "–"  # type: ignore[attr-defined]

    @admin.display(description=_("last session"), ordering="last_session_on")
    def last_session(self, patient: Patient) -> Any:
        """Return its day."""
        return patient.last_session_on  # type: ignore[attr-defined]

    @admin.display(description=_("sessions, 7 days"), ordering="recent_count")
    def recent_sessions(self, patient: Patient) -> int:
        """Return how many were started."""
        return patient.recent_count  # type: ignore[attr-defined]

    @admin.display(description=_("worst pain, 7 days"), ordering="recent_worst")
    def recent_pain(self, patient: Patient) -> Any:
        """Return the highest rating, or nothing where none was given."""
        return patient.recent_worst  # type: ignore[attr-defined]

    def patient_id_of(self, obj: Patient) -> UUID:
        """Return the patient's id."""
        return obj.pk

    def get_fieldsets(self, request: HttpRequest, obj: Patient | None = None) -> Any:
        """Ask whether the muscle was found, until it was."""
        found = ("vmo_found_at",) if obj and obj.vmo_found_at else ("muscle_found",)
        invited = () if obj else ((_("Log-in"), {"fields": ("email",)}),)
        return (*super().get_fieldsets(request, obj), *invited, (_("Before the first stage"), {"fields": (found,)}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start with oneself as lead and the clinic's own zone."""
        return {
            "lead_physiotherapist": request.user.pk,
            "time_zone": timezone.get_default_timezone_name(),
            **super().get_changeform_initial_data(request),
        }

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Add the story: prescriptions, sessions, pain, warning signs. Of somebody who is locked away, only say so."""
        patient = self.get_object(request, object_id) if object_id else None
        if patient is not None and patient.is_restricted:
            return self._locked_away(request, patient)
        story = _story(request, patient) if object_id else {"title": _("New patient")}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **story})

    def save_model(self, request: HttpRequest, obj: Patient, form: PatientForm, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Save, and invite where an address was given. Without a mail server the patient is saved all the same."""
        super().save_model(request, obj, form, change)
        email = form.cleaned_data.get("email")
        if email and not invitations.send(request, obj, invitation_id=uuid4(), email=email):
            messages.warning(
                request, _("%(name)s is saved, but the mail server did not take the invitation.") % {"name": obj}
            )
        if form.cleaned_data.get("muscle_found"):
            confirm_vmo_found(obj, now=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Patient | None = None) -> bool:
        """Keep patients: erasing a person is its own, reviewed act."""
        return False

    def get_urls(self) -> Any:
        """Add the thread of messages, and the invitations."""
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/messages/", view(self.messages_view), name="accounts_patient_messages"),
            path("<uuid:pk>/messages/seen/", view(self.seen_view), name="accounts_patient_seen"),
            path("<uuid:pk>/invitation/", view(self.invitation_view), name="accounts_patient_invitation"),
            path("<uuid:pk>/invitation/sheet/", view(self.sheet_view), name="accounts_patient_invitation_sheet"),
            path(
                "<uuid:pk>/invitation/<uuid:invitation_id>/revoke/",
                view(self.revoke_view),
                name="accounts_patient_invitation_revoke",
            ),
            *super().get_urls(),
        ]

    def messages_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show the thread with a patient, and answer."""
        return conversation.answer(request, self, self._patient_to_talk_to(request, pk))

    def seen_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Mark a patient's notes as read."""
        return conversation.seen(request, self._patient_to_talk_to(request, pk))

    def invitation_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show a patient's invitations, and send one by mail."""
        return invitations.by_mail(request, self, self._patient_to_invite(request, pk, "add"))

    def sheet_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show an invitation to print."""
        return invitations.on_a_sheet(request, self, self._patient_to_invite(request, pk, "add"))

    def revoke_view(self, request: HttpRequest, pk: UUID, invitation_id: UUID) -> HttpResponse:
        """Take an invitation back."""
        return invitations.revoke(request, self._patient_to_invite(request, pk, "change"), invitation_id)

    def _patient_to_invite(self, request: HttpRequest, pk: UUID, act: str) -> Patient:
        needed = ["view_invitation", *([f"{act}_invitation"] if request.method == "POST" else [])]
        return self._patient_with(request, pk, [f"accounts.{name}" for name in needed])

    def _patient_to_talk_to(self, request: HttpRequest, pk: UUID) -> Patient:
        """Return a patient whose thread may be read, and written in where something is sent."""
        needed = ["progress.view_message", *(["progress.add_message"] if request.method == "POST" else [])]
        return self._patient_with(request, pk, needed)

    def _patient_with(self, request: HttpRequest, pk: UUID, needed: list[str]) -> Patient:
        """Return a patient for whom somebody needs these permissions. Raises PermissionDenied, or Http404."""
        if not self.has_view_permission(request) or not cast(User, request.user).has_perms(needed):
            raise PermissionDenied
        patient = self.get_object(request, str(pk))
        if patient is None:
            raise Http404
        if patient.is_restricted:
            raise PermissionDenied
        return patient

    def _locked_away(self, request: HttpRequest, patient: Patient) -> HttpResponse:
        if not self.has_view_permission(request) or request.method == "POST":
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": str(patient),
            "opts": self.opts,
            "original": patient,
        }
        response = render(request, "desk/restricted.html", context)
        log_read(cast(User, request.user), patient.pk, "patient")
        return response


def _story(request: HttpRequest, patient: Any) -> dict[str, object]:
    if patient is None:
        return {}
    return {
        "title": str(patient),
        "subtitle": None,
        **load_story(patient, timezone.now(), request.GET.get("month")),
        **conversation.thread_context(patient, most=MESSAGES_SHOWN),
        **invitations.panel_context(patient),
    }
