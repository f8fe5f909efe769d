"""The worklist as a page: choosing, switches, who may see it, and what is done from a row."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.desk.views import PERMISSIONS, ROWS
from progress.models import Alert, Message
from tests.factories import (
    make_alert,
    make_finished_session,
    make_message,
    make_patient,
    make_physiotherapist,
    make_red_flag,
    make_request,
    make_user,
    stage,
)
from tests.fixtures import client_of
from tests.kneecoach.desk.worklist_page import (
    INDEX,
    NOW,
    a_patient,
    ask_to_erase,
    counts,
    names,
    numbers,
    seen_form,
    why,
)
from tests.pages import faults, soup, text_at, title_of
from tests.rows import all_rows, make_history, make_mornings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine: Any, settings: Any) -> Any:
    """Stop the clock at NOW, with everything switched on."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True
    time_machine.move_to(NOW, tick=False)
    return time_machine


def seen_url(patient_id: UUID) -> str:
    """Return where the button "Seen" of a row leads."""
    return f"/admin/accounts/patient/{patient_id}/alerts/seen/"


# --- choosing ------------------------------------------------------------------------------------------------------
def test_worklist_begins_with_ones_own(physio_client: Client, physiotherapist: User):
    a_patient("Anna Knee", physiotherapist, sessions=2)
    make_red_flag(patient=a_patient("Carl Colleague", make_physiotherapist(name="Paul Other")), now=NOW)
    a_patient("Olga Orphan", None, sessions=2)

    mine, everybody = physio_client.get(INDEX), physio_client.get(INDEX, {"who": "all"})

    assert names(mine) == ["Anna Knee"]
    assert names(everybody) == ["Anna Knee", "Carl Colleague", "Olga Orphan"]
    assert "Paul Other" in text_at(everybody, ".work-row:nth-child(2) .work-who")
    assert "nobody leads" in text_at(everybody, ".work-row:nth-child(3) .work-who")
    assert b"Carl" not in mine.content


def test_worklist_filters_by_need_first_or_not(physio_client: Client, physiotherapist: User):
    both = a_patient("Anna Knee", physiotherapist, sessions=2)
    make_alert(patient=both, now=NOW)
    make_message(patient=both, now=NOW)
    a_patient("Nina Nothing", physiotherapist, sessions=2)

    response = physio_client.get(INDEX, {"need": "unread"})

    assert names(response) == ["Anna Knee"]
    assert counts(response) == {"urgent": 1, "unread": 1}
    assert text_at(response, ".work-needs [aria-current]") == "Unread note 1"


def test_worklist_searches_names(physio_client: Client, physiotherapist: User):
    a_patient("Anna Knee", physiotherapist, sessions=2)
    a_patient("Otto Elsewhere", physiotherapist, sessions=2)

    response = physio_client.get(INDEX, {"q": " OTTO "})

    assert (names(response), faults(response)) == (["Otto Elsewhere"], [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "You lead no patient yet."),
        ({"who": "all"}, "No patient yet. Enter the first one"),
        ({"q": "xyz"}, "Nobody here has “xyz” in their name."),
        ({"need": "asks"}, "Nobody needs you for this just now."),
    ],
)
def test_empty_worklist_says_what_to_do(physio_client: Client, asked: dict[str, str], said: str):
    response = physio_client.get(INDEX, asked)

    assert (response.status_code, faults(response)) == (200, [])
    assert text_at(response, ".desk-empty").startswith(said)
    assert "/admin/accounts/patient/add/" in response.content.decode()


@pytest.mark.parametrize("asked", [{"need": "x"}, {"page": "x"}, {"page": "99"}, {"who": "x"}, {"q": "\x00"}])
def test_what_makes_no_sense_asks_for_nothing(physio_client: Client, physiotherapist: User, asked: dict[str, str]):
    a_patient("Anna Knee", physiotherapist, sessions=2)

    assert names(physio_client.get(INDEX, asked)) == ["Anna Knee"]


