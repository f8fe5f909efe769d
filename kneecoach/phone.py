"""What makes the site an application on a phone: its manifest, its service worker, the page for when there is no network.

None of the three knows who asks: a phone keeps them, whoever holds it.
"""

import functools
import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

# --paper, light: what the phone shows while the page loads (static/kneecoach/css/tokens.css).
PAPER = "#f6f1e7"
ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"), ("maskable-512.png", 512, "maskable"))
OUR_STATIC = settings.BASE_DIR / "static"
# Only the desk needs these, and the desk needs a network.
OF_THE_DESK = {"kneecoach/css/desk.css", "kneecoach/js/prescription.js"}


@login_not_required  # the same for everybody, and asked for without cookies
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Say under which name and picture a phone may install the site. It opens on Today."""
    values = {
        "id": "/",
        "name": "Kneecoach",
        "short_name": "Kneecoach",
        "description": _("The exercises for your knee, led repetition by repetition."),
        "lang": request.LANGUAGE_CODE,
        "start_url": reverse("progress:today"),
        "scope": "/",
        "display": "standalone",
        "theme_color": PAPER,
        "background_color": PAPER,
        "icons": [
            {
                "src": static(f"kneecoach/icons/{name}"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for name, size, purpose in ICONS
        ],
    }
    return JsonResponse(values, content_type="application/manifest+json")


@login_not_required  # as above
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Answer with the script that keeps the static files and the offline page on the phone. See templates/sw.js."""
    offline_url = reverse("offline")
    files = [static(name) for name in kept_files()]
    page = render_to_string("offline.html", request=request)
    config = {
        "version": _version(files, page),
        "offline": offline_url,
        "files": files,
        "prefix": static(""),
        "today": reverse("progress:today"),
        "icon": static("kneecoach/icons/icon-192.png"),
        "reminder": _("Time for your exercises"),
    }
    script = render_to_string("sw.js", {"config": json.dumps(config)})
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@login_not_required  # as above
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show what a phone shows without a network. It holds no word about anybody."""
    return render(request, "offline.html")


@functools.cache
def kept_files() -> tuple[str, ...]:
    """Return the names of the static files of a patient's pages: every style, script and sound of ours, and htmx."""
    found = (path.relative_to(OUR_STATIC).as_posix() for path in _our_files() if path.suffix in {".css", ".js", ".mp3"})
    return ("django_htmx/htmx-2.min.js", "kneecoach/icon.svg", *sorted(set(found) - OF_THE_DESK))


def _our_files() -> list[Path]:
    return [path for path in (OUR_STATIC / "kneecoach").rglob("*") if path.is_file()]


def _version(files: list[str], page: str) -> str:
    """Return a name for exactly these files: they carry a hash of what is in them, except in development."""
    return hashlib.sha256("\n".join([*files, page]).encode()).hexdigest()[:12]
