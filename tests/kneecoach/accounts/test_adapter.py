"""Sign-up is closed."""

import pytest
from django.db import IntegrityError, transaction

from kneecoach.accounts.models import User

pytestmark = pytest.mark.django_db

SIGN_UP = "/account/signup/"
ACCOUNT = {
    "email": "stranger@example.org",
    "password1": "a long password for tests",
    "password2": "a long password for tests",
}


def test_sign_up_page_says_that_the_clinic_makes_accounts(client):
    response = client.get(SIGN_UP)

    assert response.status_code == 200
    assert response.content.decode().count("Your clinic makes your account") == 1
    assert response.content.decode().count("<form") == 0


def test_sign_up_post_creates_nobody(client, patient):
    before = set(User.objects.values_list("pk", flat=True))

    response = client.post(SIGN_UP, ACCOUNT)

    assert response.status_code == 200
    assert set(User.objects.values_list("pk", flat=True)) == before
    assert "_auth_user_id" not in client.session


def test_sign_up_would_get_as_far_as_the_database_if_it_were_open(client, monkeypatch):
    monkeypatch.setattr("kneecoach.accounts.adapter.AccountAdapter.is_open_for_signup", lambda self, request: True)

    with pytest.raises(IntegrityError, match="an_account_has_one_address"), transaction.atomic():
        client.post(SIGN_UP, ACCOUNT)

    assert User.objects.count() == 0


@pytest.mark.parametrize("path", ["/account/login/code/", "/account/password/reset/"])
def test_login_code_and_reset_of_a_stranger_create_nobody(client, mailoutbox, path):
    response = client.post(path, {"email": "stranger@example.org"})

    assert response.status_code == 302
    assert (User.objects.count(), mailoutbox) == (0, [])
