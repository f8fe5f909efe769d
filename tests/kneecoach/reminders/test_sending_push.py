"""Reminders are pushed once to each browser that asked, over real https, so that it alone reads them."""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.reminders import push
from kneecoach.reminders.models import PushDevice, Reminder
from kneecoach.reminders.planning import plan
from kneecoach.reminders.push import public_key
from kneecoach.reminders.sending import send_waiting
from kneecoach.reminders.worker import one_round
from progress import services
from tests.factories import a_moment, later, make_finished_session
from tests.kneecoach.reminders.test_sending import MORNING, REPEAT, round_at, states
from tests.kneecoach.reminders.wishing import let_push, make_wishing
from tests.push_service import HANG_UP, TAKE_AND_HANG_UP, Browser, PushService, claims_of
from tests.smtp import Mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(service: PushService) -> Browser:
    """Return a browser at this push service."""
    return Browser(f"https://{service.host}/phone")


@pytest.fixture
def listener(phone: Browser, db: None) -> Patient:
    """Return a patient who asked for reminders in that browser, and for no mail."""
    patient = make_wishing()
    Patient.objects.filter(pk=patient.pk).update(mail_reminders_at=None)
    let_push(patient, phone)
    return patient


def test_message_and_repeat_arrive_once_and_the_browser_reads_them(
    listener: Patient, phone: Browser, service: PushService
):
    for minutes in (0, 1, 30, 60, 61, 100):
        round_at(later(MORNING, minutes=minutes))

    assert [row.path for row in service.received] == ["/phone"] * 2
    assert [json.loads(phone.read(row.body)) for row in service.received] == [
        {"title": "Time for your exercises"},
        {"title": "There is still time for your exercises today"},
    ]
    assert states() == [("sent", 1, "")] * 2


def test_nothing_outside_tells_of_anybody(listener: Patient, phone: Browser, service: PushService, settings: Any):
    settings.SITE_URL, settings.IS_HTTPS = "https://moves.example.org", True
    round_at(MORNING)
    round_at(REPEAT)

    for row in service.received:
        headers = {name: value for name, value in row.headers.items() if name not in ("Authorization", "Content-Type")}
        claims = claims_of(row.headers["Authorization"], public_key())
        said = f"{headers} {claims} {phone.read(row.body).decode()}"
        assert str(listener.pk) not in said


def test_sender_is_proved_to_this_push_service_for_an_hour(
    listener: Patient, phone: Browser, service: PushService, settings: Any
):
    settings.SITE_URL, settings.IS_HTTPS = "https://moves.example.org", True
    round_at(MORNING)
    settings.SITE_URL, settings.IS_HTTPS = "http://localhost", False
    settings.DEFAULT_FROM_EMAIL = "Moves <moves@example.org>"
    round_at(REPEAT)

    first, second = (claims_of(row.headers["Authorization"], public_key()) for row in service.received)
    assert first == {
        "aud": f"https://{service.host}",
        "sub": "https://moves.example.org",
        "exp": (MORNING + timedelta(hours=1)).timestamp(),
    }
    assert second["sub"] == "mailto:moves@example.org"


def test_a_phone_that_is_off_gets_one_message_while_the_slot_runs(listener: Patient, service: PushService):
    ClinicSettings.objects.create()
    for at in (MORNING, REPEAT, a_moment("2026-11-25 18:00")):
        round_at(at)

    headers = [row.headers for row in service.received]
    # Until 14:00, and until the quiet hours begin.
    assert [int(row["TTL"]) / 3600 for row in headers] == [6, 5, 3]
    # What is newer takes the place of what still waits.
    assert {(row["Topic"], row["Urgency"], row["Content-Encoding"]) for row in headers} == {
        ("reminder", "high", "aes128gcm")
    }


def test_by_mail_and_in_each_browser_it_comes_once(mailbox: Mailbox, service: PushService, db: None):
    patient = make_wishing(email="anna@example.org")
    for name in ("phone", "laptop"):
        let_push(patient, Browser(f"https://{service.host}/{name}"))

    for minutes in (0, 1, 5):
        round_at(later(MORNING, minutes=minutes))

    assert mailbox.addresses == ["anna@example.org"]
    assert sorted(row.path for row in service.received) == ["/laptop", "/phone"]


def test_outbox_holds_each_message_once(listener: Patient):
    plan(MORNING)
    row = Reminder.objects.get()
    row.pk = None

    with pytest.raises(IntegrityError, match="reminder_once"):
        row.save()


@pytest.mark.parametrize(
    "change", ["done", "warning sign", "switched off", "account closed", "stopped", "no time", "no key"]
)
def test_what_changes_while_it_waits_counts(listener: Patient, service: PushService, settings: Any, change: str):
    plan(MORNING)
    if change == "done":
        make_finished_session(patient=listener, now=a_moment("2026-11-25 07:50"))
    elif change == "warning sign":
        services.report_warning_sign(patient=listener, now=MORNING)
    elif change == "switched off":
        PushDevice.objects.all().delete()
    elif change == "account closed":
        User.objects.filter(pk=listener.user_id).update(is_active=False)
    elif change == "stopped":
        Patient.objects.update(stopped_at=MORNING, stopped_why="restricted")
    elif change == "no time":
        Patient.objects.update(morning_time=None)
    else:
        settings.PUSH_KEY = b""

    send_waiting(clock=lambda: MORNING)

    assert (service.asked, states()) == ([], [] if change == "switched off" else [("silent", 1, "")])


