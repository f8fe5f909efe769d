"""Where somebody is logged in: listed in plain words, ended one by one or all, and ended by what ends log-ins."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from kneecoach.accounts.models import Device, User
from tests.factories import PASSWORD, make_manager, make_physiotherapist
from tests.fixtures import client_of, prove
from tests.pages import texts_at

pytestmark = pytest.mark.django_db
DEVICES, OTHERS = "/account/devices/", "/account/devices/end-others/"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.1 Safari/604"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def owner(patient) -> User:
    """Return the patient's account, with a password."""
    patient.user.set_password(PASSWORD)
    patient.user.save()
    return patient.user


def logged_in(user: User, agent: str = FIREFOX) -> Client:
    """Return a browser that has logged in by the form just now."""
    client = Client(headers={"User-Agent": agent})
    response = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert response["Location"] == "/"
    return client


def is_in(client: Client) -> bool:
    """Tell whether a browser still gets at Today."""
    return client.get("/").status_code == 200


def ids_of(user: User) -> list[int]:
    """Return the devices of an account in the order of their log-ins."""
    return list(Device.objects.filter(user=user).order_by("pk").values_list("pk", flat=True))


def test_list_names_each_device_and_marks_this_one(owner, other_patient):
    client_of(other_patient.user)
    logged_in(owner, IPHONE)
    here = logged_in(owner)

    page = here.get(DEVICES)

    assert texts_at(page, ".devices strong") == ["Firefox on Linux", "Safari on iPhone"]
    assert texts_at(page, ".devices .tag") == ["this one"]
    assert [text.partition(",")[0] for text in texts_at(page, ".devices .row-note")] == ["Seen today"] * 2


def test_one_is_ended_and_the_others_stay(owner):
    here, lost, other = (logged_in(owner) for _browser in range(3))
    lost_id = ids_of(owner)[1]

    here.post(f"{DEVICES}{lost_id}/end/")

    assert [is_in(client) for client in (here, lost, other)] == [True, False, True]
    assert lost_id not in ids_of(owner)


def test_all_others_are_ended_and_nobody_elses(owner, other_patient):
    here, lost, other = (logged_in(owner) for _browser in range(3))
    foreign = client_of(other_patient.user)

    here.post(OTHERS)

    assert [is_in(client) for client in (here, lost, other, foreign)] == [True, False, False, True]
    assert len(ids_of(owner)) == 1


def test_logging_in_clears_away_ones_own_ended_log_ins_only(owner, other_patient):
    client_of(other_patient.user)
    logged_in(owner)
    Session.objects.all().delete()

    logged_in(owner)

    assert [len(ids_of(user)) for user in (owner, other_patient.user)] == [1, 1]


def test_ending_this_one_is_logging_out(owner):
    here = logged_in(owner)

    assert here.post(f"{DEVICES}{ids_of(owner)[0]}/end/")["Location"] == "/account/login/"
    assert not is_in(here)


def test_foreign_device_is_as_one_that_is_not_there(owner, other_patient):
    here, foreign = logged_in(owner), client_of(other_patient.user)

    answers = [here.post(f"{DEVICES}{pk}/end/").status_code for pk in (ids_of(other_patient.user)[0], 0)]

    assert answers == [404, 404]
    assert is_in(foreign)


def test_nothing_is_ended_before_it_is_proved_who_asks(owner):
    here, other = client_of(owner), client_of(owner)

    responses = [here.post(OTHERS), here.post(f"{DEVICES}{ids_of(owner)[1]}/end/")]

    assert [response["Location"].partition("?")[0] for response in responses] == ["/account/reauthenticate/"] * 2
    assert is_in(other)


