"""How long a log-in lasts, and what is written while it is in use."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kneecoach.accounts.models import Device
from tests.factories import a_moment
from tests.fixtures import client_of
from tests.pages import HTMX

pytestmark = pytest.mark.django_db
START = a_moment("2026-11-25 08:00")
LIST = "/admin/accounts/patient/"


@pytest.fixture
def desk(physiotherapist, time_machine):
    """Return the browser of a physiotherapist who has just logged in, at a clock that stands."""
    time_machine.move_to(START, tick=False)
    return client_of(physiotherapist)


@pytest.fixture
def phone(patient, time_machine):
    """Return the browser of a patient who has just logged in, at a clock that stands."""
    time_machine.move_to(START, tick=False)
    return client_of(patient.user)


def test_staff_are_led_to_log_in_and_back_after_a_quarter_of_an_hour(desk, time_machine):
    answers = []
    for minutes in (14, 28, 43):
        time_machine.move_to(START + timedelta(minutes=minutes), tick=False)
        answers.append(desk.get(f"{LIST}?q=Anna"))

    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert answers[2]["Location"] == f"/account/login/?next={LIST}%3Fq%3DAnna"
    page = desk.get(answers[2]["Location"]).content.decode()
    assert page.count("nothing happened here for a while") == 1
    assert desk.get(LIST).status_code == 302


def test_htmx_is_led_there_with_its_page(desk, time_machine):
    time_machine.move_to(START + timedelta(minutes=16), tick=False)

    answer = desk.post(LIST, headers={**HTMX, "HX-Current-URL": "http://testserver/admin/?who=all"})

    assert answer["HX-Redirect"] == "/account/login/?next=/admin/%3Fwho%3Dall"


def test_form_is_led_back_to_the_page_it_stood_on(desk, time_machine):
    time_machine.move_to(START + timedelta(minutes=16), tick=False)

    own = desk.post("/admin/progress/alert/7/seen/", headers={"Referer": f"http://testserver{LIST}"})
    foreign = desk.post("/admin/progress/alert/7/seen/", headers={"Referer": "https://elsewhere.example.org/x/"})

    assert own["Location"].endswith(f"/login/?next={LIST}")
    assert foreign["Location"].endswith("/login/?next=/admin/progress/alert/7/seen/")


def test_staff_log_in_again_after_twelve_hours_of_work(desk, time_machine):
    statuses = []
    for minutes in range(10, 12 * 60 + 10, 10):
        time_machine.move_to(START + timedelta(minutes=minutes), tick=False)
        statuses.append(desk.get("/admin/jsi18n/").status_code)

    assert statuses == [200] * 71 + [302]


def test_patient_stays_logged_in_for_thirty_days_and_no_longer(phone, time_machine):
    statuses = []
    for days in (1, 12, 29, 30):
        time_machine.move_to(START + timedelta(days=days), tick=False)
        statuses.append(phone.get("/learn/").status_code)

    assert statuses == [200, 200, 200, 302]


@pytest.mark.parametrize(("name", "every"), [("desk", timedelta(minutes=1)), ("phone", timedelta(hours=1))])
def test_use_is_written_down_at_times_and_not_with_each_request(request, time_machine, name, every):
    client, path = request.getfixturevalue(name), "/account/devices/"
    client.get(path)
    written = []
    for seconds in (1, every.total_seconds() - 1, every.total_seconds(), every.total_seconds() + 1):
        time_machine.move_to(START + timedelta(seconds=seconds), tick=False)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        written.append(sum(query["sql"].startswith(("UPDATE", "INSERT")) for query in queries))

    assert written == [0, 0, 2, 0]
    assert Device.objects.get().seen_at == START + every


def test_looking_at_a_log_in_costs_no_query(phone, django_assert_num_queries):
    with django_assert_num_queries(2):  # the session, and its user with the patient
        phone.get("/sessions/later/?from=paper", headers={"X-Outbox-Owner": "x"})