def test_pages_hold_a_few_each_and_keep_the_choice(physio_client: Client, physiotherapist: User):
    for number in range(ROWS + 2):
        make_message(patient=a_patient(f"Anna {number:02}", physiotherapist, days=1), now=NOW)

    first = physio_client.get(INDEX, {"who": "all", "need": "unread", "q": "anna"})
    second = physio_client.get(INDEX, {"who": "all", "need": "unread", "q": "anna", "page": "2"})

    assert len(names(first)) == ROWS
    assert names(second) == ["Anna 15", "Anna 16"]
    assert text_at(first, ".work-pages span") == "1 to 15 of 17"
    assert soup(first).select_one("[rel=next]")["href"] == "/admin/?who=all&need=unread&q=anna&page=2"
    assert soup(second).select_one("[rel=prev]")["href"] == "/admin/?who=all&need=unread&q=anna&page=1"
    assert soup(second).select_one("ol.work")["start"] == "16"


def test_everything_else_of_the_desk_stays_within_reach(physio_client: Client, physiotherapist: User):
    a_patient("Anna Knee", physiotherapist, sessions=2)

    page = soup(physio_client.get(INDEX))

    assert page.select_one("details.work-apps #content-main .model-prescription")
    assert not page.select_one("details.work-apps").has_attr("open")


# --- switches ------------------------------------------------------------------------------------------------------
def test_without_alerts_none_is_told_and_warning_signs_stay(
    physio_client: Client, physiotherapist: User, settings: Any
):
    pain = a_patient("Pia Pain", physiotherapist, sessions=2)
    make_alert(patient=pain, kind="pain_red", now=NOW)
    make_red_flag(patient=a_patient("Rosa Red", physiotherapist), now=NOW)
    settings.ALERTS = False

    response = physio_client.get(INDEX)

    assert (names(response), counts(response)) == (["Rosa Red", "Pia Pain"], {"urgent": 1})
    assert why(response, "Pia Pain") == ["Nothing waits."]


def test_without_readiness_nobody_is_stuck_on_a_stage(physio_client: Client, physiotherapist: User, settings: Any):
    a_patient("Lars Long", physiotherapist, days=31, sessions=2)
    settings.READINESS = False

    response = physio_client.get(INDEX)

    assert (why(response, "Lars Long"), counts(response)) == (["Nothing waits."], {})
    assert names(physio_client.get(INDEX, {"need": "stuck"})) == []


def test_without_advice_no_limit_is_drawn_or_told(physio_client: Client, physiotherapist: User, settings: Any):
    patient = make_patient(name="Anna Knee", lead_physiotherapist=physiotherapist)
    make_finished_session(patient=patient, now=NOW, pain_worst=9)
    on = physio_client.get(INDEX)
    settings.PAIN_ADVICE = False

    off = physio_client.get(INDEX)

    assert numbers(off, "Anna Knee")[0] == "Worst of the day 9 25 Nov"
    assert [len(soup(page).select(".work-line .c-limit")) for page in (on, off)] == [1, 0]


# --- who may -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("missing", PERMISSIONS)
def test_staff_who_may_not_see_all_of_it_see_none_of_it(physiotherapist: User, missing: str):
    patient = a_patient("Anna Knee", physiotherapist)
    alert = make_alert(patient=patient, now=NOW)
    user = make_user(name="Half Staff", is_staff=True)
    wanted = [name.partition(".")[2] for name in (*PERMISSIONS, "progress.change_alert") if name != missing]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))

    index = client_of(user).get(INDEX, {"who": "all"})
    seen = client_of(user).post(seen_url(patient.pk), {"alert": [alert.pk]})

    assert (index.status_code, title_of(index), seen.status_code) == (200, "Patients and prescriptions", 403)
    assert b"Anna" not in index.content
    assert not AccessLog.objects.exists()
    assert Alert.objects.get().seen_at is None


def test_patients_are_kept_out(patient_client: Client, patient: Patient):
    alert = make_alert(patient=patient, now=NOW)

    assert patient_client.get(INDEX, follow=True).status_code == 403
    assert patient_client.post(seen_url(patient.pk), {"alert": [alert.pk]}).status_code == 302
    assert Alert.objects.get().seen_at is None


