"""What a patient reads, and what is written about one, is the same whoever else is there.

Wherever rows are loaded for one patient without asking whose they are, those of the clinic's third patient come along and
something moves: a count, a day, a line on a page; or what a form writes, and of whom. Words of others are looked for in
tests/test_site_matrix.py; this is about everything else.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kneecoach.accounts.models import AccessLog, Consent, Patient
from kneecoach.accounts.rules import CONSENT_VERSION
from tests.cast import EARLIER, NOW, PATTERNS, Cast, attack, make_cast, record_everything, url_of, user_of
from tests.desk_asking import FIRST_DIFFERENCE, as_if
from tests.factories import later, make_finished_session, make_patient, make_prescription
from tests.filling import filled, make_pages, sent
from tests.fixtures import client_of, prove
from tests.pages import body_of
from tests.rows import Rows, all_rows, make_mornings, make_week
from tests.site_asking import is_of_patients
from tests.test_urls import EXPECTED
from tests.writing import forms_for, written
from tests.writing import pages_of as pages_of_role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAGES = [(name, route) for name, route in PATTERNS if is_of_patients(name) and EXPECTED[name].patient[0] == 200]
# Of forms, of htmx, and of the outbox of a phone.
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|x-csrftoken": "|"token": ")\w+')
# How many of the forms write, so that this cannot pass by writing nothing.
LEAST_WRITTEN = {"patient": 20, "newcomer": 5, "physiotherapist": 30}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture
def cast(time_machine: Any, settings: Any) -> Cast:
    """Return the cast on a Wednesday morning, with everything switched on."""
    settings.PAIN_ADVICE = settings.READINESS = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return make_cast()


def pages_of(cast: Cast, patient: Patient, browser: Client) -> dict[str, str]:
    """Return every page of a patient. Ids and tokens that are made for one answer are left out."""
    ids, found = cast.ids.get(patient.pk, {}), {}
    known = {str(value) for value in ids.values()}
    for name, route in PAGES:
        with suppress(KeyError), as_if():
            text = TOKEN.sub("", body_of(browser.get(url_of(name, route, ids))))
            found[name] = UUID.sub(lambda match: match[0] if match[0] in known else "an id", text)
    return found


def add_others(cast: Cast) -> None:
    """Let there be two more patients: one with a row of every kind, and one of whom each question of today is asked."""
    by, monday = cast.physiotherapist, date(2026, 11, 16)
    third = make_patient(name="Thea Third", email="third@example.org", lead_physiotherapist=by)
    Consent.objects.create(patient=third, version=CONSENT_VERSION, agreed_at=NOW)
    record_everything(third, by, "third")
    fourth = make_patient(name="Fay Fourth", email="fourth@example.org", lead_physiotherapist=by)
    make_prescription(patient=fourth, by=by, now=later(NOW, days=-20))
    make_mornings(patient=fourth, until=NOW, days=3, pain=8)
    for hours in (-25, -1.2):
        make_finished_session(patient=fourth, now=later(NOW, hours=hours), pain_worst=8)
    make_week(patient=fourth, monday=monday, at=NOW)


def test_pages_of_a_patient_are_the_same_whoever_else_is_there(cast: Cast):
    # Of two nothing is recorded yet, and one has nothing to do: what is found there is somebody else's.
    newcomer = make_patient(name="Nora New", email="new@example.org", lead_physiotherapist=cast.physiotherapist)
    make_prescription(patient=newcomer, by=cast.physiotherapist, now=EARLIER)
    idle = make_patient(name="Ida Idle", email="idle@example.org", lead_physiotherapist=cast.physiotherapist)
    all_of_them = {patient: client_of(patient.user) for patient in (cast.patient, cast.other, newcomer, idle)}
    before = {patient: pages_of(cast, patient, browser) for patient, browser in all_of_them.items()}

    add_others(cast)

    differing = {}
    for patient, browser in all_of_them.items():
        for name, text in pages_of(cast, patient, browser).items():
            if text != (alone := before[patient][name]):
                differing[f"{patient} {name}"] = set(text.splitlines()) ^ set(alone.splitlines())
        if differing and FIRST_DIFFERENCE:
            break
    assert differing == {}
    assert len(before[cast.patient]) > 25
    assert len(before[newcomer]) > 15


def pages_about(patient: Patient) -> Iterator[str]:
    """Yield the pages of the desk about a patient of whom nothing else is known."""
    for name, route in PATTERNS:
        if name.startswith("admin:accounts_patient_") and "<path:object_id>" in route:
            yield url_of(name, route, {"accounts_patient": patient.pk})
    for name in ("exercises_prescription_add", "progress_ruleset_add"):
        yield f"{reverse(f'admin:{name}')}?patient={patient.pk}"


def outcomes(browser: Client, forms: list[tuple[str, dict[str, Any]]], cast: Cast) -> list[tuple[str, int, Rows]]:
    """Return what each form answers and writes. What it writes is taken back."""
    before, found = all_rows(), []
    for to, data in forms:
        cookies = copy(browser.cookies)
        status, rows = written(browser, to, data, before, cast)
        # A list shows everybody, and each of them is a look.
        found.append((to, status, {name: row for name, row in rows.items() if name != AccessLog._meta.db_table}))
        browser.cookies = cookies
    return found


@pytest.mark.parametrize("who", ["patient", "newcomer", "physiotherapist"])
def test_what_forms_write_is_the_same_whoever_else_is_there(cast: Cast, who: str):
    newcomer = make_patient(name="Nora New", email="new@example.org", lead_physiotherapist=cast.physiotherapist)
    user = newcomer.user if who == "newcomer" else user_of(cast, who)
    browser, good, typed = client_of(user), attack(cast), filled(cast)
    prove(browser, user, "mfa" if who == "physiotherapist" else "password")
    if who == "newcomer":
        # Their first session is still to come.
        make_prescription(patient=newcomer, by=cast.physiotherapist, now=NOW)
        pages = ["/" + route for name, route in PATTERNS if is_of_patients(name) and "<" not in route]
    elif who == "patient":
        pages = list(pages_of_role(cast, who))
    else:
        pages = [*pages_of_role(cast, who), *make_pages(cast), *pages_about(newcomer)]
    forms = [(form.to, sent(form, good, typed.get(form.name, {}))) for form in forms_for(browser, pages)]
    alone = outcomes(browser, forms, cast)

    add_others(cast)

    together = outcomes(browser, forms, cast)
    assert [pair for pair in zip(alone, together, strict=True) if pair[0] != pair[1]] == []
    assert sum(bool(rows) for _to, _status, rows in alone) >= LEAST_WRITTEN[who]
