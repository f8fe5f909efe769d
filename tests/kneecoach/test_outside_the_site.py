"""Whatever leaves the site, with the settings as they come: no clinical word, whatever the clinic is called.

What is read is all that a phone or a mail program shows: sender, subject and text of every mail, the whole calendar, and
what a browser gets pushed. The name of the host stands in links, and is the host's to choose (docs/hosting.md).
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.accounts.notices import Change, tell
from kneecoach.accounts.services import invite_by_mail
from kneecoach.reminders.ics import calendar_text
from kneecoach.reminders.models import CalendarFeed
from kneecoach.reminders.push import public_key
from kneecoach.reminders.services import make_calendar
from kneecoach.reminders.worker import one_round
from tests.clinical_words import ALLOWED, CLINICAL, clinical_words
from tests.factories import PASSWORD, a_moment, make_invitation, make_patient
from tests.fixtures import client_of, prove
from tests.kneecoach.reminders.wishing import let_push, make_wishing
from tests.push_service import Browser, claims_of, push_service
from tests.smtp import Mailbox

pytestmark = pytest.mark.django_db

MORNING, REPEAT = a_moment("2026-11-25 08:00"), a_moment("2026-11-25 09:00")
ANNA, NEW, CODE = "anna@example.org", "anna.new@example.org", "/account/login/code/"
# Every module that makes something that leaves the site; what follows tries each.
MAKERS = {
    "kneecoach/accounts/adapter.py",
    "kneecoach/accounts/mailed_codes.py",
    "kneecoach/accounts/notices.py",
    "kneecoach/accounts/services/inviting.py",
    "kneecoach/reminders/ics.py",
    "kneecoach/reminders/mail.py",
    "kneecoach/reminders/push.py",
}
MAKES = re.compile(
    r"EmailMessage\(|EmailMultiAlternatives\(|send_(?:mass_)?mail\(|mail_(?:admins|managers)\(|Calendar\(|= seal\("
)


@pytest.fixture(autouse=True)
def clinic(db: None) -> ClinicSettings:
    """Return a clinic whose name tells everything, and whom to call."""
    return ClinicSettings.objects.create(name="Northside Knee & Physiotherapy Clinic", phone="020 7946 0000")


@pytest.fixture
def anna() -> Patient:
    """Return a patient who has a password."""
    return make_patient(email=ANNA, name="Anna Smith", password=PASSWORD)


@pytest.fixture
def read(mailbox: Mailbox, django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], object]], list[str]]:
    """Return how to do something and read each mail about it: what its reader's phone shows, and the rest of it."""

    def do(deed: Callable[[], object]) -> list[str]:
        with django_capture_on_commit_callbacks(execute=True):
            deed()
        shown = ("From", "Reply-To", "Sender", "Subject")
        return [
            "\n".join([*(f"{name}: {mail[name]}" for name in shown if mail[name]), mail.get_content()])
            for _address, mail in mailbox.received
            if not mail.is_multipart()
        ]

    return do


def test_every_module_that_makes_a_message_is_known_here():
    modules = [path for name in ("kneecoach", "progress", "exercises") for path in sorted(Path(name).rglob("*.py"))]

    assert {str(path) for path in modules if MAKES.search(path.read_text(encoding="utf-8"))} == MAKERS


def test_sender_is_nobody_in_particular(anna: Patient, read):
    (text,) = read(lambda: Client().post(CODE, {"email": ANNA}))

    assert text.startswith("From: noreply@localhost\nSubject: ")


@pytest.mark.parametrize("path", [CODE, "/account/password/reset/"])
def test_mails_of_log_in(anna: Patient, read, path: str):
    (text,) = read(lambda: Client().post(path, {"email": ANNA}))

    assert clinical_words(text) == []


def test_mail_that_asks_whether_an_address_is_right(anna: Patient, read):
    browser = client_of(anna.user)
    prove(browser, anna.user)

    (text,) = read(lambda: browser.post("/account/address/", {"email": NEW}))

    assert clinical_words(text) == []


def test_mailed_codes_that_prove_who_is_there(anna: Patient, read):
    browser = client_of(anna.user)

    (text,) = read(lambda: browser.post("/account/reauthenticate/", {"way": "send"}))

    assert clinical_words(text) == []


