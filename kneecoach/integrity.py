"""The hash of each script beside its address: a browser runs it only if nobody on the way has changed it.

Put in where a page goes out, so that the admin's scripts and those of libraries have theirs too.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

SCRIPT = re.compile(rb'<script\b(?![^>]*\bintegrity=)(?=[^>]*\bsrc="([^"?#]+)")')


class ScriptIntegrityMiddleware:
    """Give every script of a page its hash. Not while debugging: files then change under their names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        if is_page and not settings.DEBUG:
            response.content = SCRIPT.sub(_with_hash, response.content)
        return response


def _with_hash(found: "re.Match[bytes]") -> bytes:
    hashed = hash_of(found.group(1).decode())
    return found.group(0) + f' integrity="{hashed}"'.encode() if hashed else found.group(0)


def hash_of(url: str) -> str:
    """Return the hash of one of our scripts as a browser compares it; empty for anything else."""
    return _hash_of_catalog(get_language()) if url == reverse("admin:jsi18n") else _hash_of_file(url)


@cache
def _hash_of_catalog(language: str | None) -> str:
    """Return the hash of the admin's words for its scripts, which a view makes for each language."""
    request = HttpRequest()
    request.method = "GET"
    return _hash(admin.site.i18n_javascript(request).content)


@cache
def _hash_of_file(url: str) -> str:
    if not url.startswith(settings.STATIC_URL):
        return ""
    name = url.removeprefix(settings.STATIC_URL)
    file = Path(staticfiles_storage.path(name))
    if not file.is_file():
        # Where nothing was collected, as in tests, files are sent from where they lie.
        found = finders.find(name)
        if not found:
            return ""
        file = Path(str(found))
    return _hash(file.read_bytes())


def _hash(content: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"
