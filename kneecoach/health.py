"""Answers for probes: is the process alive, can it serve."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kneecoach.reminders.heartbeat import why_silent
from kneecoach.schema import missing_migrations, unknown_migrations


@login_not_required  # a probe has no account, and learns nothing but yes or no
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required  # as above
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether all is well: 200, or 503 with the reason.

    The database answers, holds the migrations of this version, all and no others, and a worker was heard of in the last five minutes. This is for whoever
    watches the installation. Without a worker pages are served all the same: who sends requests here asks /healthz.
    """
    reason = _why_not_ready()
    content = reason or "ready"
    return HttpResponse(f"{content}\n", status=503 if reason else 200, content_type="text/plain; charset=utf-8")


def _why_not_ready() -> str:
    try:
        if missing_migrations():
            return "migrations missing"
        if unknown_migrations():
            return "database of a newer version"
        return why_silent(timezone.now())
    except DatabaseError:
        return "database unreachable"
