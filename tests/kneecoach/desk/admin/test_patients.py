"""The physiotherapist's patients: enter them, read their story, every look logged."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, Invitation, Patient, User
from progress import services
from progress.models import PainRating
from tests.factories import (
    a_moment,
    later,
    make_finished_session,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_session,
)
from tests.fixtures import client_of
from tests.pages import faults, field_errors, soup, text_at, texts_at, title_of, words
from tests.rows import all_rows, make_history

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
LIST, ADD = "/admin/accounts/patient/", "/admin/accounts/patient/add/"


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


def change_url(patient: Patient) -> str:
    """Return the page of a patient."""
    return f"/admin/accounts/patient/{patient.pk}/change/"


def values(**changes: str) -> dict[str, str]:
    """Return what a physiotherapist types for a new patient."""
    return {
        "name": "Nora New",
        "birth_date": "2000-02-29",
        "side": "left",
        "time_zone": "Europe/London",
        "lead_physiotherapist": "",
        "email": "",
    } | changes


def looks() -> list[tuple[object, ...]]:
    """Return the access log."""
    return list(AccessLog.objects.order_by("pk").values_list("actor__email", "patient_id", "view"))


# --- entering ------------------------------------------------------------------------------------------------------
def test_index_offers_patients_and_prescriptions_but_no_accounts(physio_client: Client):
    response = physio_client.get("/admin/")

    models = {str(row["class"][0]) for row in soup(response).select("#content-main tr[class^=model-]")}
    assert (response.status_code, faults(response)) == (200, [])
    assert {"model-patient", "model-prescription"} <= models
    assert {"model-user", "model-group", "model-accesslog", "model-emailaddress"} & models == set()


def test_add_page_starts_with_oneself_as_lead_and_the_clinics_zone(physio_client: Client, physiotherapist: User):
    response = physio_client.get(ADD)

    chosen = [str(option["value"]) for option in soup(response).select("option[selected]")]
    assert (response.status_code, faults(response)) == (200, [])
    assert {"Europe/London", str(physiotherapist.pk)} <= set(chosen)


def test_add_without_email_makes_a_patient_without_an_account(physio_client: Client, physiotherapist: User):
    response = physio_client.post(ADD, values(lead_physiotherapist=str(physiotherapist.pk)))

    patient = Patient.objects.get()
    assert (response.status_code, patient.name, str(patient.birth_date)) == (302, "Nora New", "2000-02-29")
    assert (patient.side, patient.user, patient.lead_physiotherapist) == ("left", None, physiotherapist)
    assert User.objects.count() == 1


def test_add_with_email_sends_an_invitation_and_opens_no_account(physio_client: Client, mailoutbox: list[Any]):
    physio_client.post(ADD, values(email="Nora.New@Example.org"))

    invitation = Invitation.objects.get()
    assert (invitation.patient, invitation.email, invitation.way) == (
        Patient.objects.get(),
        "nora.new@example.org",
        "mail",
    )
    assert [message.to for message in mailoutbox] == [["nora.new@example.org"]]
    assert (Patient.objects.get().user, User.objects.count()) == (None, 1)


def test_add_where_the_mail_server_fails_saves_the_patient_and_says_so(physio_client: Client, settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    response = physio_client.post(ADD, values(email="nora.new@example.org"), follow=True)

    assert (Patient.objects.get().name, Invitation.objects.count()) == ("Nora New", 0)
    assert "the mail server did not take the invitation" in text_at(response, ".messagelist .warning")


@pytest.mark.parametrize("email", ["anna.knee@example.org", "ANNA.Knee@example.ORG", "petra.physio@example.org"])
def test_add_with_an_email_that_is_taken_is_refused(physio_client: Client, patient: Patient, email: str):
    before = all_rows()

    response = physio_client.post(ADD, values(email=email))

    assert response.status_code == 200
    assert field_errors(response) == {"email": ["Somebody logs in with this address already."]}
    assert all_rows() == before


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"birth_date": "2026-11-26"}, {"birth_date": ["The birth date lies in the future."]}),
        ({"birth_date": "2026-11-25"}, {"birth_date": ["The birth date lies in the future."]}),
        ({"birth_date": "1899-01-01"}, {"birth_date": ["Please check the year of birth."]}),
        ({"birth_date": "x"}, {"birth_date": ["Enter a valid date."]}),
        ({"name": ""}, {"name": ["This field is required."]}),
        ({"email": "x"}, {"email": ["Enter a valid email address."]}),
    ],
)
def test_add_with_what_cannot_be_is_refused(
    physio_client: Client, changes: dict[str, str], errors: dict[str, list[str]]
):
    before = all_rows()

    response = physio_client.post(ADD, values(**changes))

    assert (response.status_code, field_errors(response), faults(response)) == (200, errors, [])
    assert all_rows() == before


def test_add_in_an_unknown_zone_is_refused(physio_client: Client):
    response = physio_client.post(ADD, values(time_zone="Mars/Olympus"))

    assert list(field_errors(response)) == ["time_zone"]
    assert not Patient.objects.exists()


def test_add_takes_no_field_that_the_form_does_not_have(physio_client: Client, other_patient: Patient):
    physio_client.post(
        ADD, values(user=str(other_patient.user_id), id=str(other_patient.pk), is_superuser="on", is_staff="on")
    )

    made = Patient.objects.get(name="Nora New")
    assert (made.user, Patient.objects.count()) == (None, 2)
    assert not User.objects.filter(is_superuser=True).exists()


def test_change_saves_and_invites_nobody(physio_client: Client, patient: Patient, mailoutbox: list[Any]):
    user = patient.user

    response = physio_client.post(change_url(patient), values(name="Anna Kneebone", email="thief@example.org"))

    patient.refresh_from_db()
    assert (response.status_code, patient.name, patient.user) == (302, "Anna Kneebone", user)
    assert (Invitation.objects.count(), mailoutbox) == (0, [])


def test_delete_is_refused(physio_client: Client, patient: Patient):
    url = f"/admin/accounts/patient/{patient.pk}/delete/"
    before = all_rows(without=(AccessLog,))

    statuses = [physio_client.get(url).status_code, physio_client.post(url, {"post": "yes"}).status_code]
    physio_client.post(LIST, {"action": "delete_selected", "_selected_action": str(patient.pk), "post": "yes"})

    assert statuses == [403, 403]
    assert all_rows(without=(AccessLog,)) == before


# --- the list ------------------------------------------------------------------------------------------------------
def list_rows(response) -> dict[str, dict[str, str]]:
    """Return the columns of the list, by the patient's name."""
    return {
        words(row.select_one(".field-name")): {
            str(cell["class"][0]).removeprefix("field-"): words(cell) for cell in row.select("td[class^=field-]")
        }
        for row in soup(response).select("#result_list tbody tr")
    }


