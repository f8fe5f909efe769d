"""The admin site of the physiotherapists."""

from typing import Any, cast
from uuid import UUID

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kneecoach.accounts.models import User
from kneecoach.desk import views
from kneecoach.desk.audit import views as audit
from kneecoach.desk.autocomplete import LoggedAutocomplete
from kneecoach.desk.sheets import paper_views
from kneecoach.desk.sheets import views as sheets


class DeskSite(admin.AdminSite):
    """The stock admin under our name, with the worklist as its index for those who look after patients."""

    site_header = _("Kneecoach desk")
    site_title = _("Kneecoach desk")
    index_title = _("Patients and prescriptions")
    site_url = None
    enable_nav_sidebar = False

    # One door for everybody, with its limits: the stock form would take passwords without any, also of whoever is in.
    login = method_decorator([login_not_required, secure_admin_login, require_safe])(admin.AdminSite.login)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the worklist; to those who audit, whose log can be read; to other staff the stock index."""
        user = cast(User, request.user)
        context = self.each_context(request)
        context |= {"app_list": context["available_apps"], **(extra_context or {})}
        if views.may_see_worklist(user):
            return views.worklist(request, {"title": _("Worklist"), **context})
        if audit.may_audit(user):
            return audit.index(request, {"title": _("Who saw and did what"), **context})
        return super().index(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the one page for it: it tells the owner by mail, and ends what else is logged in."""
        return redirect("account_change_password")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Offer names, and write down which."""
        return cast(HttpResponse, LoggedAutocomplete.as_view(admin_site=self)(request))

    def audit_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show who saw and did what with a patient."""
        return audit.of_patient(request, self, pk)

    def get_urls(self) -> Any:
        """Add what is done from a row of the worklist, the sheets and the audit, among the addresses of their patient."""
        view, patient = self.admin_view, "accounts/patient/<uuid:pk>/"
        return [
            path(f"{patient}alerts/seen/", view(views.seen), name="accounts_patient_alerts_seen"),
            path(f"{patient}visit/", view(sheets.visit), name="accounts_patient_visit"),
            path(f"{patient}visit.pdf", view(sheets.visit_pdf), name="accounts_patient_visit_pdf"),
            path(f"{patient}record.zip", view(sheets.everything), name="accounts_patient_record"),
            path(f"{patient}paper/", view(paper_views.paper), name="accounts_patient_paper"),
            path(f"{patient}paper.pdf", view(paper_views.paper_pdf), name="accounts_patient_paper_pdf"),
            path(f"{patient}paper/type/", view(paper_views.type_in), name="accounts_patient_paper_type"),
            path(f"{patient}audit/", view(self.audit_view), name="accounts_patient_audit"),
            # No row has a page on the site for patients, and what is no key would be an error of ours there.
            *(route for route in super().get_urls() if getattr(route, "name", "") != "view_on_site"),
        ]