@pytest.mark.parametrize("way", ["change", "reset"])
def test_new_password_ends_all_others_and_keeps_this_one(owner, way, mailoutbox):
    here, other = logged_in(owner), logged_in(owner)
    new = {"password1": "quite another long password", "password2": "quite another long password"}
    if way == "change":
        here.post("/account/password/change/", {"oldpassword": PASSWORD, **new})
    else:
        here = Client()
        here.post("/account/password/reset/", {"email": owner.email})
        link = re.search(r"/account/password/reset/key/\S+", mailoutbox[-1].body)
        assert link
        here.post(here.get(link.group())["Location"], new)

    assert not is_in(other)
    assert is_in(here) is (way == "change")
    assert len(ids_of(owner)) == (1 if way == "change" else 0)
    assert way == "reset" or texts_at(here.get(DEVICES), ".devices .tag") == ["this one"]


def test_proving_it_once_more_keeps_the_device(owner):
    here = client_of(owner)
    before = ids_of(owner)

    here.post("/account/reauthenticate/", {"way": "password", "password": PASSWORD})

    assert ids_of(owner) == before
    assert Device.objects.get(pk=before[0]).session_key == here.session.session_key


def test_logged_out_and_run_out_are_not_listed_and_go_with_the_next_log_in(owner, time_machine):
    now = timezone.now()
    logged_in(owner)
    time_machine.move_to(now + timedelta(days=31))
    out = logged_in(owner)
    out.post("/account/logout/")
    here = logged_in(owner)

    assert texts_at(here.get(DEVICES), ".devices strong") == ["Firefox on Linux"]
    assert len(ids_of(owner)) == 1


# --- by the clinic ---------------------------------------------------------------------------------------------------
def act(by: User, account: User, action: str) -> None:
    """Do what is done from the list of accounts."""
    client_of(by).post("/admin/accounts/user/", {"action": action, "_selected_action": str(account.pk)})


@pytest.mark.parametrize(("action", "said"), [("end_log_ins", "Ended all log-ins."), ("reset_second_factor", None)])
def test_manager_ends_the_log_ins_of_a_colleague(action, said):
    colleague, manager = make_physiotherapist(), make_manager()
    browser = client_of(colleague)

    act(manager, colleague, action)

    assert browser.get("/admin/").status_code == 302
    assert ids_of(colleague) == []
    assert LogEntry.objects.get().change_message == (said or "Reset the second factor.")


def test_technical_person_ends_those_of_a_patient(owner):
    browser = client_of(owner)

    act(User.objects.create_superuser("host@example.org", name="Hal Host"), owner, "end_log_ins")

    assert not is_in(browser)


def test_manager_ends_no_log_in_of_a_patient_or_the_technical_person(owner):
    host = User.objects.create_superuser("host@example.org", name="Hal Host")
    browsers = [client_of(owner), client_of(host)]

    for account in (owner, host):
        act(make_manager(), account, "end_log_ins")

    assert is_in(browsers[0])
    assert browsers[1].get("/admin/").status_code == 200


def test_account_that_is_closed_loses_its_log_ins_for_good():
    colleague, manager = make_physiotherapist(), make_manager()
    browser, desk = client_of(colleague), client_of(manager)
    path = f"/admin/accounts/user/{colleague.pk}/change/"

    desk.post(path, {"name": colleague.name})
    assert browser.get("/admin/").status_code == 302
    desk.post(path, {"name": colleague.name, "is_active": "on"})

    assert User.objects.get(pk=colleague.pk).is_active
    assert browser.get("/admin/").status_code == 302


def test_account_that_is_closed_elsewhere_is_out_at_the_next_request(owner):
    browser = client_of(owner)

    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert browser.get("/")["Location"] == "/account/login/?next=/"


def test_reset_by_command_ends_the_log_ins(capsys):
    colleague = make_physiotherapist(email="petra@example.org")
    browser = client_of(colleague)

    call_command("reset_second_factor", "petra@example.org")

    assert browser.get("/admin/").status_code == 302


def test_session_from_before_devices_were_kept_becomes_one(owner):
    browser = client_of(owner)
    session = browser.session
    for key in ("log_in_began", "log_in_seen", "device"):
        del session[key]
    session.save()
    Device.objects.all().delete()

    assert is_in(browser)
    prove(browser, owner)
    assert len(texts_at(browser.get(DEVICES), ".devices li")) == 1
