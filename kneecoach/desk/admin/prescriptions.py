"""Prescriptions in the admin: made once, never changed, ended with a reason."""

from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from exercises import services
from exercises.access import in_readers_language
from exercises.eligibility import STOP_FOR_MINORS
from exercises.models import DOSE_FIELDS, Decision, Prescription, PrescriptionPause, ProgrammeVersion, Stage
from kneecoach.accounts.admin_base import LogsReads
from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.desk.admin.deciding import decide, signed
from kneecoach.desk.buttons import decisions_about, dose_of
from kneecoach.desk.prescribing import DEPTH_FIELDS, DecisionForm, PauseForm, PrescribeForm, uuid_or_none

MASTERED, STOPPED = Prescription.EndReason.MASTERED, Prescription.EndReason.STOPPED
TITLES = {MASTERED.value: _("Mark as mastered"), STOPPED.value: _("Stop")}


class PauseInline(admin.TabularInline):  # type: ignore[type-arg]
    """Days on which nothing was or is due. The page that they stand on changes nothing, so they cannot be changed either."""

    model = PrescriptionPause


@admin.register(Prescription)
class PrescriptionAdmin(LogsReads):
    """Prescriptions: made once, never changed; each decision about one has a page of its own."""

    patient_lookup = "patient"
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
    list_select_related = ("patient", "stage")
    inlines = (PauseInline,)
    fieldsets = (
        (None, {"fields": ("patient", "stage", "side")}),
        (
            _("Dose"),
            {
                "fields": (
                    ("reps_target", "reps_min", "reps_max"),
                    ("hold_target_seconds", "hold_min_seconds", "hold_max_seconds"),
                    "sessions_per_day",
                    DEPTH_FIELDS,
                )
            },
        ),
        (_("When"), {"fields": ("starts_on", "note", "override_reason")}),
        (
            _("History"),
            {"fields": ("prescribed_by", "prescribed_at", "ended_on", "end_reason", "ended_by", "ended_at")},
        ),
    )
    change_form_template = "admin/exercises/prescription/change_form.html"

    def patient_id_of(self, obj: Prescription) -> UUID:
        """Return whose prescription it is."""
        return obj.patient_id

    def has_change_permission(self, request: HttpRequest, obj: Prescription | None = None) -> bool:
        """Return False for everybody: a new dose is a new prescription."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Prescription | None = None) -> bool:
        """Return False for everybody: a prescription ends, it does not vanish."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show it, with the decisions that can be made about it."""
        may_decide = cast(User, request.user).has_perm("exercises.change_prescription")
        row = self.get_object(request, object_id) if may_decide else None
        buttons = decisions_about(row, today_of(row.patient)) if row else ()
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "decisions": buttons})

    def get_urls(self) -> Any:
        """Add a page for each decision."""

        def page(address: str, view: Any, name: str) -> Any:
            return path(f"<int:pk>/{address}/", self.admin_site.admin_view(view), name=f"exercises_prescription_{name}")

        return [
            page("end/<str:reason>", self.end_view, "end"),
            page("pause", self.pause_view, "pause"),
            page("resume", self.resume_view, "resume"),
            page("move-on", self.move_on_view, "move_on"),
            page("step-back", self.step_back_view, "step_back"),
            *super().get_urls(),
        ]

    # --- giving a stage --------------------------------------------------------------------------------------------
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Give a stage to the patient that the address names; without one, say where to begin."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        patient_id = uuid_or_none(request.GET.get("patient"))
        patient = Patient.objects.followed().filter(pk=patient_id).first() if patient_id else None
        if patient is None:
            context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("Prescribe a stage")}
            return render(request, "desk/prescribe_to_whom.html", context)
        stages = offered_stages(request.GET.get("stage", ""))
        form = self._form(request, patient, stages, initial=named_values(request))

        def act() -> list[Decision]:
            made = self._confirmed(
                request,
                form,
                lambda: services.prescribe(
                    form.asked,
                    by=cast(User, request.user),
                    now=timezone.now(),
                    why=form.cleaned_data["why"],
                    decision_id=form.cleaned_data["decision_id"],
                ),
            )
            return list(made.decisions.all())

        return self._prescribing(
            request,
            form,
            act,
            title=_("Prescribe a stage for %(patient)s") % {"patient": patient},
            done=_("Prescribed. %(patient)s reads it on Today.") % {"patient": patient},
        )

    def move_on_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark a stage as mastered and give a later one in one step."""
        ended = self._to_decide(request, pk, "add", "change")
        later = [row for row in newest_stages(ended.programme_id) if row.number > ended.stage.number]
        return self._instead(
            request,
            ended,
            later,
            services.move_on,
            title=_("%(patient)s: move on from %(stage)s") % {"patient": ended.patient, "stage": ended.stage},
            none_left=_("There is no stage above this one."),
        )

    def step_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop a stage and give an earlier one in one step."""
        ended = self._to_decide(request, pk, "add", "change")
        earlier = [row for row in newest_stages(ended.programme_id) if row.number < ended.stage.number]
        return self._instead(
            request,
            ended,
            earlier[::-1],
            services.step_back,
            needs_why=True,
            title=_("%(patient)s: step back from %(stage)s") % {"patient": ended.patient, "stage": ended.stage},
            none_left=_("There is no stage below this one."),
        )

    def _instead(
        self,
        request: HttpRequest,
        ended: Prescription,
        stages: list[Stage],
        service: Any,
        *,
        needs_why: bool = False,
        **words: str,
    ) -> HttpResponse:
        """Ask for the dose of another stage, the nearest one to begin with."""
        nearest = stages[0] if stages else None
        initial = {"stage": nearest.pk, **dose_of(nearest)} if nearest else {}
        form = self._form(request, ended.patient, stages, initial=initial, side=ended.side, needs_why=needs_why)

        def act() -> list[Decision]:
            sign = signed(request, ended.patient, {**form.cleaned_data, "note": ""})
            return [self._confirmed(request, form, lambda: service(ended=ended, asked=form.asked, signed=sign))]

        done = _("Done. %(patient)s reads it on Today.") % {"patient": ended.patient}
        return self._prescribing(request, form, act, done=done, ended=ended, has_stages=bool(stages), **words)

    def _form(
        self,
        request: HttpRequest,
        patient: Patient,
        stages: list[Stage],
        *,
        initial: dict[str, Any],
        side: str = "",
        needs_why: bool = False,
    ) -> PrescribeForm:
        today = today_of(patient)
        return PrescribeForm(
            posted(request),
            patient=patient,
            today=today,
            stages=stages,
            needs_confirmation=not services.is_confirmed(patient),
            may_override=ClinicSettings.load().allows_stage_override,
            needs_why=needs_why,
            initial={"side": side or patient.side, "starts_on": today, **initial},
        )

    def _confirmed(self, request: HttpRequest, form: PrescribeForm, write: Any) -> Any:
        """Write what was confirmed on the form, then the decision."""
        if form.confirmations:
            services.confirm_eligibility(
                patient=form.patient,
                today=form.today,
                by=cast(User, request.user),
                now=timezone.now(),
                guardian_name=form.cleaned_data.get("guardian_name", ""),
            )
        return write()

    def _prescribing(self, request: HttpRequest, form: PrescribeForm, act: Any, **context: Any) -> HttpResponse:
        return decide(
            request,
            self,
            patient=form.patient,
            form=form,
            act=act,
            template="desk/prescribe.html",
            stop_for_minors=STOP_FOR_MINORS if form.is_minor else "",
            gates=gates_of(form.patient, context.get("ended")),
            **context,
        )

    # --- ending and pausing ----------------------------------------------------------------------------------------
    def end_view(self, request: HttpRequest, pk: int, reason: str) -> HttpResponse:
        """End it as mastered or stopped."""
        if reason not in TITLES:
            raise Http404
        row = self._to_decide(request, pk, "change")
        form = DecisionForm(posted(request), needs_why=reason == STOPPED)

        def act() -> list[Decision]:
            sign = signed(request, row.patient, form.cleaned_data)
            services.end_prescription(
                prescription=row,
                reason=reason,
                on=sign.today,
                by=sign.by,
                now=sign.now,
                why=sign.why,
                note=sign.note,
                decision_id=sign.decision_id,
            )
            return list(row.decisions.filter(pk=sign.decision_id))

        title = f"{TITLES[reason]}: {row.stage}"
        done = _("%(stage)s has ended.") % {"stage": row.stage}
        return self._decide(request, row, form, act, title=title, done=done)

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pause it, and others with it."""
        row = self._to_decide(request, pk, "change")
        others = Prescription.objects.of(row.patient).active().exclude(pk=row.pk).select_related("stage", "patient")
        form = PauseForm(posted(request), others=list(others))

        def act() -> list[Decision]:
            return services.pause_prescriptions(
                prescriptions=[row, *form.also_paused],
                from_on=form.cleaned_data["from_on"],
                to_on=form.cleaned_data["to_on"],
                signed=signed(request, row.patient, form.cleaned_data),
            )

        title = _("Pause: %(stage)s") % {"stage": row.stage}
        return self._decide(request, row, form, act, title=title, done=_("The pause is set."))

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End its pause."""
        row = self._to_decide(request, pk, "change")
        form = DecisionForm(posted(request), needs_why=False)

        def act() -> list[Decision]:
            made = services.resume_prescription(
                prescription=row, signed=signed(request, row.patient, form.cleaned_data)
            )
            return [made] if made else []

        title = _("End the pause: %(stage)s") % {"stage": row.stage}
        pause = services.pause_of(row, today_of(row.patient))
        done = _("The pause has ended.")
        return self._decide(request, row, form, act, title=title, done=done, pause=pause, is_resuming=True)

    def _decide(self, request: HttpRequest, row: Prescription, form: Any, act: Any, **context: Any) -> HttpResponse:
        return decide(request, self, patient=row.patient, form=form, act=act, prescription=row, **context)

    def _to_decide(self, request: HttpRequest, pk: int, *acts: str) -> Prescription:
        """Return a prescription about which somebody may decide. Raises PermissionDenied or Http404."""
        needed = ["exercises.view_prescription", *(f"exercises.{act}_prescription" for act in acts)]
        if not cast(User, request.user).has_perms(needed):
            raise PermissionDenied
        row = self.get_queryset(request).select_related("stage__version", "patient").filter(pk=pk).first()
        if row is None:
            raise Http404
        return row


