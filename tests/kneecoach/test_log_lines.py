"""The log of web and worker holds no secret of an address and no row, whichever way a request came to its end."""

import logging
import re
from collections import defaultdict

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from kneecoach.accounts.models import User
from kneecoach.log_lines import without_secrets
from kneecoach.reminders.services import make_calendar
from tests.cast import PATTERNS, url_of
from tests.factories import make_invitation, make_patient
from tests.kneecoach.log_reading import log_of_the_site

SECRET = "A-live_Secret43"
# Parts of addresses that are neither numbers nor secrets.
KNOWN_BY_ALL = {
    "key",
    "stage_key",
    "moment",
    "side",
    "day",
    "slot",
    "about",
    "reason",
    "url",
    "app_label",
    "object_id",
    "id",
}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
HOLD_SECRETS = {"reminders:calendar", "accounts:invitation", "account_reset_password_from_key"}


@pytest.fixture
def browser() -> Client:
    """Return a browser that is shown errors as everybody is."""
    return Client(raise_request_exception=False)


@pytest.mark.django_db
def test_live_secrets_of_requests_that_are_refused_are_not_logged(browser):
    patient = make_patient()
    _invitation, token = make_invitation(patient=make_patient(name="Nora New", has_account=False))
    calendar = make_calendar(patient, now=timezone.now())
    with log_of_the_site() as log:
        for _try in range(61):
            browser.get("/invitation/another/")
        refused = browser.get(f"/invitation/{token}/")
        elsewhere = browser.get(f"/calendar/{calendar}.ics", headers={"host": "10.0.0.1"})

    assert (refused.status_code, elsewhere.status_code) == (429, 400)
    assert "django.request Too Many Requests: /invitation/[hidden]" in log.getvalue()
    assert "kneecoach.origins Refused /calendar/[hidden] expected http://localhost" in log.getvalue()
    assert [secret for secret in (token, calendar, "another") if secret in log.getvalue()] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        f"/calendar/{SECRET}",
        f"/calendar/{SECRET}.ics/",
        f"/Calendar/{SECRET}.ics",
        f"//calendar/{SECRET}.ics",
        f"/invitation/{SECRET}/more/",
        f"/invitation/x/{SECRET}",
        f"/account//password/reset/key/1-{SECRET}/",
        f"/account/password/reset/key/_{SECRET}/",
    ],
)
def test_address_that_was_mistyped_is_not_logged_either(path, browser):
    with log_of_the_site() as log:
        # As it is connected: the client would take the first of two slashes for a host.
        browser.generic("PUT", "/", PATH_INFO=path)

    assert "[hidden]" in log.getvalue()
    assert SECRET not in log.getvalue()


@pytest.mark.usefixtures("unreachable_database")
@pytest.mark.parametrize(
    "path", [f"/calendar/{SECRET}.ics", f"/invitation/{SECRET}/", f"/account/password/reset/key/1-{SECRET}/"]
)
def test_traceback_of_a_site_without_a_database_holds_no_secret(path, browser):
    with log_of_the_site() as log:
        answer = browser.get(path)

    assert answer.status_code == 503
    assert "Traceback" in log.getvalue()
    assert SECRET not in log.getvalue()


@pytest.mark.django_db
def test_error_of_the_database_is_logged_without_the_row():
    # Not in the call: a traceback shows lines of the source as well.
    row = {"email": "anna@example.org", "password": "md5$a-salt$a-hash", "name": None}
    with log_of_the_site() as log:
        for _time in range(2):
            try:
                with transaction.atomic():
                    User.objects.create(**row)
            except IntegrityError:
                logging.getLogger("django.request").exception("Failed")
        logging.getLogger("django.request").error("Another line")

    assert log.getvalue().count('null value in column "name"') == 4  # psycopg's and Django's
    assert log.getvalue().endswith("Another line\n")
    assert [word for word in ("anna@example.org", "a-hash", "Failing row") if word in log.getvalue()] == []


def test_text_with_line_breaks_in_a_row_ends_where_the_next_traceback_begins():
    said = "UniqueViolation: taken\nDETAIL:  Failing row contains (Anna\n\nKnee).\n\nThe above exception was the cause\n\nMore"

    assert (
        without_secrets(said)
        == "UniqueViolation: taken\nDETAIL:  [hidden]\n\nThe above exception was the cause\n\nMore"
    )


@pytest.mark.django_db
def test_every_address_with_a_secret_is_known_and_every_other_stays_readable():
    paths = {name: url_of(name, route, defaultdict(lambda: "17")) for name, route in PATTERNS}
    hidden = {name for name, path in paths.items() if without_secrets(f"Not Found: {path}") != f"Not Found: {path}"}

    with_unknown_words = {
        name
        for name, route in PATTERNS
        if {word for kind, word in PARAMETER.findall(route) if kind not in {"int", "uuid"}} - KNOWN_BY_ALL
    }
    assert with_unknown_words == hidden - {"account_reset_password_from_key_done"} == HOLD_SECRETS


@pytest.mark.parametrize(
    "line",
    [
        "Not Found: /me/reminders/calendar/off/",
        "Forbidden: /admin/accounts/invitation/17/change/",
        "Not Found: /calendar",
        "https://knee.example.org/account/password/reset/ was asked for",
    ],
)
def test_line_without_a_secret_stays_as_it_is(line):
    assert without_secrets(line) == line


def test_secret_in_a_whole_address_is_hidden():
    said = f"Referer checking failed - https://knee.example.org/invitation/{SECRET}/ does not match"

    assert (
        without_secrets(said) == "Referer checking failed - https://knee.example.org/invitation/[hidden] does not match"
    )