def test_list_says_what_matters_of_each_patient(physio_client: Client, patient: Patient, other_patient: Patient):
    make_prescription(patient=patient, now=a_moment("2026-11-10 08:00"))
    make_prescription(patient=patient, stage_number=2, now=a_moment("2026-11-10 09:00"))
    make_prescription(patient=patient, now=a_moment("2026-11-10 10:00"))
    # Eight days ago, too long; then three sessions, each with two sets and several ratings.
    make_finished_session(patient=patient, now=a_moment("2026-11-18 08:00"), pain_worst=10)
    make_finished_session(patient=patient, now=a_moment("2026-11-19 08:00"), pain_worst=4)
    make_finished_session(patient=patient, now=a_moment("2026-11-19 18:00"), pain_worst=6)
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_worst=None)

    response = physio_client.get(LIST)

    rows = list_rows(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert rows["Anna Knee"]["stages"] == "Stage 1: Seated squeeze; Stage 2: Lying lift"
    assert (rows["Anna Knee"]["recent_sessions"], rows["Anna Knee"]["recent_pain"]) == ("3", "6")
    assert rows["Anna Knee"]["last_session"] == "24 Nov 2026"
    assert (rows["Otto Elsewhere"]["stages"], rows["Otto Elsewhere"]["recent_sessions"]) == ("–", "0")
    assert (rows["Otto Elsewhere"]["last_session"], rows["Otto Elsewhere"]["recent_pain"]) == ("-", "-")


@pytest.mark.parametrize(("pain", "shown"), [(0, "0"), (None, "-")])
def test_list_tells_no_pain_from_no_answer(physio_client: Client, patient: Patient, pain: int | None, shown: str):
    make_finished_session(patient=patient, now=NOW, pain_before=pain, pain_worst=pain)

    response = physio_client.get(LIST)

    assert PainRating.objects.count() == 2
    assert list_rows(response)["Anna Knee"]["recent_pain"] == shown


def test_list_filters_ones_own_patients(physio_client: Client, patient: Patient):
    make_patient(name="Carl Colleague", lead_physiotherapist=make_physiotherapist())

    everybody, mine = physio_client.get(LIST), physio_client.get(LIST, {"lead": "me"})

    assert list(list_rows(everybody)) == ["Anna Knee", "Carl Colleague"]
    assert list(list_rows(mine)) == ["Anna Knee"]


def test_list_counts_pain_as_corrected(physio_client: Client, physiotherapist: User, patient: Patient):
    session = make_finished_session(patient=patient, now=NOW, pain_before=2, pain_worst=9)
    rating = session.pain_ratings.get(moment="worst")
    for value, at in ((3, NOW), (4, later(NOW, minutes=1))):
        change = services.Change(f"pain-{rating.pk}", value=value)
        services.correct(session=session, changes=[change], by=physiotherapist, now=at)

    assert list_rows(physio_client.get(LIST))["Anna Knee"]["recent_pain"] == "4"


def test_list_sorts_and_searches(physio_client: Client, patient: Patient, other_patient: Patient):
    make_finished_session(patient=other_patient, now=NOW)

    sorted_by_sessions, searched = physio_client.get(LIST, {"o": "-4"}), physio_client.get(LIST, {"q": "otto"})

    assert list(list_rows(sorted_by_sessions)) == ["Otto Elsewhere", "Anna Knee"]
    assert list(list_rows(searched)) == ["Otto Elsewhere"]
    assert list_rows(searched)["Otto Elsewhere"]["recent_sessions"] == "1"


@pytest.mark.parametrize("lookup", ["user__password__startswith", "lead_physiotherapist__password__regex"])
def test_list_cannot_be_asked_for_passwords(physio_client: Client, patient: Patient, lookup: str):
    response = physio_client.get(LIST, {lookup: "."})

    assert response.status_code == 400
    assert b"Anna" not in response.content


@pytest.mark.parametrize("history", [1, 50])
@pytest.mark.parametrize("patients", [1, 8])
def test_list_queries(
    physio_client: Client, physiotherapist: User, history: int, patients: int, django_assert_num_queries
):
    for _count in range(patients):
        patient = make_patient(lead_physiotherapist=physiotherapist)
        prescription = make_prescription(patient=patient, now=NOW, by=physiotherapist)
        make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)

    with django_assert_num_queries(8):
        response = physio_client.get(LIST)

    assert len(soup(response).select("#result_list tbody tr")) == patients


