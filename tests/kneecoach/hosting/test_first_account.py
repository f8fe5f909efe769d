"""The first account: by a link that works once, and no password that anybody else has ever known."""

import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from kneecoach.accounts.models import ClinicSettings, User

ARGUMENTS = ("--name=Knee clinic", "--email=Host@Clinic.example")
PASSWORD = "correct horse battery staple"
pytestmark = pytest.mark.django_db


def link_from(capsys) -> str:
    """Return the path of the link that was printed."""
    said = capsys.readouterr().out
    (link,) = re.findall(rf"^  {re.escape(settings.SITE_URL)}(/\S+)$", said, flags=re.MULTILINE)
    return link


def choose_password(link: str, password: str = PASSWORD):
    """Open the link as a browser does, choose a password, return the last answer."""
    browser = Client()
    page = browser.get(link, follow=True)
    address = page.request["PATH_INFO"]
    return browser.post(address, {"password1": password, "password2": password}, follow=True)


def test_create_clinic_names_the_clinic_and_opens_one_account_without_a_password(capsys):
    call_command("create_clinic", *ARGUMENTS)

    user = User.objects.get()
    assert (user.email, user.is_superuser, user.is_staff) == ("host@clinic.example", True, True)
    assert not user.has_usable_password()
    assert ClinicSettings.load().name == "Knee clinic"
    assert link_from(capsys).startswith("/account/password/reset/key/")


def test_link_sets_the_password_once(capsys):
    call_command("create_clinic", *ARGUMENTS)
    link = link_from(capsys)

    choose_password(link)
    again = Client().get(link, follow=True)
    choose_password(link, "another long password of mine")

    assert User.objects.get().check_password(PASSWORD)
    assert "This link no longer works" in again.content.decode()


def test_link_expires(capsys, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    call_command("create_clinic", *ARGUMENTS)
    link = link_from(capsys)
    time_machine.shift(settings.PASSWORD_RESET_TIMEOUT + 1)

    page = Client().get(link, follow=True)

    assert "This link no longer works" in page.content.decode()
    assert settings.PASSWORD_RESET_TIMEOUT == 24 * 60 * 60


def test_second_run_changes_nothing_and_says_how_to_get_another_link(capsys):
    call_command("create_clinic", *ARGUMENTS)
    before = list(User.objects.values())
    link_from(capsys)

    with pytest.raises(CommandError, match="--new-link"):
        call_command("create_clinic", "--name=Other", "--email=other@clinic.example")

    assert (list(User.objects.values()), ClinicSettings.load().name) == (before, "Knee clinic")
    call_command("create_clinic", "--new-link", "--email=host@clinic.example")
    choose_password(link_from(capsys))
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--name=Knee clinic", "--email=nobody"), "is not an e-mail address"),
        (("--name= ", "--email=host@clinic.example"), "needs a name"),
        (("--new-link", "--email=host@clinic.example"), "no technical account"),
        ((), "give --name and --email"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(arguments, told, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(CommandError, match=told):
        call_command("create_clinic", *arguments)

    assert not User.objects.exists()
