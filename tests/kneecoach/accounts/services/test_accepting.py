"""Accepting: the account opens with one way in, and what was agreed to is on record."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import ProgrammingError, transaction

from kneecoach.accounts.models import Consent, Device, Invitation, Patient, User
from kneecoach.accounts.services import AddressTaken, Agreement, InvitationClosed, WayIn, accept, revoke
from tests.factories import a_moment, later, make_invitation, make_patient, make_physiotherapist, make_user
from tests.fixtures import client_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
AGREEMENT = Agreement(version=1, at=a_moment("2026-11-25 07:59"))
EMAIL = "nora.new@example.org"
CODES = WayIn(email=EMAIL)
PASSKEY = WayIn(passkey={"id": "x"}, passkey_name="Passkey", user_id=987_654)


@pytest.fixture
def newcomer() -> Patient:
    return make_patient(name="Nora New", has_account=False)


@pytest.fixture
def invitation(newcomer: Patient) -> Invitation:
    return make_invitation(patient=newcomer, now=NOW)[0]


def accepted(invitation: Invitation, way_in: WayIn = CODES, **changes: Any) -> User:
    """Accept an invitation."""
    told: dict[str, Any] = {"agreement": AGREEMENT, "now": NOW} | changes
    return accept(invitation_id=invitation.pk, way_in=way_in, **told)


def test_accept_opens_the_account(newcomer: Patient, invitation: Invitation):
    user = accepted(invitation)

    newcomer.refresh_from_db()
    invitation.refresh_from_db()
    assert (newcomer.user, invitation.accepted_at) == (user, NOW)
    assert (user.email, user.name, user.is_active, user.has_usable_password()) == (EMAIL, "Nora New", True, False)
    assert (user.is_staff, user.is_superuser, user.groups.count()) == (False, False, 0)


def test_accept_writes_the_agreement_down(newcomer: Patient, invitation: Invitation):
    accepted(invitation, agreement=Agreement(version=3, at=AGREEMENT.at, guardian_name="Paula Parent"))

    consent = Consent.objects.get()
    assert (consent.patient, consent.invitation, consent.version) == (newcomer, invitation, 3)
    assert (consent.agreed_at, consent.guardian_name) == (AGREEMENT.at, "Paula Parent")


def test_consent_is_never_changed_or_removed(invitation: Invitation):
    accepted(invitation)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Consent.objects.update(version=2)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Consent.objects.all().delete()


def test_accept_with_a_password(invitation: Invitation):
    user = accepted(invitation, WayIn(email=EMAIL, password=make_password("a long password")))

    user.refresh_from_db()
    assert user.check_password("a long password")


def test_accept_with_a_passkey_needs_no_address_and_takes_the_id_it_was_made_for(invitation: Invitation):
    user = accepted(invitation, PASSKEY)

    passkey = Authenticator.objects.get()
    assert (user.pk, user.email, user.has_usable_password()) == (987_654, None, False)
    assert (passkey.user, passkey.type, passkey.data) == (
        user,
        "webauthn",
        {"name": "Passkey", "credential": {"id": "x"}},
    )


@pytest.mark.parametrize("how", ["accepted", "revoked", "expired", "missing"])
def test_accept_of_what_is_not_open_is_refused_and_writes_nothing(invitation: Invitation, how: str):
    now = NOW
    if how == "accepted":
        accepted(invitation)
    elif how == "revoked":
        revoke(invitation=invitation, by=make_physiotherapist(), now=NOW)
    elif how == "expired":
        now = invitation.expires_at
    else:
        Invitation.objects.all().delete()
    before = all_rows()

    with pytest.raises(InvitationClosed):
        accepted(invitation, now=now)

    assert all_rows() == before


def test_accept_with_an_address_that_is_taken_is_refused_and_writes_nothing(invitation: Invitation):
    make_user(email=EMAIL)
    before = all_rows()

    with pytest.raises(AddressTaken):
        accepted(invitation)

    assert all_rows() == before


def test_accept_again_after_a_new_invitation_keeps_the_account_and_replaces_the_ways_in(
    newcomer: Patient, invitation: Invitation
):
    user = accepted(invitation, PASSKEY)
    again, _token = make_invitation(patient=newcomer, now=later(NOW, days=1))

    same = accepted(again, WayIn(email="nora.second@example.org"), now=later(NOW, days=1))

    assert (same.pk, same.email, Authenticator.objects.count()) == (user.pk, "nora.second@example.org", 0)
    assert (User.objects.filter(name="Nora New").count(), Consent.objects.count()) == (1, 2)


def test_accept_again_ends_the_log_ins_of_the_lost_phone_and_of_nobody_else(newcomer: Patient, invitation: Invitation):
    lost, other = client_of(accepted(invitation)), client_of(make_patient(name="Olga Other").user)
    again, _token = make_invitation(patient=newcomer, now=NOW)

    accepted(again, PASSKEY)

    assert [client.get("/").status_code for client in (lost, other)] == [302, 200]
    assert list(Device.objects.values_list("user__name", flat=True)) == ["Olga Other"]


def test_accept_leaves_the_ways_in_of_somebody_else(invitation: Invitation):
    other_invitation, _token = make_invitation(patient=make_patient(name="Olga Other", has_account=False), now=NOW)
    theirs = accepted(other_invitation, PASSKEY)

    accepted(invitation)

    assert [row.user for row in Authenticator.objects.all()] == [theirs]


def test_accept_again_without_an_address_keeps_the_one_that_is_known(newcomer: Patient, invitation: Invitation):
    accepted(invitation, WayIn(email=EMAIL, password=make_password("a long password")))
    again, _token = make_invitation(patient=newcomer, now=NOW, way="sheet")

    user = accepted(again, PASSKEY)

    user.refresh_from_db()
    assert (user.email, user.has_usable_password(), Authenticator.objects.count()) == (EMAIL, False, 1)


def test_accept_of_a_closed_account_is_refused(newcomer: Patient, invitation: Invitation):
    user = accepted(invitation)
    User.objects.filter(pk=user.pk).update(is_active=False)
    again, _token = make_invitation(patient=newcomer, now=NOW)

    with pytest.raises(InvitationClosed):
        accepted(again)
