"""The clinic's settings: validated, shown as patients will read them, saved once; read-only for physiotherapists."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from kneecoach.accounts.models import ClinicSettings, Patient
from tests.factories import make_auditor, make_manager
from tests.fixtures import client_of
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/admin/accounts/clinicsettings/1/change/"
GOOD = {
    "name": "Knee House",
    "address": "1 Harbour Street\nPorttown",
    "phone": "+44 20 7946 0123",
    "emergency_number": "999",
    "urgent_number": "111",
    "urgent_text": "At night: the hospital in Bay Road.",
    "reply_hours": "48",
    "quiet_from": "22:00",
    "quiet_until": "06:30",
    "erasure_policy": "anonymise",
}


@pytest.fixture
def desk() -> Client:
    """Return a clinic manager's browser."""
    return client_of(make_manager())


def test_list_and_form_to_add_lead_to_the_one_page(desk: Client):
    for rest in ("", "add/"):
        assert desk.get(f"/admin/accounts/clinicsettings/{rest}")["Location"] == URL
    page = desk.get(URL)
    assert (page.status_code, faults(page), title_of(page)) == (200, [], "Clinic settings")
    assert not ClinicSettings.objects.exists()


def test_quiet_hours_start_as_nine_to_seven_and_say_what_they_hold_back(desk: Client):
    page = desk.get(URL)

    assert [soup(page).select_one(f"[name={name}]")["value"] for name in ("quiet_from", "quiet_until")] == [
        "21:00",
        "07:00",
    ]
    assert "No reminder is sent in between." in text_at(page, "form.desk-form")


def test_preview_shows_what_patients_will_read_and_saves_nothing(desk: Client):
    ClinicSettings.objects.create(name="Old name", phone="1")
    before = all_rows()

    preview = desk.post(URL, {**GOOD, "preview": "1"})

    assert (preview.status_code, faults(preview), title_of(preview)) == (200, [], "What patients will read")
    assert texts_at(preview, ".redflag .calls a") == [
        "Emergency: 999",
        "Urgent advice: 111",
        "Your clinic: +44 20 7946 0123",
    ]
    links = [str(link["href"]) for link in soup(preview).select(".redflag .calls a")]
    assert links == ["tel:999", "tel:111", "tel:+442079460123"]
    card = text_at(preview, ".redflag")
    assert "At night: the hospital in Bay Road." in card
    assert "A message is usually answered within 2 days: too late for any of these." in card
    assert "Nobody watches this live. It is usually answered within 2 days." in text_at(preview, "#main")
    assert "Knee House, +44 20 7946 0123 1 Harbour Street Porttown" in text_at(preview, ".facts dd")
    assert all_rows() == before


def hidden(page: Any) -> dict[str, str]:
    """Return what the form of the preview sends."""
    return {str(tag["name"]): str(tag.get("value", "")) for tag in soup(page).select("form.actions input")}


@pytest.mark.parametrize("allows", ["on", ""])
def test_preview_is_saved_as_it_was_shown(desk: Client, allows: str):
    typed = GOOD | ({"allows_stage_override": "on"} if allows else {})
    preview = desk.post(URL, {**typed, "preview": "1"})

    saved = desk.post(URL, {**hidden(preview), "save": "1"}, follow=True)

    clinic = ClinicSettings.objects.get()
    assert text_at(saved, ".messagelist") == "Saved. Patients read it from now on."
    assert {name: str(getattr(clinic, name))[: len(GOOD[name])] for name in GOOD} == {
        **GOOD,
        "address": clinic.address.replace("\r\n", "\n"),
    }
    assert clinic.address.splitlines() == ["1 Harbour Street", "Porttown"]
    assert clinic.allows_stage_override is bool(allows)


def test_preview_can_be_changed_again(desk: Client):
    preview = desk.post(URL, {**GOOD, "preview": "1"})

    form = desk.post(URL, {**hidden(preview), "change": "1"})

    assert (form.status_code, title_of(form)) == (200, "Clinic settings")
    assert soup(form).select_one("[name=phone]")["value"] == GOOD["phone"]
    assert not ClinicSettings.objects.exists()


