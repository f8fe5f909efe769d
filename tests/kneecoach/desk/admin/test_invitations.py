"""Inviting at the desk: by mail, on a sheet that is shown once, the list, taking back."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from kneecoach.accounts.models import AccessLog, ClinicSettings, Invitation, Patient, User
from kneecoach.accounts.services import Agreement, WayIn, accept, hash_of, revoke
from tests.factories import later, make_invitation, make_patient, make_user
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

PANEL = "[aria-labelledby=invitation-title]"
EMAIL = "nora.new@example.org"
QUERIES = 8
# Test clients ask under another name.
SITE = settings.SITE_URL


@pytest.fixture
def newcomer(physiotherapist: User) -> Patient:
    return make_patient(name="Nora New", has_account=False, lead_physiotherapist=physiotherapist)


def page_of(patient: Patient) -> str:
    """Return the patient's page."""
    return f"/admin/accounts/patient/{patient.pk}/change/"


def mail_of(patient: Patient) -> str:
    """Return where a patient is invited by mail."""
    return f"/admin/accounts/patient/{patient.pk}/invitation/"


def sheet_of(patient: Patient) -> str:
    """Return where a sheet is made."""
    return f"{mail_of(patient)}sheet/"


def revoke_of(patient: Patient, invitation: Invitation) -> str:
    """Return where an invitation is taken back."""
    return f"{mail_of(patient)}{invitation.pk}/revoke/"


def looks() -> list[tuple[object, ...]]:
    """Return the access log."""
    return list(AccessLog.objects.order_by("pk").values_list("actor__email", "patient_id", "view"))


# --- the panel -----------------------------------------------------------------------------------------------------
def test_panel_of_a_patient_without_anything_yet(physio_client: Client, newcomer: Patient):
    response = physio_client.get(page_of(newcomer))

    assert faults(response) == []
    assert "Has no log-in yet." in text_at(response, PANEL)
    assert texts_at(response, f"{PANEL} button") == ["Send by mail", "Print a sheet with a QR code"]


def test_panel_lists_what_became_of_each(physio_client: Client, newcomer: Patient, physiotherapist: User):
    make_invitation(patient=newcomer, by=physiotherapist, now=later(NOW, days=-30), way="sheet")
    second, _token = make_invitation(patient=newcomer, by=physiotherapist, now=later(NOW, days=-15))
    accept(
        invitation_id=second.pk,
        agreement=Agreement(1, later(NOW, days=-15), "Paula Parent"),
        way_in=WayIn(EMAIL),
        now=later(NOW, days=-14),
    )
    make_invitation(patient=newcomer, by=physiotherapist, now=NOW)

    response = physio_client.get(page_of(newcomer))

    assert texts_at(response, f"{PANEL} .desk-tag") == ["waits", "accepted", "revoked"]
    assert "Logs in with nora.new@example.org." in text_at(response, PANEL)
    assert "by Paula Parent as parent or guardian" in text_at(response, PANEL)
    assert texts_at(response, f"{PANEL} li button") == ["Revoke"]


def test_panel_says_that_one_has_expired(physio_client: Client, newcomer: Patient, physiotherapist: User):
    make_invitation(patient=newcomer, by=physiotherapist, now=later(NOW, days=-14))

    response = physio_client.get(page_of(newcomer))

    assert texts_at(response, f"{PANEL} .desk-tag") == ["expired"]
    assert texts_at(response, f"{PANEL} li button") == []


def test_panel_of_a_patient_with_an_account_proposes_their_address(physio_client: Client, patient: Patient):
    response = physio_client.get(page_of(patient))

    assert soup(response).select_one(f"{PANEL} [name=email]")["value"] == "anna.knee@example.org"
    assert "A new invitation leads to the same record." in text_at(response, PANEL)


def test_page_of_invitations_is_a_look_and_writes_nothing_else(
    physio_client: Client, newcomer: Patient, physiotherapist: User
):
    before = all_rows(without=(AccessLog,))

    response = physio_client.get(mail_of(newcomer))

    assert (response.status_code, title_of(response), faults(response)) == (200, "Invitation of Nora New", [])
    assert looks() == [(physiotherapist.email, newcomer.pk, "invitation")]
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("count", [1, 9])
def test_page_of_invitations_queries(
    physio_client: Client, newcomer: Patient, physiotherapist: User, count: int, django_assert_num_queries: Any
):
    for number in range(count):
        make_invitation(patient=newcomer, by=physiotherapist, now=later(NOW, hours=number - 20))

    with django_assert_num_queries(QUERIES):
        physio_client.get(mail_of(newcomer))


# --- by mail -------------------------------------------------------------------------------------------------------
def test_mail_invites_and_says_so(
    physio_client: Client, newcomer: Patient, physiotherapist: User, mailoutbox: list[Any]
):
    response = physio_client.post(mail_of(newcomer), {"invitation_id": str(uuid4()), "email": EMAIL}, follow=True)

    invitation = Invitation.objects.get()
    link = next(line for line in mailoutbox[0].body.splitlines() if line.startswith("http"))
    assert (invitation.patient, invitation.invited_by, invitation.email) == (newcomer, physiotherapist, EMAIL)
    assert text_at(response, ".messagelist .success") == f"The invitation is on its way to {EMAIL}."
    assert link == f"{SITE}/invitation/{link.split('/')[-2]}/"
    assert hash_of(link.split("/")[-2]) == invitation.token_hash