# --- one patient ---------------------------------------------------------------------------------------------------
def test_patient_page_tells_the_story(physio_client: Client, patient: Patient, other_patient: Patient):
    make_prescription(patient=patient, now=a_moment("2026-11-20 08:00"), reps_target=12, hold_target_seconds=4)
    make_finished_session(patient=patient, now=a_moment("2026-11-24 08:00"), pain_before=0, pain_worst=None, reps=5)
    flagged = make_session(patient=patient, now=NOW)
    services.answer_safety(session=flagged, is_safe=False, now=NOW)
    foreign = make_session(patient=other_patient, now=NOW)
    services.stop_session(session=foreign, reason="other", note="Otto only", now=NOW)

    response = physio_client.get(change_url(patient))

    tables = [
        [[words(cell) for cell in row.select("th, td")] for row in table.select("tbody tr")]
        for table in soup(response).select(
            "[aria-labelledby=prescriptions-title] table, [aria-labelledby=sessions-title] table"
        )
    ]
    assert (response.status_code, title_of(response), faults(response)) == (200, "Anna Knee", [])
    assert texts_at(response, "[aria-labelledby=flags-title] li") == ["Answered yes on 25 November 2026, 08:00 open"]
    assert tables[0][0][:3] == ["Stage 1: Seated squeeze", "right", "12 × 4 s, 2 a day"]
    assert [row[0] for row in tables[1]] == ["25 Nov 2026, morning", "24 Nov 2026, morning"]
    assert tables[1][0][1:] == ["Stage 1: Seated squeeze (right): 0 of 12", "–", "–", "a warning sign"]
    assert tables[1][1][1:4] == [
        "Stage 1: Seated squeeze (right): 5 of 12",
        "yes",
        "worst during, right: skipped before, right: 0",
    ]
    assert b"Otto" not in response.content


