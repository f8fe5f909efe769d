"""The clinic's settings: one page, with what patients will read shown before it is saved."""

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kneecoach.accounts.admin_base import OwnFilters
from kneecoach.accounts.models import ClinicSettings
from kneecoach.desk.forms import ClinicForm

# What whoever hosts switches in the environment: shown, never set here.
SWITCHES = {
    "PAIN_ADVICE": gettext_lazy("what the limits say about pain, and the step over the limit"),
    "READINESS": gettext_lazy("counting the criteria for the next stage"),
    "ALERTS": gettext_lazy("alerts for physiotherapists"),
}


@admin.register(ClinicSettings)
class ClinicSettingsAdmin(OwnFilters):
    """The one row about the clinic. Whoever may not change it reads it."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the one page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:accounts_clinicsettings_change", ClinicSettings.THE_ROW)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Lead to the one page, where the row is made as well."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect("admin:accounts_clinicsettings_change", ClinicSettings.THE_ROW)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form; show what patients will read with what was typed; save it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_change = self.has_change_permission(request)
        clinic = ClinicSettings.load()
        if request.method != "POST":
            return self._show(request, clinic, ClinicForm(instance=clinic), may_change=may_change)
        if not may_change:
            raise PermissionDenied
        form = ClinicForm(request.POST, instance=clinic)
        if not form.is_valid():
            return self._show(request, ClinicSettings.load(), form, may_change=True, status=422)
        if "preview" in request.POST:
            typed = [(name, request.POST.get(name, "")) for name in form.fields]
            return render(request, "desk/clinic_preview.html", {"clinic": form.instance, "typed": typed})
        if "save" in request.POST:
            return self._save(request, form)
        return self._show(request, ClinicSettings.load(), form, may_change=True)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep the row."""
        return False

    def _save(self, request: HttpRequest, form: ClinicForm) -> HttpResponse:
        saved = form.save()
        self.log_change(request, saved, self.construct_change_message(request, cast(Any, form), []))
        messages.success(request, _("Saved. Patients read it from now on."))
        return redirect("admin:accounts_clinicsettings_change", saved.pk)

    def _show(
        self, request: HttpRequest, clinic: ClinicSettings, form: ClinicForm, *, may_change: bool, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Clinic settings"),
            "opts": self.opts,
            "original": clinic,
            "form": form,
            "may_change": may_change,
            "switches": [(name, words, cast(bool, getattr(settings, name))) for name, words in SWITCHES.items()],
        }
        return render(request, "desk/clinic_settings.html", context, status=status)
