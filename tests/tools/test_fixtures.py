"""The fixtures of tests/plugins do what the other tests rely on."""

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection

from exercises.models import Stage
from kneecoach.accounts.models import User
from tests.plugins.browser import OpenPage, Watch
from tests.plugins.database import TestDatabase


def current_role() -> str:
    """Ask the database who we are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_tests_are_the_app_role(django_db_setup: TestDatabase):
    assert current_role() == django_db_setup.app != django_db_setup.owner


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["TRUNCATE accounts_patient", "DROP TABLE accounts_patient"])
def test_app_role_owns_no_table(statement: str):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("turn", [1, 2])
def test_live_db_is_empty_at_the_start_of_each_test(live_db: TestDatabase, turn: int):
    assert not User.objects.exists()
    User.objects.create_user("left@behind.example", "x")


def test_live_db_keeps_what_migrations_load(live_db: TestDatabase):
    assert Stage.objects.exists()
    assert {group.permissions.exists() for group in Group.objects.all()} == {True}


def test_live_db_commits(live_db: TestDatabase):
    User.objects.create_user("seen@outside.example", "x")
    with live_db.owner_connection() as owner:
        assert owner.execute("SELECT email FROM accounts_user").fetchall() == [("seen@outside.example",)]


# A plain text names no icon, so the browser asks for the default one.
PLAIN = ("/healthz", (r"favicon",))


def test_page_is_in_the_language_zone_and_theme_asked_for(open_page: OpenPage):
    page = open_page(PLAIN[0], allow=PLAIN[1], width=320, height=600, color_scheme="dark", time_zone="Asia/Tokyo")
    assert page.evaluate("[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, innerWidth]") == [
        "en-GB",
        "Asia/Tokyo",
        320,
    ]
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


@pytest.mark.parametrize(
    ("script", "sign"),
    [
        ("console.error('planted')", "planted"),
        ("setTimeout(() => { throw new Error('planted') })", "planted"),
        ("document.body.setAttribute('style', 'color: red')", "style-src"),
        ("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))", "script-src"),
        ("fetch('http://localhost:1/planted').catch(() => 0)", "connect-src"),
    ],
)
def test_watch_sees_each_kind_of_problem(open_page: OpenPage, script: str, sign: str):
    page = open_page("/account/login/", allow=(r".",))
    watch = Watch()
    watch.follow(page.context)
    page.evaluate(script)
    page.wait_for_timeout(200)
    assert any(sign in problem for problem in watch.problems), watch.problems


def test_axe_finds_a_planted_fault(open_page: OpenPage, axe):
    page = open_page(PLAIN[0], allow=PLAIN[1])
    page.evaluate("document.body.append(document.createElement('img'))")
    assert any(line.startswith("image-alt") for line in axe(page))


def test_page_is_logged_in(open_page: OpenPage):
    user = User.objects.create_superuser("host@example.org", "x", name="Host")
    response = open_page(user=user).goto("/admin/password_change/")
    assert response.status == 200
