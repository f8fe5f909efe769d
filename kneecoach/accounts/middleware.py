"""What log-ins have to keep to: how long they last, and what the desk asks besides."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from kneecoach.accounts.proofs import needs_second_factor
from kneecoach.accounts.rules import LogInEnd, log_in_end
from kneecoach.accounts.services.devices import BEGAN, SEEN, follow, limits_of, see
from kneecoach.http import page_of_htmx, page_to_come_back_to, see_other

ENDED = {
    LogInEnd.IDLE: gettext_lazy("You were logged out because nothing happened here for a while. Log in, and go on."),
    LogInEnd.WHOLE: gettext_lazy(
        "You have been logged in for as long as one log-in lasts. Log in once more, and go on."
    ),
}
# The door of the desk leads to log-in, and whoever is half in may go out.
DOORS = {"admin:login", "admin:logout"}


class LogInMiddleware:
    """End log-ins that are over, and write down at times that the others are in use: never with each request.

    Stands before whatever asks for log-in, which then leads there and back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a session that got a new key stays the same device."""
        before = request.session.session_key
        response = self.get_response(request)
        after = request.session.session_key
        if before and after and before != after:
            follow(request)
        return response

    def process_view(self, request: Any, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        """Look at the log-in of whoever asks for a page that needs one. What the session holds is enough."""
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return
        now, limits = timezone.now(), limits_of(request.user)
        seconds = int(now.timestamp())
        # A session from before this was written down begins now.
        began = request.session.setdefault(BEGAN, seconds)
        seen = request.session.get(SEEN, seconds)
        end = log_in_end(limits, began=began, seen=seen, now=seconds)
        if end:
            logout(request)
            messages.info(request, ENDED[end])
        elif seconds - seen >= limits.look_every or SEEN not in request.session:
            see(request, request.user, now=now)


class StaffMiddleware:
    """Keep the desk closed until a second factor is proved; lead to it, and back to the page that was wanted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_view(self, request: Any, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponse | None:
        """Lead whoever is missing a factor away from the desk, with htmx or without."""
        match = request.resolver_match
        if "admin" not in match.namespaces or match.view_name in DOORS or not needs_second_factor(request):
            return None
        page = (page_of_htmx(request) if request.htmx else None) or page_to_come_back_to(request)
        return see_other(request, f"{reverse('accounts:second-factor')}?{urlencode({'next': page})}")
