"""Answers for probes."""

import pytest


@pytest.mark.parametrize(("path", "content"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
@pytest.mark.django_db
def test_probe_needs_no_account(client, path, content):
    response = client.get(path)

    assert (response.status_code, response.content) == (200, content)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probe_changes_nothing_so_it_takes_no_post(client, path):
    assert client.post(path).status_code == 405


def test_healthz_answers_without_a_database(client, unreachable_database):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_without_a_database_is_503(client, unreachable_database):
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"database unreachable\n")


@pytest.mark.django_db
def test_readyz_with_a_migration_missing_is_503(client, django_db_setup):
    with django_db_setup.owner_connection() as owner:
        row = owner.execute(
            "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations) RETURNING *"
        ).fetchone()
        try:
            missing = client.get("/readyz")
        finally:
            owner.execute("INSERT INTO django_migrations VALUES (%s, %s, %s, %s)", row)

    again = client.get("/readyz")

    assert (missing.status_code, missing.content) == (503, b"migrations missing\n")
    assert (again.status_code, again.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_readyz_with_a_database_of_a_newer_version_is_503(client, django_db_setup):
    with django_db_setup.owner_connection() as owner:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('progress', '9999_later', now())")
        try:
            newer = client.get("/readyz")
        finally:
            owner.execute("DELETE FROM django_migrations WHERE name = '9999_later'")

    assert (newer.status_code, newer.content) == (503, b"database of a newer version\n")
