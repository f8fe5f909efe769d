"""What is counted stands in the database under names that tell nothing."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from kneecoach.cache_keys import hashed
from tests.factories import PASSWORD, make_physiotherapist
from tests.factors import a_code

HASH = re.compile(r"[0-9a-f]{64}")
EMAIL = "petra.physio@example.org"


def names() -> list[str]:
    """Return under which names anything stands in the table of the cache."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM kneecoach_cache")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db
def test_log_in_with_two_factors_leaves_neither_address_nor_code():
    cache.clear()
    make_physiotherapist(email=EMAIL, password=PASSWORD)
    browser, code = Client(REMOTE_ADDR="203.0.113.77"), a_code()
    browser.post("/account/login/", {"login": EMAIL, "password": "not this one"})
    browser.post("/account/login/", {"login": EMAIL, "password": PASSWORD})
    browser.post("/account/password/reset/", {"email": EMAIL})
    browser.post("/account/second-factor/enter/", {"code": code})

    assert browser.get("/admin/").status_code == 200
    assert len(names()) >= 4
    assert [name for name in names() if not HASH.fullmatch(name)] == []


@pytest.mark.django_db
def test_what_is_kept_is_found_again_counted_on_and_deleted():
    name = "an address: anna@example.org " * 20
    first, second = cache.add(name, 1, timeout=60), cache.add(name, 2, timeout=60)
    kept, counted = cache.get(name), cache.incr(name)
    cache.delete(name)

    assert (first, second, kept, counted, cache.get(name)) == (True, False, 1, 2, None)


def test_name_depends_on_the_secret_key(settings: Any):
    before = hashed("203.0.113.77", "", 1)
    settings.SECRET_KEY = "another-key-0123456789-abcdefghijklmnopqrstuvwxyz"

    assert hashed("203.0.113.77", "", 1) != before


def test_name_is_one_for_key_prefix_and_version():
    asked = [("a", "", 1), ("b", "", 1), ("a", "x", 1), ("a", "", 2)]

    assert len({hashed(*parts) for parts in asked}) == len(asked)
    assert hashed(*asked[0]) == hashed(*asked[0])
