"""What a host may set stands in .env.example, in docs/hosting.md and in the compose file: the same, with the same defaults."""

import re

from django.conf import settings

ROOT = settings.BASE_DIR
BY_COMPOSE = "# --- set by docker-compose.yml; only for running without it ---"
# Asked for only where DATABASE_URL is not set, which it is in tests.
PARTS = {"POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"}
# Read by programs that run before Django: deploy/gunicorn.conf.py, deploy/start.py, prepare_database.
OUTSIDE_SETTINGS = {
    "WEB_WORKERS",
    "WEB_THREADS",
    "MIGRATE_ON_START",
    "POSTGRES_OWNER_USER",
    "POSTGRES_OWNER_PASSWORD",
    "DATABASE_OWNER_URL",
    "DATABASE_APP_ROLE",
}
# Read by Compose itself: no container gets it.
BY_COMPOSE_ITSELF = {"COMPOSE_FILE"}
# What .env.example shows in place of nothing.
SHOWN_INSTEAD = {
    "SITE_URL": "http://localhost",
    "DATABASE_URL": "postgresql://kneecoach_app:password@host:5432/kneecoach",
}
LINE = re.compile(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", flags=re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def in_example() -> tuple[dict[str, str], dict[str, str]]:
    """Return what a host with compose may set, and what only others need: names with defaults."""
    for_host, for_others = read(".env.example").split(BY_COMPOSE)
    return dict(LINE.findall(for_host)), dict(LINE.findall(for_others))


def in_compose() -> dict[str, str]:
    """Return the variables that the compose file takes from .env, with defaults where it has them."""
    text = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "docker-compose.yml", *ROOT.glob("compose.*.yml"))
    )
    handed_on = re.findall(r"^  ([A-Z][A-Z0-9_]+):$", text, flags=re.MULTILINE)
    return dict.fromkeys(handed_on, "") | dict(re.findall(r"\$\{([A-Z][A-Z0-9_]+)(?::[-?]([^}]*))?", text))


def test_every_setting_stands_in_the_example_with_its_default():
    for_host, for_others = in_example()
    example = for_host | for_others
    asked = {name: asked.default for name, asked in settings.VARIABLES.asked.items()}

    assert set(asked) - set(example) == set()
    assert {name: SHOWN_INSTEAD.get(name, asked[name] or "") for name in asked} == {
        name: example[name] for name in asked
    }


def test_every_line_of_the_example_is_read_by_something():
    for_host, for_others = in_example()

    assert set(for_host) - set(settings.VARIABLES.asked) - set(in_compose()) == BY_COMPOSE_ITSELF
    assert set(for_others) - set(settings.VARIABLES.asked) - OUTSIDE_SETTINGS - PARTS == set()


def test_compose_hands_on_what_a_host_may_set_and_the_defaults_agree():
    for_host, _for_others = in_example()
    compose = in_compose()

    assert set(for_host) - set(compose) == BY_COMPOSE_ITSELF
    assert set(compose) - set(for_host) == {"COMPOSE_PROJECT_NAME"}
    defaults = {name: value for name, value in compose.items() if value and name not in SHOWN_INSTEAD}
    assert {name: for_host.get(name) for name in defaults if name in for_host} == {
        name: value for name, value in defaults.items() if name in for_host and value != "/dev/null"
    } | {name: for_host[name] for name, value in defaults.items() if value == "/dev/null"}


def test_every_variable_stands_in_the_table_of_the_documentation():
    for_host, _for_others = in_example()
    table = read("docs/hosting.md").split("## Configuration")[1].split("## ")[0]
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }

    assert set(for_host) - named == set()
