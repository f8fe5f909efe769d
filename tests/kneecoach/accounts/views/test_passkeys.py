"""One's own passkeys: adding, naming, removing; never those of somebody else."""

import json

import pytest
from allauth.mfa.models import Authenticator as Factor
from fido2.utils import websafe_encode

from kneecoach.accounts.models import User
from tests.authenticator import Authenticator
from tests.factors import make_passkey
from tests.fixtures import client_of, prove

pytestmark = pytest.mark.django_db
ADD, DEVICES = "/account/passkeys/add/", "/account/devices/"


@pytest.fixture
def proven(patient_client, patient):
    """Return the patient's browser, who has just proved who they are."""
    prove(patient_client, patient.user)
    return patient_client


def add(client, device: Authenticator, name: str):
    """Add a passkey as the script of the page does."""
    client.get(ADD)
    challenge = client.session["mfa.webauthn.state"]["challenge"]
    return client.post(ADD, {"name": name, "credential": json.dumps(device.create(challenge))})


def names_of(user) -> list[str]:
    """Return the names of somebody's passkeys."""
    return [str(row) for row in Factor.objects.filter(user=user, type="webauthn").order_by("pk")]


def test_patient_adds_a_passkey_and_gets_no_recovery_codes(proven, patient):
    response = add(proven, Authenticator(), "Kitchen tablet")

    assert response["Location"] == DEVICES
    assert names_of(patient.user) == ["Kitchen tablet"]
    assert Factor.objects.filter(user=patient.user).count() == 1
    assert proven.get(DEVICES).content.decode().count("Kitchen tablet") > 0


def test_staff_add_a_passkey_and_get_recovery_codes_once(physiotherapist):
    client = client_of(physiotherapist)
    prove(client, physiotherapist, "mfa")
    first, second = (add(client, Authenticator(), name) for name in ("Desk", "Key ring"))

    assert (first["Location"], second["Location"]) == ("/account/second-factor/codes/", DEVICES)
    assert names_of(physiotherapist) == ["Desk", "Key ring"]
    assert Factor.objects.filter(user=physiotherapist).count() == 3


def test_passkey_that_asks_nobody_is_not_taken(proven, patient):
    assert add(proven, Authenticator(verifies=False), "Phone").status_code == 422
    assert names_of(patient.user) == []


@pytest.mark.parametrize("credential", ["", "{}", "[]", '{"id": 1}', "not json"])
def test_nonsense_is_not_taken(proven, patient, credential):
    proven.get(ADD)

    assert proven.post(ADD, {"name": "Phone", "credential": credential}).status_code == 422
    assert names_of(patient.user) == []


def test_answer_to_an_old_challenge_is_not_taken(proven, patient):
    proven.get(ADD)
    credential = json.dumps(Authenticator().create(websafe_encode(b"another challenge")))

    assert proven.post(ADD, {"name": "Phone", "credential": credential}).status_code == 422
    assert names_of(patient.user) == []


def test_rename_and_remove_one_of_ones_own(proven, patient):
    kept, gone = make_passkey(user=patient.user, name="Kept"), make_passkey(user=patient.user, name="Gone")

    proven.post(f"/account/passkeys/{kept.pk}/rename/", {"name": "<b>Blue</b> phone"})
    proven.post(f"/account/passkeys/{kept.pk}/rename/", {"name": ""})
    proven.post(f"/account/passkeys/{gone.pk}/remove/")

    assert names_of(patient.user) == ["<b>Blue</b> phone"]
    assert "<b>Blue</b>" not in proven.get(DEVICES).content.decode()


@pytest.mark.parametrize("what", ["rename", "remove"])
def test_passkey_of_somebody_else_is_as_one_that_is_not_there(proven, other_patient, what):
    foreign = make_passkey(user=other_patient.user, name="Foreign")

    answers = [proven.post(f"/account/passkeys/{pk}/{what}/", {"name": "Mine"}) for pk in (foreign.pk, 0)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert names_of(other_patient.user) == ["Foreign"]


def test_only_way_in_is_not_taken_away(proven, patient):
    User.objects.filter(pk=patient.user.pk).update(email=None)
    only = make_passkey(user=patient.user)

    proven.post(f"/account/passkeys/{only.pk}/remove/")
    assert names_of(patient.user) == ["Phone"]
    make_passkey(user=patient.user, name="Tablet")
    proven.post(f"/account/passkeys/{only.pk}/remove/")

    assert names_of(patient.user) == ["Tablet"]
