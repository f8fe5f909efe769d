"""Inviting: once, for two weeks, known by a hash only; the newest counts."""

import re
import socketserver
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from kneecoach.accounts.models import ClinicSettings, Invitation, Patient, User
from kneecoach.accounts.rules import InvitationState
from kneecoach.accounts.services import hash_of, invite, invite_by_mail, revoke
from tests.factories import a_moment, later, make_invitation, make_patient
from tests.rows import all_rows
from tests.smtp import SILENT, Mailbox

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")


@pytest.fixture
def newcomer() -> Patient:
    return make_patient(name="Nora New", has_account=False)


def by_mail(patient: Patient, by: User, **changes: Any) -> Invitation:
    """Invite by mail."""
    told = {"invitation_id": uuid4(), "email": "Nora.New@Example.org", "now": NOW} | changes
    return invite_by_mail(
        patient=patient, by=by, address_of=lambda token: f"https://knee.example.org/i/{token}/", **told
    )


def token_in_mail() -> str:
    """Return the token of the link in the last mail."""
    found = re.search(r"https://knee.example.org/i/(\S+)/", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def test_invite_keeps_who_when_until_when_and_only_a_hash(newcomer: Patient, physiotherapist: User):
    invitation, token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)

    assert (invitation.invited_by, invitation.invited_at) == (physiotherapist, NOW)
    assert invitation.expires_at == a_moment("2026-12-09 08:00")
    assert invitation.token_hash == hash_of(token)
    assert len(token) >= 22
    assert token not in str(all_rows())


def test_invite_opens_no_account(newcomer: Patient, physiotherapist: User):
    make_invitation(patient=newcomer, by=physiotherapist, now=NOW)

    newcomer.refresh_from_db()
    assert newcomer.user is None


def test_history_tells_of_the_invitation_without_the_hash(newcomer: Patient, physiotherapist: User):
    invitation, _token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)

    rows = all_rows()
    assert len(rows["accounts_invitationevent"]) == 1
    assert invitation.token_hash not in str(rows["accounts_invitationevent"])


def test_invite_again_replaces_the_one_that_waits(newcomer: Patient, physiotherapist: User):
    first, first_token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)
    second, second_token = make_invitation(patient=newcomer, by=physiotherapist, now=later(NOW, hours=1))

    first.refresh_from_db()
    assert (first.revoked_at, first.revoked_by) == (later(NOW, hours=1), physiotherapist)
    assert list(Invitation.objects.open_at(later(NOW, hours=1))) == [second]
    assert first_token != second_token


def test_invite_leaves_other_patients_invitations_alone(newcomer: Patient, physiotherapist: User):
    others, _token = make_invitation(patient=make_patient(has_account=False), by=physiotherapist, now=NOW)

    make_invitation(patient=newcomer, by=physiotherapist, now=NOW)

    others.refresh_from_db()
    assert others.state_at(NOW) == InvitationState.OPEN


def test_invite_twice_with_the_same_id_is_once_and_tells_no_token_again(newcomer: Patient, physiotherapist: User):
    told: dict[str, Any] = {"patient": newcomer, "invitation_id": uuid4(), "way": "sheet", "email": ""}
    told |= {"by": physiotherapist, "now": NOW}
    first, first_token = invite(**told)
    before = all_rows()

    again, again_token = invite(**told)

    assert first_token
    assert (again, again_token, all_rows()) == (first, "", before)


def test_invite_with_the_id_of_somebody_elses_invitation_is_refused(newcomer: Patient, physiotherapist: User):
    others, _token = make_invitation(patient=make_patient(has_account=False), by=physiotherapist, now=NOW)
    before = all_rows()

    with pytest.raises(Invitation.DoesNotExist):
        by_mail(newcomer, physiotherapist, invitation_id=others.pk)

    assert (all_rows(), mail.outbox) == (before, [])


