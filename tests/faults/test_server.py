"""What happens on the server in mid-session: a worker dies, the log-in ends, the dose changes, two words meet."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psutil
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from exercises import services as exercise_services
from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet, RepConflict
from tests.e2e.hands import hold_to_end, leap, log_in_by_form, press, rest_to_hold, start_clock
from tests.e2e.waiting import wait_until
from tests.factories import PASSWORD, make_patient, make_prescription
from tests.faults.hands import (
    BROKEN_REQUESTS,
    expect_handed_in,
    expect_truth,
    go_on,
    hurry_until,
    long_set,
    marks,
    open_phone,
    visit,
)
from tests.faults.ledger import conflicts_of, judge, ledger_of, table_of
from tests.fixtures import client_of
from tests.plugins.browser import OpenPage
from tests.plugins.database import TestDatabase

HOLD_MS = 3000
WAITING_FOR = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"


# --- a worker dies ---------------------------------------------------------------------------------------------------
@pytest.fixture
def gunicorn(live_db: TestDatabase) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the test database as in production: two workers behind a master. Return the address and the master."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    parts = connection.settings_dict
    url = f"postgresql://{live_db.app}@/{parts['NAME']}?host={parts['HOST']}&port={parts['PORT']}"
    started = subprocess.Popen(
        f"{sys.executable} -m gunicorn -c deploy/gunicorn.conf.py --bind localhost:{port} kneecoach.wsgi".split(),
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stderr=subprocess.DEVNULL,
    )
    master = psutil.Process(started.pid)
    try:
        wait_for_port(port)
        yield f"http://localhost:{port}", master
    finally:
        started.terminate()
        started.wait(30)


def wait_for_port(port: int) -> None:
    """Wait until somebody answers."""
    for _ in range(200):
        try:
            socket.create_connection(("localhost", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("gunicorn did not start")


@pytest.mark.slow
def test_worker_killed_in_mid_request(
    gunicorn: tuple[str, psutil.Process], open_page: OpenPage, live_db: TestDatabase, patient: Patient
):
    address, master = gunicorn
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, address=address, allow=BROKEN_REQUESTS)
    start_clock(page)

    # The request stands still inside its transaction, at the row that another holds; there its worker dies.
    with live_db.owner_connection() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM progress_exerciseset WHERE id = %s FOR UPDATE", [exercise_set.pk])
        hold_to_end(page)
        with live_db.owner_connection() as looker:
            wait_until(page, lambda: looker.execute(WAITING_FOR, [holder.info.backend_pid]).fetchone() != (0,))
        workers = master.children()
        assert len(workers) == 2
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
        wait_until(page, lambda: not any(worker.is_running() for worker in workers))
        assert marks(page) == [(1, "ok", "", True)]

    rest_to_hold(page)
    hold_to_end(page)
    press(page, "Pause")
    expect_truth(exercise_set, page)
    assert [row.done.number for row in table_of(exercise_set)] == [1, 2]
    assert not {worker.pid for worker in workers} & {worker.pid for worker in master.children()}


# --- the log-in ends -------------------------------------------------------------------------------------------------
def test_log_in_expires_in_mid_hold(open_page: OpenPage, live_db):
    patient = make_patient(email="late@example.org", password=PASSWORD)
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    start_clock(page)
    leap(page, 1000)
    Session.objects.all().delete()

    hold_to_end(page)
    expect(page.get_by_text("You are logged out. Go on")).to_be_visible()
    rest_to_hold(page)
    hold_to_end(page)
    press(page, "Pause")
    assert table_of(exercise_set) == []
    page.reload()
    log_in_by_form(page, "late@example.org")
    page.wait_for_url(re.compile("/sessions/"))

    visit(page, exercise_set)
    expect_truth(exercise_set, page)
    assert [row.done.held_ms for row in table_of(exercise_set)] == [HOLD_MS, HOLD_MS]


# --- the dose changes ------------------------------------------------------------------------------------------------
def test_prescription_changes_in_mid_session(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    start_clock(page)
    hurry_until(page, 5)
    press(page, "Pause")
    old = Prescription.objects.get()
    exercise_services.end_prescription(
        prescription=old,
        reason=Prescription.EndReason.STOPPED,
        on=exercise_set.exercise_session.local_date,
        by=old.prescribed_by,
        now=timezone.now(),
    )
    make_prescription(patient=patient, reps_target=10, hold_target_seconds=5)
    before = len(table_of(exercise_set))

    # The set that runs keeps the targets it was begun with; a reload changes nothing about that.
    go_on(page)
    hurry_until(page, before + 2)
    press(page, "Pause")
    expect_truth(exercise_set, page)
    page.reload()
    expect(page.locator(".reps > li")).to_have_count(20)
    expect(page.locator("rep-coach")).to_have_attribute("data-hold-seconds", "3")
    expect_truth(exercise_set, page)
    assert {row.done.held_ms for row in table_of(exercise_set)} == {HOLD_MS}


# --- two words meet --------------------------------------------------------------------------------------------------
def test_fifty_requests_at_once_with_the_same_repetition(live_db, patient: Patient):
    exercise_set = long_set(patient)
    address = f"/sets/{exercise_set.pk}/reps/{uuid4()}/"
    claim = {"number": 1, "held_ms": HOLD_MS, "paused_ms": 0, "outcome": "ok", "method": "guided"}

    statuses = Counter(at_once(patient, [(address, claim)] * 50))

    assert statuses == {200: 50}
    assert len(table_of(exercise_set)) == 1
    assert RepConflict.objects.count() == 0


def test_many_devices_at_once_on_one_number_count_once(live_db, patient: Patient):
    exercise_set = long_set(patient)
    claim = {"number": 1, "held_ms": HOLD_MS, "paused_ms": 0, "outcome": "ok", "method": "guided"}
    ids = [uuid4() for _ in range(8)]

    # Each sends twice, as after an answer that was lost.
    statuses = Counter(at_once(patient, [(f"/sets/{exercise_set.pk}/reps/{rep_id}/", claim) for rep_id in ids * 2]))

    assert statuses == {200: 2, 409: 14}
    assert len(table_of(exercise_set)) == 1
    assert len(conflicts_of(exercise_set)) == 7


def at_once(patient: Patient, requests: list[tuple[str, dict]]) -> list[int]:
    """Send requests from eight threads, each with a connection of its own to the database."""
    client = client_of(patient.user)

    def send(request: tuple[str, dict]) -> int:
        try:
            return client.post(request[0], request[1], headers={"HX-Request": "true"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(send, requests))


# --- different words about the same repetition -----------------------------------------------------------------------
def test_other_words_for_the_same_repetition_are_kept_apart_and_said(open_page: OpenPage, live_db, patient: Patient):
    """The answer was lost, and what is sent again is not what was sent: the first counts, and the screen says so."""
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    other_words(exercise_set, page)
    start_clock(page)
    hold_to_end(page)

    expect(page.get_by_text("already recorded, perhaps on another device")).to_be_visible()
    expect_handed_in(page)
    # The ledger has the second words; the first came from elsewhere.
    (row,) = table_of(exercise_set)
    (conflict,) = conflicts_of(exercise_set)
    assert (row.done.held_ms, conflict.held_ms, conflict.rep_id) == (2800, HOLD_MS, row.done.rep_id)
    assert [line.split(":")[0] for line in judge(ledger_of(page), [row], [conflict])] == ["nobody did"]


def other_words(exercise_set: ExerciseSet, page) -> None:
    """Hand every repetition in with a shorter hold first, as a page would whose answer is then lost."""
    client = client_of(exercise_set.exercise_session.patient.user)

    def first(route) -> None:
        fields = dict(pair.split("=") for pair in (route.request.post_data or "").split("&"))
        client.post(re.sub("^https?://[^/]+", "", route.request.url), {**fields, "held_ms": 2800})
        connection.close()  # this runs outside of the test, with a connection of its own
        route.continue_()

    page.route(re.compile("/reps/"), first)
