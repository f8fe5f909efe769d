"""Asking for addresses of the desk as every role: what tests/test_desk_matrix.py and tests/test_desk_lists.py share."""

import inspect
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from progress import services
from progress.rules.limits import PRESETS, Preset
from tests.cast import NOW, PATTERNS, VIEWS, Cast, make_cast
from tests.desk_table import ADDRESSES, SPECIAL

# tools/guards.py wants to know whether there is a difference, and not which; and it asks first for those addresses that
# need the module which it has changed.
FIRST_DIFFERENCE = "FIRST_DIFFERENCE" in os.environ
NEEDING = os.environ.get("NEEDING", "")
if FIRST_DIFFERENCE:
    # Half of what is asked is refused, and each refusal would be told with all that led to it.
    logging.disable(logging.WARNING)


def needs(view: Callable[..., Any], module: str) -> bool:
    """Tell whether a view, or the class that it belongs to, comes from a module or from one that imports from it."""
    bare: Any = inspect.unwrap(view)
    owner = getattr(bare, "__self__", None) or getattr(view, "model_admin", None)
    made_in = {found.__module__ for found in type(owner).__mro__} if owner else {bare.__module__}
    if module in made_in:
        return True
    return any(
        used is sys.modules[module] or getattr(used, "__module__", None) == module
        for name in made_in
        for used in vars(sys.modules[name]).values()
    )


OF_THE_DESK = [(name, route) for name, route in PATTERNS if name.startswith("admin:")]
ORDINARY = [
    (name, route)
    for name, route in OF_THE_DESK
    if name not in SPECIAL and (not NEEDING or needs(VIEWS[route], NEEDING))
]


def make_desk_cast() -> Cast:
    """Make the cast; the patient has limits of their own, whose pages are looks at them."""
    made = make_cast()
    own = services.set_rules(patient=made.patient, values=PRESETS[Preset.LENIENT], by=made.physiotherapist, now=NOW)
    made.ids[made.patient.pk]["progress_ruleset"] = own.pk
    return made


@contextmanager
def as_if() -> Iterator[None]:
    """Take back at the end whatever was written."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def ids_of(cast: Cast) -> dict[str, Any]:
    """Return the rows of the patient; the account is that of a colleague."""
    return cast.ids[cast.patient.pk] | {"accounts_user": cast.physiotherapist.pk}


def ask(browser: Client, method: str, url: str, data: Any = None) -> Any:
    """Ask for an address."""
    return getattr(browser, method)(url, data or {})


def models() -> dict[str, Any]:
    """Return what is registered at the desk, by the name that its addresses have."""
    return {f"{model._meta.app_label}_{model._meta.model_name}": found for model, found in admin.site._registry.items()}


def list_of(name: str) -> str:
    """Return the address of a model's list."""
    return f"/admin/{name.replace('_', '/', 1)}/"


def differing(asked: Any) -> dict[str, Any]:
    """Return what is answered otherwise than the table says: `asked` yields role, what, the answer, the expected one."""
    different = {}
    for role, what, found, wanted in asked:
        if found != wanted:
            different[f"{role} {what}"] = (found, wanted)
            if FIRST_DIFFERENCE:
                break
    return different


# Links, but for those that Django makes of the names of rows; and forms of our own: whether Django's can be saved is told
# by their button.
LINK = re.compile(r'(?<!<div class="readonly">)<a\b[^>]*?\shref="([^"#]+)')
FORM = re.compile(r'<form\b(?![^>]*\sid="\w+[-_]form")(?=[^>]*\smethod="post")(?:[^>]*?\saction="([^"]*)")?')


def offers_refused(role: str, response: Any) -> list[str]:
    """Return which addresses of the desk a page offers to a role that would be refused there."""
    if not response["Content-Type"].startswith("text/html"):
        return []
    page, own = response.content.decode(), response.wsgi_request.path
    offered = {("get", href) for href in LINK.findall(page)} | {("post", url or own) for url in FORM.findall(page)}
    return sorted(f"{method} {url}" for method, url in offered if _is_refused(role, method, url.partition("?")[0]))


def _is_refused(role: str, method: str, path: str) -> bool:
    try:
        address = ADDRESSES.get(resolve(path).view_name)
    except Resolver404:
        return False
    return address is not None and address.expected(role, method) in {403, 405}


def tells_of(cast: Cast, response: Any) -> bool:
    """Tell whether an answer names the patient, or the address that they log in with; a file is always about them."""
    if not response["Content-Type"].startswith(("text/html", "application/json")):
        return "javascript" not in response["Content-Type"]
    told = response.content.decode()
    return cast.patient.name in told or cast.patient.user.email in told


def tells_clinical(response: Any) -> bool:
    """Tell whether an answer holds what the patient wrote, or what was decided about them."""
    told = "" if response.streaming else response.content.decode(errors="replace")
    return any(word in told for word in ("ownmessage", "ownwish", "ownstop", "ownreason", "ownanswer", "ownnote"))
