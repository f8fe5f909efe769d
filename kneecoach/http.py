"""Leaf helpers about requests and answers that every app may use."""

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from kneecoach.accounts.models import Patient, User


class SiteRequest(HttpRequest):
    """The request as our middleware leaves it."""

    htmx: "HtmxDetails"
    user: "User"


class PatientRequest(SiteRequest):
    """A request of a patient; `patient_required` puts the patient in."""

    patient: "Patient"


def page_or_fragment(
    request: SiteRequest, *, page: str, fragment: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Render the fragment for htmx, the whole page for everybody else."""
    return render(request, fragment if request.htmx else page, context, status=status)


# The longest that any limit looks back (ACCOUNT_RATE_LIMITS).
TRY_AGAIN_AFTER_SECONDS = 300


def too_many(request: HttpRequest) -> HttpResponse:
    """Refuse what is asked for too often, and say when it is worth another try. allauth calls it `handler429`."""
    response = render(request, "429.html", {"minutes": TRY_AGAIN_AFTER_SECONDS // 60}, status=429)
    response.headers["Retry-After"] = str(TRY_AGAIN_AFTER_SECONDS)
    return response


def see_other(request: SiteRequest, url: str) -> HttpResponse:
    """Send the browser to another page, with htmx or without."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def with_receipt(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Name what the phone has sent, if it gave a UUID: proof that we answered, and not something in between."""
    with suppress(KeyError, ValueError):
        response.headers["X-Outbox-Receipt"] = str(UUID(request.headers["X-Outbox-Id"]))
    return response


def own_path(request: HttpRequest, url: str | None) -> str | None:
    """Return path and query of an address if it is one of ours, and one to look at; None for any other."""
    if not url or not url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return None
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # Without its host, what is ours may read as the address of another: https://ours//theirs.
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else None


def page_to_come_back_to(request: HttpRequest) -> str:
    """Return the page that somebody is on: for a form that was sent, the one that it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return own_path(request, request.headers.get("Referer")) or "/"


def page_of_htmx(request: SiteRequest) -> str | None:
    """Return path and query of the page that an htmx request came from, if it is one of ours."""
    return own_path(request, request.htmx.current_url)