def test_saving_is_in_the_history_with_who(desk: Client):
    desk.post(URL, {**GOOD, "save": "1"})
    desk.post(URL, {**GOOD, "name": "Knee Home", "save": "1"})
    desk.post(URL, {**GOOD, "name": "Knee Home", "save": "1"})

    clinic = ClinicSettings.objects.get()
    events = clinic.events.order_by("pgh_id")  # type: ignore[attr-defined]
    assert list(events.values_list("pgh_label", "name")) == [("insert", "Knee House"), ("update", "Knee Home")]
    assert {LogEntry.objects.latest("pk").user_id} == {event.pgh_context["user"] for event in events}
    assert faults(desk.get("/admin/accounts/clinicsettings/1/history/")) == []


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", "This field is required."),
        ("phone", "call us", "Write a number that can be dialled"),
        ("emergency_number", "nine", "Write a number that can be dialled"),
        ("urgent_number", "+", "Write a number that can be dialled"),
        ("reply_hours", "0", "greater than or equal to 1"),
        ("reply_hours", "169", "less than or equal to 168"),
        ("reply_hours", "soon", "Enter a whole number."),
        ("quiet_from", "25:00", "Enter a valid time."),
        ("quiet_until", "22:00", "The quiet hours begin and end at the same time."),
        ("urgent_text", "x" * 301, "at most 300 characters"),
    ],
)
@pytest.mark.parametrize("button", ["preview", "save"])
def test_what_is_wrong_is_told_and_kept(desk: Client, field: str, value: str, error: str, button: str):
    before = all_rows()

    response = desk.post(URL, {**GOOD, field: value, button: "1"})

    assert (response.status_code, faults(response)) == (422, [])
    assert error in text_at(response, "form.desk-form")
    assert all_rows() == before


@pytest.mark.parametrize("hours", ["1", "168", ""])
def test_reply_time_from_an_hour_to_a_week_or_none(desk: Client, hours: str):
    desk.post(URL, {**GOOD, "reply_hours": hours, "save": "1"})

    assert ClinicSettings.objects.get().reply_hours == (int(hours) if hours else None)


@pytest.mark.parametrize(("hours", "words"), [(1, "1 hour"), (24, "24 hours"), (47, "47 hours"), (168, "7 days")])
def test_reply_time_is_told_where_patients_write(patient_client: Client, hours: int, words: str):
    ClinicSettings.objects.create(reply_hours=hours)

    assert f"It is usually answered within {words}." in text_at(patient_client.get("/messages/"), "form.card")


def test_no_time_is_promised_that_nobody_set(patient_client: Client):
    ClinicSettings.objects.create()

    assert "reads it when there is time" in text_at(patient_client.get("/messages/"), "form.card")
    assert "answered within" not in patient_client.get("/warning-signs/").content.decode()


def test_physiotherapist_reads_and_changes_nothing(physio_client: Client):
    ClinicSettings.objects.create(**{**GOOD, "reply_hours": 48})
    before = all_rows()

    page = physio_client.get(URL)
    posted = [physio_client.post(URL, {**GOOD, "name": "X", button: "1"}).status_code for button in ("save", "preview")]

    assert (page.status_code, faults(page), posted) == (200, [], [403, 403])
    assert "Knee House" in text_at(page, ".desk-values")
    assert not soup(page).select("#content form")
    assert all_rows() == before


def test_auditor_has_no_business_there(patient: Patient):
    assert client_of(make_auditor()).get(URL).status_code == 403


@pytest.mark.parametrize("is_on", [True, False])
def test_switches_are_shown_and_where_they_are_set(desk: Client, settings: Any, is_on: Any):
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = is_on

    told = text_at(desk.get(URL), "[aria-labelledby=switches-title]")

    assert [f"{name}={int(is_on)}" in told for name in ("PAIN_ADVICE", "READINESS", "ALERTS")] == [True] * 3
    assert ".env" in told
