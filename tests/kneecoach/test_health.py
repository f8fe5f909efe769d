"""Answers for probes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kneecoach.reminders.heartbeat import beat


@pytest.fixture
def worker_alive(db: None) -> None:
    """Let a worker have been heard of."""
    beat(timezone.now())


@pytest.mark.parametrize(("path", "content"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
@pytest.mark.usefixtures("worker_alive")
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


@pytest.mark.usefixtures("worker_alive")
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
def test_readyz_before_the_first_worker_is_503_and_the_process_is_well(client):
    ready, process = client.get("/readyz"), client.get("/healthz")

    assert (ready.status_code, ready.content) == (503, b"worker never started\n")
    assert process.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (timedelta(minutes=5), (200, b"ready\n")),
        (timedelta(minutes=5, seconds=1), (503, b"worker silent for more than 5 minutes\n")),
    ],
)
def test_readyz_looks_when_the_worker_was_last_heard_of(client, time_machine, age, answer):
    time_machine.move_to(timezone.now(), tick=False)
    beat(timezone.now() - age)

    response = client.get("/readyz")

    assert (response.status_code, response.content) == answer


@pytest.mark.usefixtures("worker_alive")
def test_readyz_with_a_database_of_a_newer_version_is_503(client, django_db_setup):
    with django_db_setup.owner_connection() as owner:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('progress', '9999_later', now())")
        try:
            newer = client.get("/readyz")
        finally:
            owner.execute("DELETE FROM django_migrations WHERE name = '9999_later'")

    assert (newer.status_code, newer.content) == (503, b"database of a newer version\n")
