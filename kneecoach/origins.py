"""What happens when a request does not fit SITE_URL: a page, and a line in the log, that say what to change.

The top trouble of everybody who hosts behind a proxy is a form that is refused without a word about why.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token
from django.views.defaults import bad_request as plain_bad_request

logger = logging.getLogger(__name__)
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Arrival:
    """How a request arrived: what the browser calls the site (empty where it did not say), and what reached us."""

    expected: str
    origin: str
    scheme: str
    host: str
    forwarded_proto: str
    trusts_proxy: bool

    @property
    def got(self) -> str:
        """Return the address as the browser has it, or else as it reached us."""
        return self.origin or f"{self.scheme}://{self.host}"

    @property
    def fits(self) -> bool:
        """Tell whether the browser and whatever stands in between use the address in SITE_URL."""
        return _same(self.got, self.expected) and _same(f"{self.scheme}://{self.host}", self.expected)


def arrival_of(request: HttpRequest) -> Arrival:
    """Return how a request arrived."""
    origin = request.headers.get("Origin", "")
    return Arrival(
        expected=settings.SITE_URL,
        origin="" if origin == "null" else origin,
        scheme=request.scheme or "http",
        host=request.headers.get("Host", ""),
        forwarded_proto=request.headers.get("X-Forwarded-Proto", ""),
        trusts_proxy=settings.TRUST_PROXY,
    )


def advice(arrival: Arrival) -> list[str]:
    """Return what the host should do, the likeliest first. Nothing where all fits."""
    said = []
    expected, got = urlsplit(arrival.expected), urlsplit(arrival.got)
    is_same_host = got.hostname == expected.hostname
    if arrival.forwarded_proto and not arrival.trusts_proxy and arrival.forwarded_proto != arrival.scheme:
        said.append(
            _("A proxy says that the browser uses %(scheme)s, and is not believed. If it is yours, set TRUST_PROXY=1.")
            % {"scheme": arrival.forwarded_proto}
        )
    if arrival.trusts_proxy and not arrival.forwarded_proto:
        said.append(_("The proxy does not say which scheme the browser uses. Let it set X-Forwarded-Proto."))
    if is_same_host and not _same(arrival.got, arrival.expected):
        said.append(
            _("Open %(expected)s, or set SITE_URL=%(got)s if that is the address that patients type.")
            % {"expected": arrival.expected, "got": arrival.got}
        )
    elif got.hostname != expected.hostname:
        said.append(
            _("Open %(expected)s. If %(got)s is the right address, set SITE_URL to it.")
            % {"expected": arrival.expected, "got": arrival.got}
        )
    if urlsplit(f"//{arrival.host}").netloc != got.netloc or got.hostname != expected.hostname:
        said.append(
            _(
                "What reached Kneecoach was called %(host)s. Let the proxy hand on the Host header as the browser sent it."
            )
            % {"host": arrival.host or "-"}
        )
    return said


@requires_csrf_token
@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form: where the address does not fit say so, otherwise that the page was open too long."""
    arrival = arrival_of(request)
    if arrival.fits:
        return render(request, "403_csrf.html", status=403)
    return _refuse(request, arrival, status=403)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse a request under a name that is not ours, and say so; anything else as Django does."""
    if isinstance(exception, DisallowedHost):
        return _refuse(request, arrival_of(request), status=400)
    return plain_bad_request(request, exception)


class ForwardedProtoMiddleware:
    """Say what is wrong with the proxy, where sending the browser to https would send it round in a circle."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse a request whose proxy keeps the scheme to itself, or is not believed; probes have no proxy."""
        if settings.IS_HTTPS and not request.is_secure() and request.path not in {"/healthz", "/readyz"}:
            arrival = arrival_of(request)
            is_silent = arrival.trusts_proxy and not arrival.forwarded_proto
            if is_silent or (arrival.forwarded_proto == "https" and not arrival.trusts_proxy):
                return _refuse(request, arrival, status=400)
        return self.get_response(request)


def _refuse(request: HttpRequest, arrival: Arrival, *, status: int) -> HttpResponse:
    logger.warning("Refused %s: expected %s, got %s", request.path, arrival.expected, arrival.got)
    # No context processor: they would ask who it is, which needs a request that got through.
    return render(
        None,
        "wrong_address.html",
        {"arrival": arrival, "advice": advice(arrival)},
        status=status,
    )


def _same(one: str, other: str) -> bool:
    """Tell whether two origins are the same, whether or not the usual port is written out."""
    return _parts(one) == _parts(other)


def _parts(origin: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(origin)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port if port is not None else PORTS.get(parts.scheme)