def test_code_that_proves_the_address_of_somebody_invited(read):
    _invitation, token = make_invitation(patient=make_patient(has_account=False), now=timezone.now(), way="sheet")
    browser = Client()
    browser.get(f"/invitation/{token}/")
    browser.post("/welcome/", {"agrees": "on"})

    (text,) = read(lambda: browser.post("/welcome/log-in/", {"way": "code", "email": NEW}))

    assert clinical_words(text) == []


def test_invitation(physiotherapist: User, read):
    def invite() -> None:
        invite_by_mail(
            patient=make_patient(name="Nora New", has_account=False),
            invitation_id=uuid4(),
            email=NEW,
            by=physiotherapist,
            now=MORNING,
            address_of=lambda token: f"https://moves.example.org/i/{token}/",
        )

    (text,) = read(invite)

    assert "020 7946 0000" in text
    assert clinical_words(text) == []


@pytest.mark.parametrize("change", Change)
def test_notices_to_patients_and_staff(anna: Patient, physiotherapist: User, read, change: Change):
    texts = read(lambda: [tell(user, change) for user in (anna.user, physiotherapist)])

    assert len(texts) == 2
    assert [clinical_words(text) for text in texts] == [[], []]


def test_reminders_by_mail(read):
    make_wishing(email=ANNA)

    texts = read(lambda: [one_round([], clock=lambda at=at: at) for at in (MORNING, REPEAT)])

    assert [text.count("exercises") for text in texts] == [2, 2]
    assert [clinical_words(text) for text in texts] == [[], []]


def test_reminders_that_are_pushed(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    patient = make_wishing()
    Patient.objects.filter(pk=patient.pk).update(mail_reminders_at=None)
    with push_service(tmp_path) as service:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
        settings.PUSH_HOSTS = [service.host]
        phone = Browser(f"https://{service.host}/phone")
        let_push(patient, phone)
        for at in (MORNING, REPEAT):
            one_round([], clock=lambda at=at: at)

    assert len(service.received) == 2
    for row in service.received:
        headers = {name: value for name, value in row.headers.items() if name != "Authorization"}
        claims = claims_of(row.headers["Authorization"], public_key())
        assert clinical_words(f"{headers} {claims} {phone.read(row.body).decode()}") == []


def test_text_that_a_browser_shows_where_it_cannot_read_a_message():
    source = Client().get("/sw.js").content.decode()

    (config,) = re.findall(r'JSON\.parse\("(.*?)"\);', source)
    shown = json.loads(config.encode().decode("unicode_escape"))["reminder"]
    assert shown
    assert clinical_words(shown) == []


def test_calendar():
    patient = make_wishing()
    make_calendar(patient, now=MORNING)
    whole = calendar_text(CalendarFeed.objects.select_related("patient").get(patient=patient), MORNING).decode()

    assert {line.partition(":")[0] for line in whole.splitlines()} >= {
        "SUMMARY",
        "DESCRIPTION",
        "X-WR-CALNAME",
        "PRODID",
    }
    assert clinical_words(whole) == []


# --- the list ----------------------------------------------------------------------------------------------------------
def test_list_knows_the_words_that_tell_something():
    told = "Kneecoach: your physio prescribed stage 2. Northside Physiotherapy Clinic. Patients with pain, sessions, health"

    assert [word.lower() for word in clinical_words(told)] == [
        *("kneecoach", "physio", "prescribed", "stage", "physiotherapy", "clinic", "patients", "pain", "sessions"),
        "health",
    ]


def test_every_phrase_that_is_allowed_would_be_found_otherwise():
    assert [phrase for phrase in ALLOWED if not CLINICAL.search(phrase)] == []


@pytest.mark.parametrize(
    "drawn",
    [
        "GPHP-QWRD",
        "https://moves.example.org/i/gp-pain_Knee-8Leg0Ache/",
        "https://moves.example.org/account/password/reset/key/gp-leg-0ache/",
    ],
)
def test_list_reads_all_but_what_is_drawn_at_random(drawn: str):
    assert clinical_words(f"Hello,\r\n{drawn}\r\nThank you") == []
    assert clinical_words(f"Hello,\n{drawn}\nfrom your physio") == ["physio"]


def test_list_reads_what_only_looks_like_it():
    assert clinical_words("https://knee.example.org/i/gp-pain_Knee-8Leg0Ache/") == ["knee"]
    assert clinical_words("https://moves.example.org/exercises/") == ["exercises"]
    assert clinical_words("Stage GPHP-QWRD") == ["Stage", "GPHP"]
