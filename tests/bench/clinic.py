"""The people whose phones and desks ask, and the requests that they send, as text."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.db import connection
from django.test import Client
from django.utils import timezone

from kneecoach.accounts.models import Patient, User
from tests.factories import PASSWORD, make_patient, make_physiotherapist, make_prescription, make_ready_session
from tests.fixtures import client_of
from tests.rows import make_history, make_mornings

CONNECTIONS = 8
# Two sessions a day for four weeks: what Today and the worklist look at.
WEEKS, A_DAY = 4, 2
REPS = 20
HOST = "localhost"
CSRF = "c" * 32


@dataclass(frozen=True)
class Clinic:
    """Who asks. `regulars` have four weeks behind them; of each of `sets` all repetitions are to be done."""

    physiotherapist: User
    regulars: list[Patient]
    sets: list[tuple[Patient, UUID]]


def make_clinic(sets: int) -> Clinic:
    """Make the people: a physiotherapist, one regular for each connection, and patients who are about to begin."""
    now, zone = timezone.now(), evening_zone(timezone.now())
    wall = now.astimezone(ZoneInfo(zone))
    physiotherapist = make_physiotherapist()
    clinic = Clinic(physiotherapist, [], [])
    for number in range(CONNECTIONS):
        patient = make_patient(
            email=f"regular{number}@example.org", time_zone=zone, lead_physiotherapist=physiotherapist
        )
        prescription = make_prescription(patient=patient, by=physiotherapist, reps_target=REPS, reps_max=REPS)
        make_history(patient=patient, prescription=prescription, until=wall, sessions=WEEKS * 7 * A_DAY)
        make_mornings(patient=patient, until=now, days=WEEKS * 7)
        clinic.regulars.append(patient)
    for number in range(sets):
        patient = make_patient(email=f"walker{number}@example.org", time_zone=zone)
        make_prescription(patient=patient, by=physiotherapist, reps_target=REPS, reps_max=REPS)
        (row,) = make_ready_session(patient=patient, now=now).sets.all()
        clinic.sets.append((patient, row.pk))
    # With the real hash, which is slow on purpose; the one of the tests is not.
    password = make_password(PASSWORD, hasher=PBKDF2PasswordHasher())
    for user in User.objects.filter(patient__in=clinic.regulars):
        user.password = password
        user.save()
    for patient in clinic.regulars:
        patient.refresh_from_db()
    connection.close()
    return clinic


def evening_zone(now: datetime) -> str:
    """Return a zone in which it is seven in the evening: what Today asks for depends on the hour."""
    ahead = (19 - now.hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"


class Browser:
    """Somebody's browser, logged in; with `is_bare` as Django does it, which loads the user and nothing else."""

    def __init__(self, user: User | None, *, is_bare: bool = False) -> None:
        name, client = settings.SESSION_COOKIE_NAME, Client()
        if is_bare and user:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        else:
            client = client_of(user)
        self.cookies = f"__Host-{name}={client.cookies[name].value}; __Host-{settings.CSRF_COOKIE_NAME}={CSRF}"

    def get(self, path: str) -> str:
        """Return the text of a request for a page."""
        return text(f"GET {path}", {"Cookie": self.cookies})

    def post(self, path: str, **fields: object) -> str:
        """Return the text of a request as htmx sends it."""
        return text(f"POST {path}", {"Cookie": self.cookies, "HX-Request": "true"}, fields)


def log_in(email: str, address: str) -> str:
    """Return the text of the form of log-in; each address on the internet may send only so many."""
    return text(
        "POST /account/login/",
        {"Cookie": f"__Host-{settings.CSRF_COOKIE_NAME}={CSRF}", "X-Forwarded-For": address},
        {"login": email, "password": PASSWORD},
    )


def rep(browser: Browser, set_id: UUID, number: int) -> str:
    """Return the text of a repetition as the phone sends it."""
    return browser.post(
        f"/sets/{set_id}/reps/{uuid4()}/",
        **{"v": 2, "number": number, "held_ms": 3000, "paused_ms": 0, "outcome": "ok", "method": "guided"},
    )


def text(line: str, headers: dict[str, str], fields: dict[str, object] | None = None) -> str:
    """Return a request as the proxy hands it on."""
    body = urlencode(fields) if fields else ""
    # Caddy keeps no connection to `web` open (deploy/Caddyfile), so the workers get equal shares.
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Connection": "close", **headers}
    if fields:
        headers |= {
            "Origin": f"https://{HOST}",
            "X-CSRFToken": CSRF,
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        }
    return "".join([f"{line} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in headers.items()), "\r\n", body])