def test_browser_that_asked_after_the_time_is_told_of_nothing_that_is_past(phone: Browser, db: None):
    patient = make_wishing()
    Patient.objects.update(mail_reminders_at=None)
    let_push(patient, phone, now=later(MORNING, minutes=5))

    assert plan(later(MORNING, minutes=10)) == 0
    assert plan(REPEAT) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_took_it_back_is_let_go(
    listener: Patient, service: PushService, caplog: pytest.LogCaptureFixture, status: int
):
    let_push(listener, Browser(f"https://{service.host}/other"))
    service.rule = lambda path: status if path == "/phone" else 201
    for minutes in range(5):
        round_at(later(MORNING, minutes=minutes))

    assert sorted(service.asked) == ["/other", "/phone"]
    assert [row.endpoint for row in PushDevice.objects.all()] == [f"https://{service.host}/other"]
    assert states() == [("sent", 1, "")]
    assert service.host not in caplog.text


@pytest.mark.parametrize("status", [429, 500, 503])
def test_message_that_is_to_come_again_is_tried_with_growing_pauses(
    listener: Patient, service: PushService, caplog: pytest.LogCaptureFixture, status: int
):
    tried: list[float] = []
    at = MORNING

    def rule(path: str) -> int:
        tried.append((at - MORNING) / timedelta(minutes=1))
        return status

    service.rule = rule
    for half_minute in range(90):
        at = later(MORNING, seconds=30 * half_minute)
        round_at(at)

    assert tried == [0, 1, 3, 7, 15, 31]
    assert states() == [("given_up", 6, f"HTTP {status}")]
    assert caplog.records[-1].levelno == logging.ERROR


@pytest.mark.parametrize("status", [400, 403, 413, 302, 307])
def test_refused_message_is_given_up_at_once_and_nobody_is_led_elsewhere(
    listener: Patient, service: PushService, status: int
):
    service.rule = lambda path: status
    for minutes in range(5):
        round_at(later(MORNING, minutes=minutes))

    assert service.asked == ["/phone"]
    assert states() == [("given_up", 1, f"HTTP {status}")]
    assert PushDevice.objects.exists()


@pytest.mark.parametrize("fate", [HANG_UP, TAKE_AND_HANG_UP])
def test_service_that_is_gone_in_the_middle_is_not_asked_again(listener: Patient, service: PushService, fate: int):
    service.rule = lambda path: fate
    for minutes in range(45):
        round_at(later(MORNING, minutes=minutes))

    assert service.asked == ["/phone"]
    assert states() == [("unknown", 1, "RemoteDisconnected")]


def test_a_service_that_is_down_holds_up_neither_another_nor_mail(
    service: PushService, mailbox: Mailbox, settings: Any, db: None
):
    settings.PUSH_HOSTS = [service.host, "localhost:1"]
    for number in range(3):
        patient = make_wishing(email=f"{number}@example.org", asked_at=later(MORNING, hours=-1))
        let_push(patient, Browser(f"https://localhost:1/{number}"))
        let_push(patient, Browser(f"https://{service.host}/{number}"))

    round_at(MORNING)

    assert sorted(service.asked) == ["/0", "/1", "/2"]
    assert len(mailbox.received) == 3
    # Whoever comes after the first is not tried in vain.
    waiting = Reminder.objects.filter(state="waiting").order_by("tries").values_list("tries", "error")
    assert list(waiting) == [(0, ""), (0, ""), (1, "ConnectionRefusedError")]


def test_mail_server_that_is_down_does_not_hold_up_what_is_pushed(
    service: PushService, mailbox: Mailbox, settings: Any, db: None
):
    settings.EMAIL_PORT = 1
    let_push(make_wishing(email="anna@example.org"), Browser(f"https://{service.host}/phone"))

    round_at(MORNING)

    assert service.asked == ["/phone"]


def test_certificate_that_nobody_vouches_for_is_not_spoken_to(
    listener: Patient, service: PushService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "nobody.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nobody.pem"))

    round_at(MORNING)

    assert service.asked == []
    assert states() == [("waiting", 1, "SSLCertVerificationError")]


def test_worker_that_dies_while_it_sends_sends_nothing_twice(
    listener: Patient, service: PushService, monkeypatch: pytest.MonkeyPatch
):
    def die(message: push.Push) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(push, "hand_over", die)
        with pytest.raises(KeyboardInterrupt):
            round_at(MORNING)
    for minutes in (1, 5, 6, 30):
        round_at(later(MORNING, minutes=minutes))

    assert (service.asked, states()) == ([], [("unknown", 1, "worker ended")])


def test_service_that_the_host_has_taken_off_the_list_is_not_spoken_to(
    listener: Patient, service: PushService, settings: Any
):
    settings.PUSH_HOSTS = ["fcm.googleapis.com"]

    round_at(MORNING)

    assert (service.asked, states()) == ([], [("given_up", 1, "ValueError")])


@pytest.mark.switched_on("ALERTS", "PAIN_ADVICE")
def test_many_browsers_are_planned_for_in_as_many_queries_as_one(
    service: PushService, db: None, django_assert_num_queries: Any
):
    for number in range(4):
        let_push(make_wishing(), Browser(f"https://{service.host}/{number}"))
    Patient.objects.update(mail_reminders_at=None)

    with django_assert_num_queries(15):
        assert plan(MORNING) == 4
    one_round([], clock=lambda: MORNING)

    assert len(service.received) == 4