def test_patient_page_without_anything_yet(physio_client: Client, patient: Patient):
    response = physio_client.get(change_url(patient))

    assert faults(response) == []
    assert "Nothing is prescribed yet." in text_at(response, "#content")
    assert "No session yet." in text_at(response, "#content")


@pytest.mark.parametrize("history", [1, 50])
def test_patient_page_queries(physio_client: Client, patient: Patient, history: int, django_assert_num_queries):
    prescription = make_prescription(patient=patient, now=a_moment("2026-10-20 08:00"))
    for _count in range(3):
        make_prescription(patient=patient, now=a_moment("2026-10-20 08:00"))
    make_history(patient=patient, prescription=prescription, until=NOW, sessions=history)

    with django_assert_num_queries(46):
        physio_client.get(change_url(patient))


def test_patient_page_writes_one_line_to_the_access_log(physio_client: Client, patient: Patient):
    before = all_rows(without=(AccessLog,))

    physio_client.get(change_url(patient))

    assert looks() == [("petra.physio@example.org", patient.pk, "patient")]
    assert all_rows(without=(AccessLog,)) == before


def test_patient_page_with_errors_is_a_look_too(physio_client: Client, patient: Patient):
    response = physio_client.post(change_url(patient), values(name=""))

    assert response.status_code == 200
    assert looks() == [("petra.physio@example.org", patient.pk, "patient")]


@pytest.mark.parametrize("key", [str(UUID(int=7)), "x", "0", "-1", str(2**63)])
def test_patient_page_of_nobody_leads_back_and_logs_nothing(physio_client: Client, patient: Patient, key: str):
    response = physio_client.get(f"/admin/accounts/patient/{key}/change/")

    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert looks() == []


def test_patient_page_keeps_patients_out(patient_client: Client, patient: Patient):
    before = all_rows()

    own = patient_client.get(change_url(patient), follow=True)
    posted = patient_client.post(change_url(patient), values())

    assert (own.status_code, posted.status_code) == (403, 302)
    assert all_rows() == before


def test_list_does_not_run_out_of_the_recent_days(physiotherapist: User, patient: Patient, clock):
    make_finished_session(patient=patient, now=NOW, pain_worst=5)
    clock.move_to(later(NOW, days=7), tick=False)

    response = client_of(physiotherapist).get(LIST)

    row = list_rows(response)["Anna Knee"]
    assert (row["recent_sessions"], row["recent_pain"], row["last_session"]) == ("0", "-", "25 Nov 2026")
