"""Phones that speak the protocol without a browser: log in, start a session, record, send again until it is told.

Each writes its ledger before it sends, as the page does. It asks again sooner than a real phone (a tenth of a second, up
to one second; a phone begins at half a second), so that a gap is the server's and not the phone's.
"""

import math
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.cookies import SimpleCookie
from random import Random
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from tests.factories import PASSWORD
from tests.faults.ledger import Done, Line

HOLD_MS, REPS = 3000, 20
WAIT_FIRST_S, WAIT_LONGEST_S = 0.1, 1.0
ANSWER_WITHIN_S = 15
BETWEEN_REPS_S = 0.08
# Ours always says when to come again: this one is of somebody in between, who has nobody to ask.
NOBODY_TO_ASK = "503 without Retry-After"
SET_ADDRESS = re.compile(r"/sets/([0-9a-f-]{36})/")


@dataclass
class Books:
    """What all phones of a run have seen."""

    lines: dict[str, list[Line]] = field(default_factory=dict)  # by set
    acknowledged_at: list[float] = field(default_factory=list)
    retries: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    slowest_refusal: float = 0.0
    longest_waits: dict[str, float] = field(default_factory=dict)  # by patient, until there was a yes
    yes_at: dict[str, list[float]] = field(default_factory=dict)  # by patient
    troubles: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refuse(self, why: str, took: float) -> None:
        """Note a request that has to be sent again."""
        with self.lock:
            self.retries += 1
            self.refused[why] += 1
            self.slowest_refusal = max(self.slowest_refusal, took)

    def accept(self, email: str, took: float) -> None:
        """Note that a request was answered at last."""
        with self.lock:
            self.longest_waits[email] = max(self.longest_waits.get(email, 0.0), took)
            self.yes_at.setdefault(email, []).append(time.monotonic())

    def first_yes(self, email: str, since: float) -> float:
        """Return after how many seconds a patient was answered again; without end where they never were."""
        with self.lock:
            return next((at - since for at in self.yes_at.get(email, ()) if at >= since), math.inf)

    def acknowledge(self, set_id: str, line: Line) -> None:
        """Note that the server said: I have it."""
        with self.lock:
            self.lines[set_id].append(line)
            self.acknowledged_at.append(time.monotonic())


class Phone(threading.Thread):
    """One patient, who does one session after the other until `stop`; a repetition that was begun is handed in."""

    def __init__(
        self,
        address: str,
        email: str,
        books: Books,
        stop: threading.Event,
        *,
        password: str = PASSWORD,
        is_naive: bool = False,
    ) -> None:
        super().__init__(daemon=True)
        self.host, self.port = urlsplit(address).hostname or "localhost", urlsplit(address).port
        self.email, self.books, self.stop, self.is_naive = email, books, stop, is_naive
        self.password = password
        self.cookies: dict[str, str] = {}
        self.connection: HTTPConnection | None = None
        self.dice = Random(email)  # noqa: S311 -- spreads the tries, hides nothing

    def run(self) -> None:
        """Go on until told to stop."""
        try:
            self.log_in()
            while not self.stop.is_set():
                self.do_session()
        except Exception as error:  # a thread would end in silence
            self.books.troubles.append(f"{self.email}: {error!r}")
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        if self.connection:
            self.connection.close()
        self.connection = None

    def log_in(self) -> None:
        """Log in through the form."""
        self.insist("GET", "/account/login/")
        self.insist("POST", "/account/login/", {"login": self.email, "password": self.password})
        assert "kneecoach_session" in self.cookies, "not logged in"

    def do_session(self) -> None:
        """Do a session from the first question to the last."""
        answer, _ = self.insist("POST", "/sessions/start/", {"session_id": str(uuid4())})
        session = urlsplit(answer.headers["Location"]).path
        self.insist("POST", f"{session}safety/", {"answer": "clear"})
        self.insist("POST", f"{session}pain/before/right/", {"value": "2"})
        found = SET_ADDRESS.search(self.insist("GET", session)[1].decode())
        assert found, "no set to do"
        self.insist("POST", f"/sets/{found[1]}/begin/")
        for number in range(1, REPS + 1):
            if self.stop.is_set():
                return
            self.do_rep(found[1], number)
            time.sleep(BETWEEN_REPS_S)
        self.insist("POST", f"{session}pain/worst/right/", {"value": "3"})
        self.insist("POST", f"/sets/{found[1]}/felt/", {"felt": "yes"})

    def do_rep(self, set_id: str, number: int) -> None:
        """Write a repetition down, and hand it in until the answer proves that it was for this one."""
        rep_id = str(uuid4())
        done = Done(rep_id, number, HOLD_MS, 0, "ok")
        with self.books.lock:
            self.books.lines.setdefault(set_id, []).append(Line(rep_id, done, is_kept=False))
        fields = {"v": "2", "number": str(number), "held_ms": str(HOLD_MS), "paused_ms": "0"}
        fields |= {"outcome": "ok", "method": "guided"}
        headers = {"HX-Request": "true", "X-Outbox-Id": str(uuid4())}
        address = f"/naive/reps/{rep_id}/" if self.is_naive else f"/sets/{set_id}/reps/{rep_id}/"
        answer, _ = self.insist("POST", address, fields, headers)
        if answer.headers["X-Outbox-Receipt"] != headers["X-Outbox-Id"] or answer.status != 200:
            self.books.troubles.append(f"repetition {number} was answered with {answer.status}")
            return
        self.books.acknowledge(set_id, Line(rep_id, done))

    def insist(
        self, method: str, path: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        """Ask until there is an answer that says something."""
        first, wait = time.monotonic(), WAIT_FIRST_S
        while True:
            begun = time.monotonic()
            try:
                answer, body = self.ask(method, path, fields, headers or {})
            except (OSError, HTTPException) as error:
                why = type(error).__name__
            else:
                if answer.status < 500 and answer.status not in {403, 408, 425, 429}:
                    self.books.accept(self.email, time.monotonic() - first)
                    return answer, body
                is_ours = answer.status != 503 or "Retry-After" in answer.headers
                why = str(answer.status) if is_ours else NOBODY_TO_ASK
            self.books.refuse(why, time.monotonic() - begun)
            time.sleep(wait * self.dice.uniform(0.5, 1.0))
            wait = min(wait * 2, WAIT_LONGEST_S)

    def ask(
        self, method: str, path: str, fields: dict[str, str] | None, headers: dict[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        """Send one request and read its answer whole."""
        if self.connection is None:
            self.connection = HTTPConnection(self.host, self.port, timeout=ANSWER_WITHIN_S)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRFToken": self.cookies.get("kneecoach_csrf", ""),
            **headers,
        }
        try:
            self.connection.request(method, path, urlencode(fields or {}), headers)
            answer = self.connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException):
            self.hang_up()
            raise
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
        return answer, body
