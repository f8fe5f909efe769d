"""The one address of an account."""

import pytest

from kneecoach.accounts.models import User
from kneecoach.accounts.services import AddressTaken, change_address
from tests.factories import a_moment, make_patient
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

OLD, NEW = "anna@example.org", "anna.new@example.org"
NOW = a_moment("2026-11-25 08:00")


@pytest.fixture
def anna() -> User:
    """Return an account with an address."""
    user = make_patient(email=OLD).user
    assert user
    return user


def test_new_address_takes_the_place_of_the_one_before(anna: User):
    changed = change_address(anna, email=NEW, now=NOW)

    assert (changed.email, User.objects.get(pk=anna.pk).email) == (NEW, NEW)


def test_twice_is_once(anna: User, mailoutbox: list[object], django_capture_on_commit_callbacks):
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            change_address(anna, email=NEW, now=NOW)

    # One to each of the two addresses.
    assert len(mailoutbox) == 2


@pytest.mark.parametrize("taken", [NEW, NEW.upper()])
def test_address_of_somebody_else_is_refused_and_nothing_written(anna: User, taken: str):
    make_patient(email=NEW)
    before = all_rows()

    with pytest.raises(AddressTaken):
        change_address(anna, email=taken, now=NOW)

    assert all_rows() == before
