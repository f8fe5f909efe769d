"""Answers for probes: is the process alive, can it serve."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kneecoach.schema import missing_migrations, unknown_migrations


@login_not_required  # a probe has no account, and learns nothing but yes or no
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required  # as above
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers and holds exactly our migrations: 200, or 503 with the reason."""
    try:
        reason = "migrations missing" if missing_migrations() else ""
        reason = reason or ("database of a newer version" if unknown_migrations() else "")
    except DatabaseError:
        reason = "database unreachable"
    return HttpResponse(
        f"{reason or 'ready'}\n", status=503 if reason else 200, content_type="text/plain; charset=utf-8"
    )