def test_mail_sent_twice_is_once(physio_client: Client, newcomer: Patient, mailoutbox: list[Any]):
    data = {"invitation_id": str(uuid4()), "email": EMAIL}

    for _count in range(2):
        physio_client.post(mail_of(newcomer), data)

    assert (Invitation.objects.count(), len(mailoutbox)) == (1, 1)


@pytest.mark.parametrize("email", ["", "x", "taken@example.org", "TAKEN@example.org"])
def test_mail_to_what_cannot_be_is_refused_and_kept(
    physio_client: Client, newcomer: Patient, email: str, mailoutbox: list[Any]
):
    make_user(email="taken@example.org")
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(mail_of(newcomer), {"invitation_id": str(uuid4()), "email": email})

    assert (response.status_code, faults(response), mailoutbox) == (422, [], [])
    assert soup(response).select_one(f"{PANEL} [name=email]").get("value", "") == email
    assert all_rows(without=(AccessLog,)) == before


def test_mail_that_no_server_takes_is_told(physio_client: Client, newcomer: Patient, settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(mail_of(newcomer), {"invitation_id": str(uuid4()), "email": EMAIL})

    assert (response.status_code, faults(response)) == (422, [])
    assert "The mail server did not take it" in text_at(response, PANEL)
    assert all_rows(without=(AccessLog,)) == before


# --- on a sheet ------------------------------------------------------------------------------------------------------
def test_sheet_shows_the_address_once_as_words_and_as_a_code(
    physio_client: Client, newcomer: Patient, physiotherapist: User
):
    ClinicSettings.objects.create(name="Knee House", phone="020 7946 0000")
    data = {"invitation_id": str(uuid4())}

    response = physio_client.post(sheet_of(newcomer), data)
    again = physio_client.post(sheet_of(newcomer), data, follow=True)

    invitation, address = Invitation.objects.get(), text_at(response, ".desk-address")
    assert (response.status_code, faults(response), invitation.way) == (200, [], "sheet")
    assert address.startswith(f"{SITE}/invitation/")
    assert hash_of(address.split("/")[-2]) == invitation.token_hash
    assert soup(response).select_one("svg.desk-qr")["aria-label"] == f"QR code of {address}"
    assert "Knee House · 020 7946 0000" in text_at(response, ".desk-sheet")
    assert "until 9 December 2026" in text_at(response, ".desk-sheet")
    assert address not in again.content.decode()
    assert "cannot be shown again" in text_at(again, ".messagelist .warning")
    assert (physiotherapist.email, newcomer.pk, "invitation sheet") in looks()


def test_sheet_says_nothing_about_health(physio_client: Client, newcomer: Patient):
    response = physio_client.post(sheet_of(newcomer), {"invitation_id": str(uuid4())})

    words = text_at(response, ".desk-sheet").lower()
    assert [word for word in ("pain", "exercise", "physio", "stage", "side", "left", "right") if word in words] == []


@pytest.mark.parametrize("data", [{}, {"invitation_id": "x"}])
def test_sheet_without_an_id_is_refused(physio_client: Client, newcomer: Patient, data: dict[str, str]):
    before = all_rows()

    assert physio_client.post(sheet_of(newcomer), data).status_code == 422
    assert all_rows() == before


# --- taking back -----------------------------------------------------------------------------------------------------
def test_revoke_ends_it(physio_client: Client, newcomer: Patient, physiotherapist: User):
    invitation, token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)

    response = physio_client.post(revoke_of(newcomer, invitation), follow=True)

    invitation.refresh_from_db()
    assert (invitation.revoked_at, invitation.revoked_by) == (NOW, physiotherapist)
    assert text_at(response, ".messagelist .success") == "The invitation no longer works."
    assert Client().get(f"/invitation/{token}/").status_code == 404


def test_revoke_of_what_was_accepted_says_so_and_changes_nothing(
    physio_client: Client, newcomer: Patient, physiotherapist: User
):
    invitation, _token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)
    accept(invitation_id=invitation.pk, agreement=Agreement(1, NOW), way_in=WayIn(EMAIL), now=NOW)
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(revoke_of(newcomer, invitation), follow=True)

    assert text_at(response, ".messagelist .warning") == "The invitation was accepted already."
    assert all_rows(without=(AccessLog,)) == before


# --- rows of others --------------------------------------------------------------------------------------------------
def test_ids_of_other_patients_are_not_there(
    physio_client: Client, newcomer: Patient, other_patient: Patient, physiotherapist: User, mailoutbox: list[Any]
):
    others, _token = make_invitation(patient=other_patient, by=physiotherapist, now=NOW)
    gone, _token = make_invitation(patient=newcomer, by=physiotherapist, now=NOW)
    revoke(invitation=gone, by=physiotherapist, now=NOW)
    before = all_rows()

    answers = [
        physio_client.post(revoke_of(newcomer, others)),
        physio_client.post(mail_of(newcomer), {"invitation_id": str(others.pk), "email": EMAIL}),
        physio_client.post(sheet_of(newcomer), {"invitation_id": str(others.pk)}),
        physio_client.get(f"/admin/accounts/patient/{uuid4()}/invitation/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (all_rows(), mailoutbox) == (before, [])
