"""What the sessions of staff have to keep to before the desk opens."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from kneecoach.accounts.proofs import needs_second_factor
from kneecoach.http import page_of_htmx, page_to_come_back_to, see_other

# The door of the desk leads to log-in, and whoever is half in may go out.
DOORS = {"admin:login", "admin:logout"}


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
