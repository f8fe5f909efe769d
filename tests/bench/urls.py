"""The addresses of the site, and bare ones to compare them with."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_POST

from kneecoach.accounts.access import patient_required
from kneecoach.desk.views import may_see_worklist
from tests.bench.bare import BareRep


@patient_required
def bare(request: HttpRequest) -> HttpResponse:
    """Answer with nothing but who asks: session, user and patient are loaded."""
    return HttpResponse(request.patient.name)  # type: ignore[attr-defined]


def bare_view(request: HttpRequest) -> HttpResponse:
    """Answer as a bare Django view behind log-in does: session and user are loaded."""
    return HttpResponse(str(request.user))


@require_POST
def bare_insert(request: HttpRequest) -> HttpResponse:
    """Write one row for whoever is logged in, and nothing else."""
    with transaction.atomic():
        BareRep.objects.create(user_id=request.user.pk, number=int(request.POST["number"]))
    return HttpResponse("ok")


def bare_desk(request: HttpRequest) -> HttpResponse:
    """Answer with nothing but who asks, of the staff, who may see the worklist: session, user and rights are loaded."""
    if not may_see_worklist(request.user):
        raise PermissionDenied
    return HttpResponse(str(request.user))


urlpatterns = [
    path("bare-desk/", admin.site.admin_view(bare_desk)),
    path("bare-view/", bare_view),
    path("bare-insert/", bare_insert),
    path("bare/", bare),
    path("", include("kneecoach.urls")),
]
