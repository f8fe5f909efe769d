"""Limits and criteria: what counts, who set it, and setting something else. Versions are only ever added."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kneecoach.accounts.access import log_read
from kneecoach.accounts.admin_base import FactsOnly, LogsReads
from kneecoach.accounts.models import Patient, User
from kneecoach.desk.forms import CRITERIA, LIMITS, RuleSetForm, as_initial, changes_between
from kneecoach.desk.prescribing import uuid_or_none
from progress import services
from progress.history import rule_set_of
from progress.models import RuleSet
from progress.rules.limits import PRESETS, Preset
from progress.switches import alerts_are_on, pain_advice_is_on, readiness_is_on

VERSIONS_SHOWN = 20


@admin.register(RuleSet)
class RuleSetAdmin(FactsOnly, LogsReads):
    """Limits and criteria, of the clinic and of single patients. Absent where nothing uses them."""

    patient_lookup = "patient"
    list_display = ("whose", "version", "preset", "green_max", "amber_max", "made_by", "made_at")
    list_filter = (("patient", admin.EmptyFieldListFilter), "preset")
    list_select_related = ("patient", "made_by")
    search_fields = ("patient__name",)
    fieldsets = (
        (None, {"fields": ("patient", "version", "preset", "made_by", "made_at")}),
        (gettext_lazy("Limits of pain"), {"fields": LIMITS}),
        (gettext_lazy("Criteria for the next stage"), {"fields": CRITERIA}),
    )

    def has_view_permission(self, request: HttpRequest, obj: RuleSet | None = None) -> bool:
        """Show nothing where nothing uses them, not even the name in the index."""
        return are_used() and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Let those set new values who have the permission."""
        return are_used() and cast(User, request.user).has_perm("progress.add_ruleset")

    def patient_id_of(self, obj: RuleSet) -> UUID | None:
        """Return whose limits they are; None for the clinic's."""
        return obj.patient_id

    @admin.display(description=gettext_lazy("of"), ordering="patient__name")
    def whose(self, row: RuleSet) -> str:
        """Return the patient, or that it is the clinic's."""
        return str(row.patient) if row.patient else _("the clinic")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Show the values that count, and set others: of the clinic, or of `?patient=<id>`."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        patient = patient_named(request)
        clinic = RuleSet.objects.of_clinic().select_related("made_by")[0]
        current = rule_set_of(patient) if patient else clinic
        if patient and "hand_back" in request.POST:
            return self._hand_back(request, patient)
        form = self._form_of(request, current)
        changes, status = None, 200
        if form.is_bound:
            status = 200 if form.is_valid() else 422
            if form.is_valid() and "save" in request.POST:
                return self._save(request, patient, form)
            changes = form.changes if form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Limits and criteria of %(patient)s") % {"patient": patient}
            if patient
            else _("Limits and criteria of the clinic"),
            "opts": self.opts,
            "patient": patient,
            "current": current,
            "form": form,
            "changes": changes,
            "handed_back": changes_between(current.values, clinic.values) if current.patient_id else None,
            "media": self.media,
            "versions": RuleSet.objects.filter(patient=patient)
            .select_related("made_by")
            .order_by("-version")[:VERSIONS_SHOWN],
        }
        response = render(request, "desk/rule_set.html", context, status=status)
        if patient:
            log_read(cast(User, request.user), patient.pk, self.opts.model_name or "")
        return response

    def _form_of(self, request: HttpRequest, current: RuleSet) -> RuleSetForm:
        """Return the form: filled in with what counts, with a preset, or with what was typed."""
        options: dict[str, Any] = {"current": current.values, "with_criteria": readiness_is_on()}
        if request.method != "POST":
            return RuleSetForm(**options)
        preset = request.POST.get("preset")
        if "fill" in request.POST and preset in PRESETS:
            return RuleSetForm(initial={"preset": preset, **as_initial(PRESETS[Preset(preset)])}, **options)
        return RuleSetForm(request.POST, **options)

    def _save(self, request: HttpRequest, patient: Patient | None, form: RuleSetForm) -> HttpResponse:
        services.set_rules(patient=patient, values=form.values, by=cast(User, request.user), now=timezone.now())
        messages.success(request, _("Set. They count from now on; what was set before is kept."))
        if patient:
            return redirect("admin:accounts_patient_change", patient.pk)
        return redirect("admin:progress_ruleset_changelist")

    def _hand_back(self, request: HttpRequest, patient: Patient) -> HttpResponse:
        services.hand_back_rules(patient=patient, by=cast(User, request.user), now=timezone.now())
        messages.success(request, _("Handed back. The clinic’s limits and criteria count for this patient again."))
        return redirect("admin:accounts_patient_change", patient.pk)


def are_used() -> bool:
    """Tell whether anything uses limits and criteria."""
    return pain_advice_is_on() or readiness_is_on() or alerts_are_on()


def patient_named(request: HttpRequest) -> Patient | None:
    """Return the patient that the address names; None for none. Raises Http404 for one that is not there."""
    text = request.GET.get("patient")
    if text is None:
        return None
    key = uuid_or_none(text)
    if key is None:
        raise Http404
    return get_object_or_404(Patient.objects.followed(), pk=key)
