"""Factors of one account are set up, renewed and taken away; those of a colleague stay as they are."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Factor
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

from kneecoach.accounts.models import User
from kneecoach.accounts.services import factors
from tests.authenticator import Authenticator
from tests.factories import make_physiotherapist
from tests.factors import TOTP_SECRET, make_app, make_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(physiotherapist: User) -> User:
    """Return somebody who has a factor of each kind. Theirs came first: a look-up that asks nobody's name finds them."""
    user = make_physiotherapist(email="colleague@example.org")
    make_app(user=user)
    make_passkey(user=user)
    RecoveryCodes.activate(user)
    return user


def kinds_of(user: User) -> list[str]:
    """Return which factors somebody has."""
    return sorted(factor.type for factor in factors.factors_of(user))


def rows_of(user: User) -> list[Any]:
    """Return all that is stored of somebody's factors."""
    return list(Factor.objects.filter(user=user).order_by("pk").values_list())


CHANGES: dict[str, Callable[[User], object]] = {
    "app": lambda user: factors.set_up_app(user, secret=TOTP_SECRET),
    "passkey": lambda user: factors.add_passkey(user, credential=Authenticator().create(), name="Key"),
    "codes": factors.renew_recovery_codes,
    "removed": lambda user: factors.remove_factor(make_app(user=user)),
    "reset": factors.reset_factors,
}


@pytest.mark.parametrize("change", CHANGES)
def test_factors_of_a_colleague_stay(physiotherapist: User, colleague: User, change: str):
    before = rows_of(colleague)

    CHANGES[change](physiotherapist)

    assert rows_of(colleague) == before


@pytest.mark.parametrize("change", ["app", "passkey"])
def test_codes_come_with_the_first_factor_whoever_else_has_some(physiotherapist: User, colleague: User, change: str):
    assert CHANGES[change](physiotherapist) is True
    assert "recovery_codes" in kinds_of(physiotherapist)

    # Another one leaves the codes as they are.
    codes = Factor.objects.get(user=physiotherapist, type="recovery_codes").data
    assert CHANGES["app"](physiotherapist) is False
    assert Factor.objects.get(user=physiotherapist, type="recovery_codes").data == codes


def test_last_factor_takes_the_codes_along_whoever_else_has_some(physiotherapist: User, colleague: User):
    factors.set_up_app(physiotherapist, secret=TOTP_SECRET)
    passkey = make_passkey(user=physiotherapist)

    assert factors.remove_factor(Factor.objects.get(user=physiotherapist, type="totp")) is True
    assert kinds_of(physiotherapist) == ["recovery_codes", "webauthn"]
    assert factors.remove_factor(passkey) is False
    assert kinds_of(physiotherapist) == []


def test_reset_tells_how_many_of_ones_own_were_taken_away(physiotherapist: User, colleague: User):
    factors.set_up_app(physiotherapist, secret=TOTP_SECRET)

    assert factors.reset_factors(physiotherapist) == 2
    assert (kinds_of(physiotherapist), len(kinds_of(colleague))) == ([], 3)