def test_the_database_holds_one_waiting_invitation_for_a_patient(newcomer: Patient, physiotherapist: User):
    invitation, _token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)
    invitation.pk, invitation.token_hash = uuid4(), "another"

    with pytest.raises(IntegrityError, match="invitation_one_waiting"), transaction.atomic():
        invitation.save(force_insert=True)


def test_mail_holds_the_link_and_says_until_when(newcomer: Patient, physiotherapist: User):
    ClinicSettings.objects.create(name="Knee & House", phone="020 7946 0000")

    invitation = by_mail(newcomer, physiotherapist)

    message = mail.outbox[0]
    assert (len(mail.outbox), message.to, message.content_subtype) == (1, ["nora.new@example.org"], "plain")
    assert hash_of(token_in_mail()) == invitation.token_hash
    assert "until 9 December 2026" in message.body
    assert str(message.body).rstrip().endswith("\n\nQuestions? Call 020 7946 0000.")


def test_mail_names_nobody(newcomer: Patient, physiotherapist: User):
    ClinicSettings.objects.create(name="Knee & House")

    by_mail(newcomer, physiotherapist)

    (message,) = mail.outbox
    assert not re.search(r"nora|new|petra|physio|house", f"{message.subject}\n{message.body}", re.IGNORECASE)
    assert "Questions?" not in message.body


def test_mail_twice_with_the_same_id_is_sent_once(newcomer: Patient, physiotherapist: User):
    invitation_id = uuid4()

    for _count in range(2):
        by_mail(newcomer, physiotherapist, invitation_id=invitation_id)

    assert (len(mail.outbox), Invitation.objects.count()) == (1, 1)


def test_mail_that_no_server_takes_changes_nothing(newcomer: Patient, physiotherapist: User, settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    first, _token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)
    before = all_rows()

    with pytest.raises(OSError, match="refused"):
        by_mail(newcomer, physiotherapist)

    assert all_rows() == before
    assert first.state_at(NOW) == InvitationState.OPEN


def test_mail_server_that_says_nothing_is_not_waited_for(
    newcomer: Patient, physiotherapist: User, mailbox: Mailbox, settings: Any
):
    # For ever, were it waited for.
    settings.EMAIL_TIMEOUT = None
    mailbox.rule = lambda address: SILENT
    before = all_rows()

    with pytest.raises(OSError, match="timed out"):
        by_mail(newcomer, physiotherapist)

    assert all_rows() == before


@pytest.mark.parametrize("days", [1, 20])
def test_revoke_ends_it_once(newcomer: Patient, physiotherapist: User, days: int):
    now = later(NOW, days=days)
    invitation, _token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)

    for count in range(2):
        revoke(invitation=invitation, by=physiotherapist, now=later(now, hours=count))

    assert (invitation.revoked_at, invitation.revoked_by) == (now, physiotherapist)
    assert invitation.state_at(now) == InvitationState.REVOKED


# --- a real mail server ----------------------------------------------------------------------------------------------
class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client needs to hand a mail over; keeps what it was given."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MailConversation)
        self.received: list[tuple[list[str], str]] = []


class MailConversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: MailServer

    def handle(self) -> None:
        """Answer line by line; a mail ends with a dot."""
        self.say("220 here")
        envelope: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb in {"MAIL", "RCPT"}:
                envelope.append(line)
            if verb == "DATA":
                self.say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), ".")
                self.server.received.append((envelope, "\n".join(lines)))
            self.say("221 bye" if verb == "QUIT" else "250 fine")

    def say(self, text: str) -> None:
        """Send one line."""
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    """Serve mail on loopback, and have Django use it."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.server_address[1], False
        yield server
        server.shutdown()


def test_mail_goes_out_through_smtp(newcomer: Patient, physiotherapist: User, mail_server: MailServer):
    invitation = by_mail(newcomer, physiotherapist)

    [(envelope, text)] = mail_server.received
    found = re.search(r"https://knee.example.org/i/(\S+)/", text)
    assert envelope[1].lower() == "rcpt to:<nora.new@example.org>"
    assert "Subject: Your invitation\n" in text
    assert found
    assert hash_of(found.group(1)) == invitation.token_hash