def test_each_patient_that_is_shown_goes_to_the_access_log(physio_client: Client, physiotherapist: User):
    shown = a_patient("Anna Knee", physiotherapist, sessions=2)
    a_patient("Carl Colleague", None, sessions=2)
    before = all_rows(without=(AccessLog,))

    physio_client.get(INDEX)

    assert list(AccessLog.objects.values_list("actor", "patient_id", "view")) == [
        (physiotherapist.pk, shown.pk, "worklist")
    ]
    assert all_rows(without=(AccessLog,)) == before


# --- seen ----------------------------------------------------------------------------------------------------------
def test_seen_from_the_row_says_who_and_leads_back(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist, sessions=2)
    alerts = [make_alert(patient=patient, now=NOW), make_alert(patient=patient, kind="pain_rising", now=NOW)]
    other = make_alert(patient=a_patient("Otto Elsewhere", physiotherapist, sessions=2), now=NOW)
    address, told = seen_form(physio_client.get(INDEX, {"who": "all", "q": "a", "need": "urgent"}), "Anna Knee")
    told.pop("csrfmiddlewaretoken", None)

    answers = [physio_client.post(address, told) for _time in range(2)]

    assert [(row.status_code, row["Location"]) for row in answers] == [(302, "/admin/?who=all&need=urgent&q=a")] * 2
    seen = Alert.objects.filter(pk__in=[row.pk for row in alerts])
    assert {(row.seen_by, row.seen_at) for row in seen} == {(physiotherapist, NOW)}
    assert Alert.objects.get(pk=other.pk).seen_at is None
    response = physio_client.get(INDEX)
    assert names(response) == ["Otto Elsewhere", "Anna Knee"]
    assert "seen by" in why(response, "Anna Knee")[0]
    assert [len(soup(response).select(".work-row form"))] == [1]


def test_seen_of_somebody_elses_alert_is_not_there(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist)
    own = make_alert(patient=patient, now=NOW)
    foreign = make_alert(patient=a_patient("Otto Elsewhere", physiotherapist), now=NOW)
    before = all_rows()

    asked: list[dict[str, Any]] = [{"alert": [own.pk, foreign.pk]}, {"alert": [foreign.pk]}, {"alert": ["x"]}, {}]
    statuses = [physio_client.post(seen_url(patient.pk), data).status_code for data in asked]
    statuses.append(physio_client.post(seen_url(uuid4()), {"alert": [own.pk]}).status_code)

    assert statuses == [404] * 5
    assert all_rows() == before


def test_seen_is_refused_where_alerts_are_off(physio_client: Client, physiotherapist: User, settings: Any):
    patient = a_patient("Anna Knee", physiotherapist)
    alert = make_alert(patient=patient, now=NOW)
    settings.ALERTS = False

    assert physio_client.post(seen_url(patient.pk), {"alert": [alert.pk]}).status_code == 403
    assert physio_client.get(seen_url(patient.pk)).status_code == 405
    assert Alert.objects.get().seen_at is None


def test_what_came_after_the_page_stays_unseen(physio_client: Client, physiotherapist: User):
    patient = a_patient("Anna Knee", physiotherapist)
    make_alert(patient=patient, now=NOW)
    address, told = seen_form(physio_client.get(INDEX), "Anna Knee")
    newer = make_alert(patient=patient, kind="pain_rising", now=NOW)

    physio_client.post(address, {"alert": told["alert"]})

    assert Alert.objects.get(pk=newer.pk).seen_at is None


# --- queries -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("history", [1, 50])
@pytest.mark.parametrize("patients", [1, 8])
def test_worklist_queries(
    physio_client: Client, physiotherapist: User, patients: int, history: int, django_assert_num_queries
):
    for number in range(patients):
        patient = a_patient(f"Anna {number}", physiotherapist, days=40)
        make_request(patient=patient, now=NOW)
        make_history(patient=patient, prescription=patient.prescriptions.get(), until=NOW, sessions=history)
        make_message(patient=patient, now=NOW)
        for kind in ("pain_red", "pain_rising", "pain_keeps_red"):
            make_alert(patient=patient, kind=kind, now=NOW)
        make_mornings(patient=patient, until=NOW, days=history)
        make_red_flag(patient=patient, now=NOW)
        ask_to_erase(patient)

    with django_assert_num_queries(28):
        response = physio_client.get(INDEX)

    assert len(names(response)) == patients
    assert Message.objects.count() == patients
    assert stage(2).title in response.content.decode()