def posted(request: HttpRequest) -> Any:
    """Return what was sent, or None where a page is only looked at."""
    return request.POST if request.method == "POST" else None


def today_of(patient: Patient) -> Any:
    """Return the day it is where the patient lives."""
    return timezone.localdate(timezone=ZoneInfo(patient.time_zone))


def offered_stages(named: str) -> list[Stage]:
    """Return the newest stages, and the one named where a patient has it from an earlier version."""
    found = newest_stages()
    if named.isdecimal() and len(named) < 10 and int(named) not in {row.pk for row in found}:
        earlier = Stage.objects.filter(pk=named, version__in=ProgrammeVersion.objects.published())
        found += earlier.select_related("version__programme")
        in_readers_language(found)
    return found


def newest_stages(programme_id: int | None = None) -> list[Stage]:
    """Return the stages of the newest published version of each programme, or of one, lowest first. One query."""
    rows = Stage.objects.filter(version__in=ProgrammeVersion.objects.newest()).select_related("version__programme")
    found = list((rows.filter(version__programme=programme_id) if programme_id else rows).order_by("version", "number"))
    in_readers_language(found)
    return found


def gates_of(patient: Patient, ended: Prescription | None = None) -> list[tuple[Stage, list[Stage]]]:
    """Return each stage that may not be given yet, with the stages that have to be mastered before."""
    stages = newest_stages()
    closed = []
    for row in stages:
        gate = services.stage_gate(patient=patient, stage=row, mastering=[ended.stage_key] if ended else [])
        if not gate.is_open:
            closed.append((row, [other for other in stages if other.key in gate.missing]))
    return closed


def named_values(request: HttpRequest) -> dict[str, str]:
    """Return the values that the address proposes."""
    known = ("stage", "side", *DOSE_FIELDS, *DEPTH_FIELDS)
    return {name: request.GET[name] for name in known if name in request.GET}
