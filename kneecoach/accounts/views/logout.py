"""Logging out."""

from allauth.account.views import LogoutView
from django.http import HttpRequest, HttpResponse


class EmptyingLogoutView(LogoutView):
    """Log out, and have the browser empty what it kept of this site, where the page says that nothing waits in it."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """See static/kneecoach/js/logout.js: `clear` comes only when the outbox of the phone is empty."""
        response: HttpResponse = super().post(request, *args, **kwargs)
        if request.POST.get("clear") == "1":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
