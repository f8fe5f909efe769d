"""The addresses of the site, and a bare page behind log-in to compare them with."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from kneecoach.accounts.access import patient_required
from kneecoach.desk.views import may_see_worklist


@patient_required
def bare(request: HttpRequest) -> HttpResponse:
    """Answer with nothing but who asks: session, user and patient are loaded."""
    return HttpResponse(request.patient.name)  # type: ignore[attr-defined]


def bare_desk(request: HttpRequest) -> HttpResponse:
    """Answer with nothing but who asks, of the staff, who may see the worklist: session, user and rights are loaded."""
    if not may_see_worklist(request.user):
        raise PermissionDenied
    return HttpResponse(str(request.user))


urlpatterns = [
    path("bare-desk/", admin.site.admin_view(bare_desk)),
    path("bare/", bare),
    path("", include("kneecoach.urls")),
]
