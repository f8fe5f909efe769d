"""Messages go out once, over a real connection; what becomes of each, and what a reader over the shoulder learns."""

import logging
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from kneecoach.accounts.models import Patient
from kneecoach.reminders import sending
from kneecoach.reminders.models import Heartbeat, Reminder
from kneecoach.reminders.planning import plan
from kneecoach.reminders.sending import send_waiting
from kneecoach.reminders.worker import one_round
from progress import services
from tests.factories import a_moment, later, make_finished_session
from tests.kneecoach.reminders.wishing import make_wishing
from tests.smtp import COME_AGAIN, HANG_UP, REFUSE, TAKE_AND_HANG_UP, Mailbox

pytestmark = pytest.mark.django_db

MORNING = a_moment("2026-11-25 08:00")
REPEAT = a_moment("2026-11-25 09:00")


def round_at(at: datetime) -> None:
    """Let a worker do a round at an instant."""
    one_round([], clock=lambda: at)


def states() -> list[tuple[str, int, str]]:
    """Return what became of each message."""
    return list(Reminder.objects.order_by("due_at", "pk").values_list("state", "tries", "error"))


def test_message_and_repeat_arrive_once(wishing: Patient, mailbox: Mailbox):
    for minutes in (0, 1, 30, 60, 61, 100):
        round_at(later(MORNING, minutes=minutes))

    assert mailbox.addresses == ["anna@example.org"] * 2
    assert states() == [("sent", 1, ""), ("sent", 1, "")]


def test_message_says_nothing_about_anybody(wishing: Patient, mailbox: Mailbox, settings: Any):
    settings.SITE_URL = "https://moves.example.org"
    round_at(MORNING)
    round_at(REPEAT)

    for (_address, message), line in zip(
        mailbox.received,
        ("it is time for your exercises:", "there is still time for your exercises today:"),
        strict=True,
    ):
        text = message.get_content().replace("\r", "")
        assert message["Subject"] == "Time for your exercises"
        assert line in text
        assert "https://moves.example.org/\n" in text
        assert "https://moves.example.org/me/reminders/\n" in text
        assert not re.search("anna", text, re.IGNORECASE)
        assert message["Auto-Submitted"] == "auto-generated"


def test_done_between_planning_and_sending_is_silent(wishing: Patient, mailbox: Mailbox):
    plan(MORNING)
    make_finished_session(patient=wishing, now=a_moment("2026-11-25 07:50"))

    send_waiting(clock=lambda: MORNING)

    assert (mailbox.received, states()) == ([], [("silent", 1, "")])


@pytest.mark.parametrize("change", ["warning sign", "switched off", "account closed"])
def test_what_changes_while_it_waits_counts(wishing: Patient, mailbox: Mailbox, change: str):
    plan(MORNING)
    if change == "warning sign":
        services.report_warning_sign(patient=wishing, now=MORNING)
    elif change == "switched off":
        Patient.objects.update(mail_reminders_at=None)
    else:
        type(wishing.user).objects.filter(pk=wishing.user_id).update(is_active=False)

    send_waiting(clock=lambda: MORNING)

    assert (mailbox.received, states()) == ([], [("silent", 1, "")])


def test_refused_message_holds_up_no_other_and_is_given_up_at_once(db: None, mailbox: Mailbox, caplog):
    for name in ("bad", "good"):
        make_wishing(email=f"{name}@example.org")
    mailbox.rule = lambda address: REFUSE if address.startswith("bad") else "accept"

    round_at(MORNING)
    round_at(later(MORNING, minutes=5))

    assert mailbox.addresses == ["good@example.org"]
    assert sorted(states()) == [("given_up", 1, "SMTPRecipientsRefused 550"), ("sent", 1, "")]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "bad@" not in caplog.text


