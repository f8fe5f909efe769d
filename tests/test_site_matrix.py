"""Every address outside the desk, by every role, every method, and with rows of one's own, of others and of nobody.

What a GET and a POST answer stands in the table of tests/test_urls.py; the rest follows from it by the rule in `allowed`. The
desk has a matrix of its own: tests/test_desk_matrix.py. Each request is taken back before the next: all find the same.
tests/test_site_matrix_notices.py takes guards out and expects this one to notice.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from kneecoach.accounts.models import Device, Patient
from tests.cast import NOW, Cast, attack, url_of
from tests.desk_asking import NEEDING
from tests.fixtures import prove
from tests.pages import body_of
from tests.site_asking import ADDRESSES, COLUMNS, METHODS, asking, being, differing, make_site_cast

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WITH_IDS = [(name, route) for name, route in ADDRESSES if re.search(r"<(uuid|int):", route)]
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+')


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Iterator[Cast]:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    # Most of what is asked is refused, and each refusal would be told with all that led to it.
    logging.disable(logging.WARNING)
    yield make_site_cast()
    logging.disable(logging.NOTSET)


def test_every_address_answers_every_method_as_the_table_says(cast: Cast):
    assert differing(cast, ADDRESSES) == {}
    assert NEEDING or len(METHODS) * len(ADDRESSES) > 600


def test_what_is_foreign_answers_byte_for_byte_as_what_is_missing(cast: Cast):
    wrong: dict[str, Any] = {}

    for role in COLUMNS:
        foreigner = cast.patient if role == "other" else cast.other
        own = role in ("patient", "other")
        with being(cast, role) as browser:
            device = Device.objects.get(user=foreigner.user)
            if own:
                # Changing a log-in is asked for once more.
                prove(browser, cast.other.user if role == "other" else cast.patient.user)
            foreign = answers_about(cast, role, browser, foreign_ids(cast, foreigner, device), device, wrong)
            missing = answers_about(cast, role, browser, missing_ids(cast, foreigner), device, wrong)
        for key, answer in foreign.items():
            other = missing.get(key, answer)
            if answer != other or (own and answer[0] not in (404, 405)):
                differing = set(answer[2].splitlines()) ^ set(other[2].splitlines())
                wrong[f"{role} {key} differs"] = answer[0], other[0], differing

    assert wrong == {}
    assert NEEDING or len(WITH_IDS) >= 26


def foreign_ids(cast: Cast, foreigner: Patient, device: Device) -> dict[str, Any]:
    """Return the ids of somebody's rows, as addresses call them."""
    ids = cast.ids[foreigner.pk]
    return ids | {"device": device.pk, "passkey": ids["mfa_authenticator"]}


def missing_ids(cast: Cast, foreigner: Patient) -> dict[str, Any]:
    """Return ids that nobody has."""
    uuids = ("session_id", "set_id", "rep_id", "request_id", "patient_id", "data_request_id")
    return dict.fromkeys((*cast.ids[foreigner.pk], "device", "passkey"), 0) | {key: uuid4() for key in uuids}


def answers_about(
    cast: Cast, role: str, browser: Client, ids: dict[str, Any], device: Device, wrong: dict[str, Any]
) -> dict[str, tuple[int, dict[str, str], str]]:
    """Return what every address with an id answers to every method; a log-in in a browser of somebody else goes on."""
    questions = []
    for name, route in WITH_IDS:
        url = url_of(name, route, ids | {"pk": ids["device" if "device" in name else "passkey"]})
        data = attack(cast) | {"name": "taken over"}
        questions += [(name, method, url, data if method == "post" else {}) for method in METHODS]
    found = {}
    for (name, method, response), question in zip(asking(cast, role, browser, questions, wrong), questions):  # noqa: B905
        found[f"{method} {name}"] = told(response, question[2])
        if not (
            Device.objects.filter(pk=device.pk).exists() and Session.objects.filter(pk=device.session_key).exists()
        ):
            wrong[f"{role} {method} {name}"] = "ends what is foreign"
    return found


def told(response: Any, url: str) -> tuple[int, dict[str, str], str]:
    """Return all that an answer tells, but the address that was asked for and the tokens of forms."""
    texts = [TOKEN.sub("", body_of(response)), *response.headers.values()]
    for asked in (url, *re.findall(r"[0-9a-f-]{36}", url)):
        texts = [text.replace(asked, "what was asked for") for text in texts]
    headers = dict(zip(response.headers, texts[1:], strict=True))
    headers.pop("Content-Length", None)
    return response.status_code, headers, texts[0]
