"""The programme and prescriptions in the admin."""

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from exercises import services
from exercises.admin_forms import DEPTH_FIELDS, PrescriptionForm, uuid_or_none
from exercises.models import (
    DOSE_FIELDS,
    Prescription,
    PrescriptionPause,
    Programme,
    ProgrammeVersion,
    RepPhase,
    Stage,
    Tip,
)
from kneecoach.accounts.access import log_read
from kneecoach.accounts.admin_base import FactsOnly, LogsReads
from kneecoach.accounts.models import ClinicSettings, Patient, User

ENDINGS = {Prescription.EndReason.MASTERED, Prescription.EndReason.STOPPED}


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


class PauseInline(admin.TabularInline):  # type: ignore[type-arg]
    """Days on which nothing is due."""

    model = PrescriptionPause
    extra = 0
    can_delete = False


@admin.register(Prescription)
class PrescriptionAdmin(LogsReads):
    """Prescriptions: made once, never changed; ended with a reason."""

    list_display = (
        "patient",
        "stage",
        "side",
        "reps_target",
        "hold_target_seconds",
        "starts_on",
        "ended_on",
        "end_reason",
    )
    list_filter = ("end_reason", "stage__number")
    search_fields = ("patient__name",)
    autocomplete_fields = ("patient",)
    list_select_related = ("patient", "stage")
    form = PrescriptionForm
    fieldsets = (
        (None, {"fields": ("patient", "stage", "side")}),
        (
            _("Dose"),
            {
                "fields": (
                    ("reps_target", "reps_min", "reps_max"),
                    ("hold_target_seconds", "hold_min_seconds", "hold_max_seconds"),
                    "sessions_per_day",
                ),
                "description": _("Choosing the stage fills this in. What you leave empty is taken from the stage."),
            },
        ),
        (
            _("Depth of the squat"),
            {
                "fields": (DEPTH_FIELDS,),
                "description": _(
                    "For the wall squat only, one rung deeper at a time. The patient may always go less deep, and is "
                    "told to when the pain rises above the limit; left empty, that is 5."
                ),
            },
        ),
        (_("When"), {"fields": ("starts_on", "note")}),
    )
    override = (_("Before its time"), {"fields": ("override_reason",)})
    facts = ("prescribed_by", "prescribed_at", "ended_on", "end_reason", "ended_by", "ended_at")
    change_form_template = "admin/exercises/prescription/change_form.html"

    class Media:
        js = ("kneecoach/js/prescription.js",)

    def patient_id_of(self, obj: Prescription) -> UUID:
        """Return whose prescription it is."""
        return obj.patient_id

    def get_fieldsets(self, request: HttpRequest, obj: Prescription | None = None) -> Any:
        """Add the override where the clinic allows it or it was used, and who and when once it is made."""
        fieldsets: list[Any] = list(super().get_fieldsets(request, obj))
        if obj.override_reason if obj else ClinicSettings.load().allows_stage_override:
            fieldsets.append(self.override)
        return [*fieldsets, (_("History"), {"fields": self.facts})] if obj else fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Prescription | None = None) -> Any:
        """Make everything read-only once it is made: a new dose is a new prescription."""
        if obj is None:
            return ()
        return (
            "patient",
            "stage",
            "side",
            *DOSE_FIELDS,
            *DEPTH_FIELDS,
            "starts_on",
            "note",
            "override_reason",
            *self.facts,
        )

    def get_inlines(self, request: HttpRequest, obj: Prescription | None) -> Any:
        """Offer pauses once it is made."""
        return (PauseInline,) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start today, at the knee of the patient that the address names."""
        initial: dict[str, Any] = {"starts_on": timezone.localdate(), **super().get_changeform_initial_data(request)}
        patient_id = uuid_or_none(request.GET.get("patient"))
        patient = Patient.objects.filter(pk=patient_id).first() if patient_id else None
        if patient is None:
            initial.pop("patient", None)
            return initial
        return {"side": patient.side, **initial}

    def save_model(self, request: HttpRequest, obj: Prescription, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Let the service write a new one; an old one never changes."""
        if change:
            return
        data = form.cleaned_data
        made = services.prescribe(
            patient=data["patient"],
            stage=data["stage"],
            dose=form.dose(data),
            depth=form.depth(data),
            side=data["side"],
            starts_on=data["starts_on"],
            note=data["note"],
            override_reason=data.get("override_reason", ""),
            by=cast(User, request.user),
            now=timezone.now(),
        )
        obj.pk = made.pk
        obj.__dict__.update({key: value for key, value in made.__dict__.items() if key != "_state"})

    def response_add(
        self, request: HttpRequest, obj: Prescription, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go back to the patient."""
        messages.success(request, _("%(stage)s is prescribed.") % {"stage": obj.stage})
        return redirect("admin:accounts_patient_change", obj.patient_id)

    def has_delete_permission(self, request: HttpRequest, obj: Prescription | None = None) -> bool:
        """Keep every prescription: it ends, it does not vanish."""
        return False

    def get_urls(self) -> Any:
        """Add the page that ends a prescription."""
        end = path(
            "<int:pk>/end/<str:reason>/", self.admin_site.admin_view(self.end_view), name="exercises_prescription_end"
        )
        return [end, *super().get_urls()]

    def end_view(self, request: HttpRequest, pk: int, reason: str) -> HttpResponse:
        """Show what ending it will mean, and end it."""
        prescription = self.get_object(request, str(pk))
        if prescription is None or reason not in ENDINGS:
            raise Http404
        if not self.has_change_permission(request, prescription):
            raise PermissionDenied
        if request.method == "POST":
            services.end_prescription(
                prescription=prescription,
                reason=reason,
                on=timezone.localdate(timezone=ZoneInfo(prescription.patient.time_zone)),
                by=cast(User, request.user),
                now=timezone.now(),
            )
            messages.success(request, _("%(stage)s has ended.") % {"stage": prescription.stage})
            return redirect("admin:accounts_patient_change", prescription.patient_id)
        log_read(cast(User, request.user), prescription.patient_id, self.opts.model_name or "")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mark as mastered") if reason == Prescription.EndReason.MASTERED else _("Stop"),
            "opts": self.opts,
            "prescription": prescription,
            "reason": reason,
        }
        return render(request, "admin/exercises/prescription/end.html", context)


def change_dose_url(prescription: Prescription) -> str:
    """Return the address of a new prescription that starts from the values of this one."""
    values = {"patient": prescription.patient_id, "stage": prescription.stage_id, "side": prescription.side}
    values |= {field: getattr(prescription, field) for field in DOSE_FIELDS}
    if prescription.depth is not None:
        values |= {field: getattr(prescription, field) for field in DEPTH_FIELDS}
    return f"{reverse('admin:exercises_prescription_add')}?{urlencode(values)}"
