"""Whoever is locked away is left alone: at the desk their record is not read, and nothing is written in it, by any role."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, Patient
from kneecoach.accounts.models.people import Stopped
from tests.cast import NOW, Cast, attack, browser_of, url_of, user_of
from tests.desk_asking import OF_THE_DESK, as_if, make_desk_cast
from tests.desk_table import STAFF
from tests.pages import body_of
from tests.rows import all_rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Who it is stands on the page that says so.
NAMES = {"Canaryname", "canarymail"}


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_desk_cast()


def lock_away(patient: Patient) -> None:
    """Restrict a patient, as the host's command does."""
    Patient.objects.filter(pk=patient.pk).update(stopped_at=NOW, stopped_why=Stopped.RESTRICTED)


def addresses(cast: Cast) -> Iterator[str]:
    """Yield the addresses of the desk that are about the other patient, and the lists."""
    ids = cast.ids[cast.other.pk]
    for name, route in OF_THE_DESK:
        with suppress(KeyError):
            yield url_of(name, route, ids)


def told(cast: Cast, browser: Client) -> dict[str, set[str]]:
    """Return which words of the other patient stand on which pages."""
    words = [word for word in cast.canaries if word not in NAMES]
    found = {}
    for url in addresses(cast):
        with as_if():
            response = browser.get(url)
            # A PDF is of the patient, whatever its letters are packed as.
            text = " ".join(words) if response.get("Content-Type") == "application/pdf" else body_of(response)
        if seen := {word for word in words if word in text}:
            found[url] = seen
    return found


@pytest.mark.parametrize("role", STAFF)
def test_nothing_is_told_of_whoever_is_locked_away(cast: Cast, role: str):
    browser = browser_of(cast, role)
    before = told(cast, browser)

    lock_away(cast.other)

    # What somebody asked for has to be answered all the same.
    assert {url: words for url, words in told(cast, browser).items() if words != {"canarywords"}} == {}
    if role == "physiotherapist":
        assert len(before) > 5


def test_nothing_is_written_about_whoever_is_locked_away(cast: Cast):
    browser, data = browser_of(cast, "physiotherapist"), attack(cast)
    shared = set(cast.ids[cast.patient.pk].values())
    own = {str(value) for value in cast.ids[cast.other.pk].values() if value not in shared and len(str(value)) > 4}
    about = [url for url in addresses(cast) if own & set(url.split("/")) and "/datarequest/" not in url]
    assert len(about) > 30
    lock_away(cast.other)
    before = all_rows()

    written = {}
    for url in about:
        with as_if():
            browser.post(url, data)
            changed = {name for name, rows in all_rows().items() if rows != before[name]}
        if changed - {AccessLog._meta.db_table}:
            written[url] = changed

    assert written == {}


@pytest.mark.parametrize(
    ("role", "status"), [("physiotherapist", 200), ("reader", 200), ("manager", 403), ("auditor", 403)]
)
def test_only_whoever_sees_patients_reads_that_one_is_locked_away_and_the_look_is_kept(
    cast: Cast, role: str, status: int
):
    browser, url = browser_of(cast, role), f"/admin/accounts/patient/{cast.other.pk}/change/"
    lock_away(cast.other)
    looks = AccessLog.objects.filter(patient_id=cast.other.pk, actor=user_of(cast, role), view="patient")
    before = looks.count()

    answers = [getattr(browser, method)(url).status_code for method in ("get", "post")]

    assert answers == [status, 403]
    assert looks.count() - before == (1 if status == 200 else 0)
