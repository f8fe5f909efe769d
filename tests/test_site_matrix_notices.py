"""Would tests/test_site_matrix.py notice it? Each view outside the desk loses its guards, one by one, and it has to.

Four kinds of guards stand in front of nearly every view: log-in, what serves one method or two only, consent, and a door of
its own (staff only, proved again who is there). They are taken out while the site runs, so that hundreds of them take no
longer than the matrix itself.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.urls import resolve

from tests.cast import NOW, Cast, url_of
from tests.desk_asking import NEEDING
from tests.site_asking import ADDRESSES, METHODS, differing, make_site_cast

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

View = Callable[..., Any]
DOORS = {"staff_only", "recently_proven"}
# More than so many of each are there: none is missed because a decorator has got another name.
LEAST = {"log-in": 60, "one method": 60, "consent": 40, "staff_only": 3, "recently_proven": 7}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Iterator[Cast]:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    # What is asked is refused, or breaks without its guard, and would be told with all that led to it.
    logging.disable(logging.CRITICAL)
    yield make_site_cast()
    logging.disable(logging.NOTSET)


def layers(view: View) -> Iterator[View]:
    """Yield a view as the address has it, and what is wrapped in it, one after the other."""
    yield view
    while view := getattr(view, "__wrapped__", None):  # type: ignore[assignment]
        yield view


def made_by(layer: View) -> str:
    """Return the name of the decorator that a layer of a view comes from; of the innermost, its own."""
    return layer.__code__.co_qualname.partition(".")[0] if hasattr(layer, "__code__") else ""


def cells(layer: View) -> dict[str, Any]:
    """Return the places where a layer keeps what its decorator was given."""
    return dict(zip(layer.__code__.co_freevars, layer.__closure__ or (), strict=True))


@contextmanager
def holding(cell: Any, value: object) -> Iterator[None]:
    """Let a layer be given something else meanwhile."""
    before, cell.cell_contents = cell.cell_contents, value
    try:
        yield
    finally:
        cell.cell_contents = before


@contextmanager
def open_to_all(view: View) -> Iterator[None]:
    """Ask nobody for log-in meanwhile."""
    view.login_required = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del view.login_required  # type: ignore[attr-defined]


def guards_of(view: View) -> Iterator[tuple[str, Any]]:
    """Yield how each guard of a view is called, and what takes it out for a while."""
    if getattr(view, "login_required", True):
        yield "log-in", open_to_all(view)
    outer = view
    for layer in layers(view):
        decorator = made_by(layer)
        if decorator == "require_http_methods":
            yield "one method", holding(cells(layer)["request_method_list"], [method.upper() for method in METHODS])
        if decorator == "patient_required" and not (cell := cells(layer)["is_always_open"]).cell_contents:
            yield "consent", holding(cell, value=True)
        if decorator in DOORS and outer is not layer:
            place = next(cell for cell in cells(outer).values() if cell.cell_contents is layer)
            yield decorator, holding(place, layer.__wrapped__)  # type: ignore[attr-defined]
        outer = layer


def test_the_matrix_notices_each_guard_of_each_view_that_is_taken_out(cast: Cast):
    unnoticed, taken_out = [], Counter[str]()

    ids = cast.ids[cast.patient.pk]
    for name, route in dict.fromkeys(ADDRESSES):
        # Some addresses of allauth are taken by views of ours, which come first.
        for guard, without in guards_of(resolve(url_of(name, route, ids)).func):
            taken_out[guard] += 1
            with without:
                try:
                    differs = differing(cast, [(name, route)], first_only=True)
                except Exception as error:
                    differs = {name: error}
            if not differs:
                unnoticed.append(f"{name}: {guard}")

    assert unnoticed == [], "\n".join(unnoticed)
    assert NEEDING or all(taken_out[guard] > least for guard, least in LEAST.items()), taken_out
