"""Middleware of ours: security headers, and log-in that htmx understands."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from kneecoach.http import own_path, page_of_htmx


class SecurityHeadersMiddleware:
    """Put the content security policy and its companions on every answer.

    Goes away with Django 6, which reads the same SECURE_CSP setting.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        policy = "; ".join(f"{directive} {source}" for directive, source in settings.SECURE_CSP.items())
        self.headers = {
            "Content-Security-Policy": policy,
            "Permissions-Policy": settings.PERMISSIONS_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers set; what depends on who asks is not kept by any cache."""
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        # Who it is would be asked of the database, which may be the very thing that failed.
        session = getattr(request, "session", None)
        if session is not None and session.accessed:
            response.headers["Cache-Control"] = "no-store"
        return response


class HtmxLoginRequiredMiddleware(LoginRequiredMiddleware):
    """Ask for log-in on every view that is not marked otherwise.

    htmx follows a redirect silently and would put the log-in page into a fragment of the page. So an expired
    session answers with HX-Redirect, and comes back to the page, not to the fragment.
    """

    def handle_no_permission(self, request, view_func):  # type: ignore[no-untyped-def]
        """Redirect to log-in; as a client redirect where htmx asked."""
        # This runs before HtmxMiddleware, which needs nothing but the request.
        request.htmx = HtmxDetails(request)
        if not request.htmx:
            # A form that was sent leads back to the page that it stood on: its own address may take no look.
            page = None if request.method in {"GET", "HEAD"} else own_path(request, request.headers.get("Referer"))
            if page is None:
                return super().handle_no_permission(request, view_func)
            return redirect_to_login(page, self.get_login_url(view_func))
        login = redirect_to_login(page_of_htmx(request) or "/", self.get_login_url(view_func))
        return HttpResponseClientRedirect(login.url)
