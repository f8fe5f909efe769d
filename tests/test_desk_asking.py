"""tests/desk_asking.py finds what a page offers to somebody who would be refused, and which addresses need a module."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tests.cast import VIEWS
from tests.desk_asking import OF_THE_DESK, needs, offers_refused


def page(html: str) -> HttpResponse:
    """Return the page of the clinic's settings."""
    response = HttpResponse(html)
    response.wsgi_request = RequestFactory().get("/admin/accounts/clinicsettings/1/change/")  # type: ignore[attr-defined]
    return response


@pytest.mark.parametrize(
    ("html", "refused"),
    [
        (
            '<a class="x" href="/admin/exercises/prescription/add/?patient=1">',
            "get /admin/exercises/prescription/add/?patient=1",
        ),
        ('<a href="/admin/accounts/patient/">', ""),
        ('<a href="/nowhere/">', ""),
        ('<form class="x" method="post" action="/admin/progress/alert/1/seen/">', "post /admin/progress/alert/1/seen/"),
        ('<form method="get" action="/admin/progress/alert/1/seen/">', ""),
        # A form without an address leads to its own page; Django's stands on pages that are only read, too.
        ('<form method="post" class="desk-form">', "post /admin/accounts/clinicsettings/1/change/"),
        ('<form method="post" id="clinicsettings_form">', ""),
        ('<div class="readonly"><a href="/admin/accounts/user/add/">', ""),
    ],
)
def test_finds_what_is_offered_and_would_be_refused(html: str, refused: str):
    assert offers_refused("reader", page(html)) == ([refused] if refused else [])


def test_offers_what_is_not_refused():
    assert offers_refused("technical", page('<form method="post" action="/admin/progress/alert/1/seen/">')) == []


@pytest.mark.parametrize(
    ("module", "name"),
    [
        # What it makes, what inherits from it, what calls it.
        ("kneecoach.desk.admin.alerts", "admin:progress_alert_seen"),
        ("kneecoach.desk.admin.decisions", "admin:progress_alert_changelist"),
        ("kneecoach.desk.admin.conversation", "admin:accounts_patient_messages"),
        ("kneecoach.desk.sheets.access", "admin:accounts_patient_visit"),
    ],
)
def test_tells_which_addresses_need_a_module(module: str, name: str):
    needing = {found for found, route in OF_THE_DESK if needs(VIEWS[route], module)}

    assert name in needing
    assert "admin:accounts_clinicsettings_change" not in needing