def test_message_that_is_to_come_again_is_tried_with_growing_pauses_and_given_up(db: None, mailbox: Mailbox, caplog):
    for name in ("busy", "good"):
        make_wishing(email=f"{name}@example.org")
    tried: list[datetime] = []
    at = MORNING

    def rule(address: str) -> str:
        if address.startswith("busy"):
            tried.append(at)
            return COME_AGAIN
        return "accept"

    mailbox.rule = rule
    for half_minute in range(90):
        at = later(MORNING, seconds=30 * half_minute)
        round_at(at)

    assert [(instant - MORNING) / timedelta(minutes=1) for instant in tried] == [0, 1, 3, 7, 15, 31]
    assert mailbox.addresses == ["good@example.org"]
    assert Reminder.objects.filter(state="given_up").count() == 1
    assert caplog.records[-1].levelno == logging.ERROR


@pytest.mark.parametrize("fate", [HANG_UP, TAKE_AND_HANG_UP])
def test_server_that_is_gone_in_the_middle_is_not_asked_again(wishing: Patient, mailbox: Mailbox, fate: str):
    mailbox.rule = lambda address: fate
    for minutes in range(45):
        round_at(later(MORNING, minutes=minutes))

    assert len(mailbox.received) == (fate == TAKE_AND_HANG_UP)
    assert states() == [("unknown", 1, "SMTPServerDisconnected")]


def test_unreachable_server_is_tried_until_it_is_back(db: None, mailbox: Mailbox, settings: Any):
    for number in range(3):
        make_wishing(email=f"p{number}@example.org")
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    round_at(MORNING)
    tries = [tries for _state, tries, _error in states()]
    settings.EMAIL_PORT = port
    for minutes in (1, 2):
        round_at(later(MORNING, minutes=minutes))

    # Whoever comes after the first is not tried in vain.
    assert sorted(tries) == [0, 0, 1]
    assert sorted(mailbox.addresses) == ["p0@example.org", "p1@example.org", "p2@example.org"]
    assert {state for state, _tries, _error in states()} == {"sent"}


def test_message_that_is_too_late_is_given_up_and_told_to_the_host(wishing: Patient, mailbox: Mailbox, caplog):
    plan(MORNING)

    send_waiting(clock=lambda: later(MORNING, minutes=45))

    assert (mailbox.received, states()) == ([], [("given_up", 1, "too late")])
    assert "given_up" in caplog.text


def test_worker_that_dies_while_it_sends_sends_nothing_twice(wishing: Patient, mailbox: Mailbox, monkeypatch):
    def die(message: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sending, "hand_over", die)
        with pytest.raises(KeyboardInterrupt):
            round_at(MORNING)
    during = states()
    for minutes in (1, 5, 6, 30):
        round_at(later(MORNING, minutes=minutes))

    assert during == [("sending", 1, "")]
    assert (mailbox.received, states()) == ([], [("unknown", 1, "worker ended")])


def test_message_that_cannot_be_made_holds_up_no_other(db: None, mailbox: Mailbox):
    for name in ("bad", "good"):
        make_wishing(email=f"{name}@example.org")
    type(make_wishing().user).objects.filter(email="bad@example.org").update(email="bad@exa\nmple.org")

    round_at(MORNING)

    assert "good@example.org" in mailbox.addresses
    assert ("given_up", 1, "BadHeaderError") in states()


def test_trouble_with_the_database_is_no_verdict(wishing: Patient, monkeypatch):
    def fail(reminder: object, address: str) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(sending, "compose", fail)
    with pytest.raises(DatabaseError):
        round_at(MORNING)

    assert states() == [("sending", 1, "")]


def test_beats_after_each_message(db: None, mailbox: Mailbox):
    for number in range(3):
        make_wishing(email=f"p{number}@example.org")
    at = iter(later(MORNING, seconds=second) for second in range(100))

    one_round([], clock=lambda: next(at))

    assert len(mailbox.received) == 3
    # One instant to plan by, one to look for what was lost; of each message when it is claimed, looked at and settled.
    assert Heartbeat.last() == later(MORNING, seconds=2 + 3 * 4)
