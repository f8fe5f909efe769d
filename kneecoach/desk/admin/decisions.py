"""What the pages share on which something is decided: shown, logged, and changed only by services."""

from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kneecoach.accounts.access import log_read
from kneecoach.accounts.admin_base import FactsOnly, LogsReads
from kneecoach.accounts.models import User


class DecisionAdmin(FactsOnly, LogsReads):
    """Rows that nobody edits: a page tells what is known, and its forms lead to services."""

    page_template: ClassVar[str]
    # Who may decide; who may look is asked of the view permission.
    decide_permission: ClassVar[str]

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, object]:
        """Return what the page shows besides the row and its forms."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the page. It saves nothing itself."""
        obj = self.row_of(request, object_id)
        if request.method == "POST":
            raise PermissionDenied
        return self.show(request, obj)

    def row_of(self, request: HttpRequest, object_id: object) -> Any:
        """Return a row that may be looked at. Raises PermissionDenied, or Http404 where there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, str(object_id))
        if obj is None:
            raise Http404
        return obj

    def row_to_decide(self, request: HttpRequest, object_id: object) -> Any:
        """Return a row about which this person may decide. Raises PermissionDenied or Http404."""
        obj = self.row_of(request, object_id)
        if not self.may_decide(request):
            raise PermissionDenied
        return obj

    def may_decide(self, request: HttpRequest) -> bool:
        """Tell whether this person may decide."""
        return cast(User, request.user).has_perm(self.decide_permission)

    def show(self, request: HttpRequest, obj: Any, *, status: int = 200, **context: object) -> HttpResponse:
        """Answer with the page, and write down that it was seen."""
        everything = {
            **self.admin_site.each_context(request),
            "title": str(obj),
            "opts": self.opts,
            "original": obj,
            "may_decide": self.may_decide(request),
            **self.page_context(request, obj),
            **context,
        }
        response = render(request, self.page_template, everything, status=status)
        patient_id = self.patient_id_of(obj)
        if patient_id:
            log_read(cast(User, request.user), patient_id, self.opts.model_name or "")
        return response
