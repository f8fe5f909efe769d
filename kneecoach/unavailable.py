"""The answer where the database cannot serve: 503 and when to come again, wherever in a request that was noticed."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error as something_broke

# It restarts, is full, has no connection left, or a row is held by somebody else: all of that passes.
PASSING = (OperationalError, InterfaceError)
RETRY_AFTER_SECONDS = "2"


@login_not_required  # who it is would be asked of the database
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an exception that nobody caught: 503 where the database is away, 500 for a fault of ours."""
    if not isinstance(sys.exc_info()[1], PASSING):
        return something_broke(request)
    # No context processor, for the same reason.
    answer = render(None, "503.html", status=503)
    answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer
