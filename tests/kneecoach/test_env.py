"""Settings from the environment: typed, from files too, and every mistake at once."""

from typing import Any

import pytest

from kneecoach.env import ConfigurationError, Environment

SECRET = "0123456789-abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a secret's file and returns its path."""

    def write_file(content: str | bytes, name: str = "secret") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file


# --- one value -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("variables", "value"),
    [
        ({"NAME": "value"}, "value"),
        ({"NAME": "  value\n"}, "value"),
        ({"NAME": "a value"}, "a value"),
        ({}, "default"),
        ({"NAME": ""}, "default"),
        ({"NAME": " \n"}, "default"),
        ({"NAME_FILE": "", "NAME": "value"}, "value"),
    ],
)
def test_text_with_default(variables, value):
    env = Environment(variables)

    assert env.text("NAME", "default") == value
    assert env.errors == []


@pytest.mark.parametrize("variables", [{}, {"NAME": ""}, {"NAME": "  "}])
def test_text_without_default_has_to_be_set(variables):
    env = Environment(variables)

    assert env.text("NAME") == ""
    assert env.errors == ["NAME is not set. Set it, or NAME_FILE to a file that holds it."]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", True),
        ("true", True),
        ("Yes", True),
        ("ON", True),
        ("0", False),
        ("false", False),
        ("No", False),
        ("OFF", False),
        ("", False),
    ],
)
def test_flag_words(text, value):
    env = Environment({"NAME": text})

    assert env.flag("NAME", default=not value) is value
    assert env.errors == []


@pytest.mark.parametrize("default", [True, False])
def test_flag_missing_is_the_default(default):
    assert Environment({}).flag("NAME", default=default) is default


def test_flag_other_word_is_a_mistake():
    env = Environment({"NAME": "maybe"})

    assert env.flag("NAME", default=True) is True
    assert env.errors == ["NAME is 'maybe': write 1 or 0."]


@pytest.mark.parametrize(
    ("variables", "value"), [({"NAME": "25"}, 25), ({"NAME": "0"}, 0), ({}, 587), ({"NAME": ""}, 587)]
)
def test_integer_or_default(variables, value):
    env = Environment(variables)

    assert env.integer("NAME", 587) == value
    assert env.errors == []


@pytest.mark.parametrize("text", ["many", "2.5", "0x10"])
def test_integer_other_text_is_a_mistake(text):
    env = Environment({"NAME": text})

    assert env.integer("NAME", 587) == 587
    assert env.errors == [f"NAME is {text!r}: write a whole number."]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("s" * 32, []),
        ("s" * 31, ["NAME has 31 characters, a secret needs at least 32."]),
        ("change-me", ["NAME has 9 characters, a secret needs at least 32."]),
        ("", ["NAME is not set. Set it, or NAME_FILE to a file that holds it."]),
    ],
)
def test_secret_has_its_length(text, errors):
    env = Environment({"NAME": text})

    assert env.secret("NAME") == text
    assert env.errors == errors


@pytest.mark.parametrize("text", ["QUFBQUFBQUE", "QUFBQUFBQUE=", " QUFBQUFBQUE\n"])
def test_key_is_read_with_padding_and_without(text):
    env = Environment({"PUSH_KEY": text})

    assert (env.key("PUSH_KEY", 8), env.errors) == (b"AAAAAAAA", [])
    assert env.asked["PUSH_KEY"].is_secret


def test_key_may_be_missing():
    env = Environment({"OTHER": ""})

    assert (env.key("PUSH_KEY", 8), env.key("OTHER", 8), env.errors) == (b"", b"", [])


@pytest.mark.parametrize("text", ["QUFBQUFBQQ", "change-me", "A", "é"])
def test_key_of_another_length_is_a_mistake_and_not_shown(text):
    env = Environment({"PUSH_KEY": text})
    env.key("PUSH_KEY", 8)

    assert env.errors == ["PUSH_KEY is no key of 8 bytes as base64url. deploy/init makes one."]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://knee.example.org", "https://knee.example.org"),
        ("https://knee.example.org/", "https://knee.example.org"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("", "http://default"),
    ],
)
def test_origin_scheme_and_host(text, value):
    env = Environment({"NAME": text})

    assert env.origin("NAME", "http://default") == value
    assert env.errors == []


@pytest.mark.parametrize(
    "text",
    [
        "knee.example.org",
        "knee.example.org:8000",
        "ftp://knee.example.org",
        "https://",
        "https:///path",
        "https://knee.example.org/path",
        "https://knee.example.org?query=1",
        "https://knee.example.org#part",
        "https://knee.example.org:port",
        "https://knee.example.org:99999",
        "https://[::1",
    ],
)
def test_origin_anything_else_is_a_mistake(text):
    env = Environment({"NAME": text})

    env.origin("NAME", "http://default")

    assert env.errors == [f"NAME is {text!r}: write scheme and host only, such as https://knee.example.org."]


# --- from a file ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("content", [SECRET, f"{SECRET}\n", f"{SECRET}\r\n", f"  {SECRET}\n\n"])
def test_file_beats_plain_and_loses_its_newline(write, content):
    env = Environment({"NAME": "plain" * 10, "NAME_FILE": write(content)})

    assert env.secret("NAME") == SECRET
    assert env.errors == []


def test_file_holds_every_kind_of_value(write):
    env = Environment({"FLAG_FILE": write("1\n", "flag"), "NUMBER_FILE": write("25\n", "number")})

    assert env.flag("FLAG", default=False) is True
    assert env.integer("NUMBER", 587) == 25


def test_file_missing_is_named_and_the_plain_value_not_used(tmp_path):
    path = str(tmp_path / "nowhere")
    env = Environment({"NAME": SECRET, "NAME_FILE": path})

    assert env.secret("NAME") == ""
    assert env.errors == [f"NAME_FILE names {path!r}, which cannot be read: No such file or directory."]


def test_file_that_is_a_folder_is_named(tmp_path):
    env = Environment({"NAME_FILE": str(tmp_path)})

    assert env.text("NAME") == ""
    assert env.errors == [f"NAME_FILE names {str(tmp_path)!r}, which cannot be read: Is a directory."]


def test_file_of_bytes_is_named(write):
    path = write(b"\xff\xfe\x00")
    env = Environment({"NAME_FILE": path})

    assert env.text("NAME", "default") == "default"
    assert env.errors == [f"NAME_FILE names {path!r}, which cannot be read: it is not UTF-8 text."]


def test_file_empty_is_as_good_as_none(write):
    env = Environment({"NAME_FILE": write("\n"), "OTHER_FILE": write("\n", "other")})

    assert (env.secret("NAME"), env.text("OTHER", "default")) == ("", "default")
    assert env.errors == ["NAME is not set. Set it, or NAME_FILE to a file that holds it."]


# --- the database --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        (
            {"DATABASE_URL": "postgresql://knee:p%40ss@db.example.org:5433/clinic"},
            ("clinic", "knee", "p@ss", "db.example.org", "5433"),
        ),
        (
            {"DATABASE_URL": "postgresql://knee@/clinic?host=%2Frun%2Fpostgresql"},
            ("clinic", "knee", "", "/run/postgresql", ""),
        ),
        (
            {"POSTGRES_HOST": "db", "POSTGRES_PASSWORD": "p@ss"},
            ("kneecoach", "kneecoach_app", "p@ss", "db", "5432"),
        ),
        (
            {
                "POSTGRES_HOST": "db",
                "POSTGRES_PORT": "5433",
                "POSTGRES_DB": "clinic",
                "POSTGRES_USER": "knee",
                "POSTGRES_PASSWORD": "pass",
            },
            ("clinic", "knee", "pass", "db", "5433"),
        ),
        (
            {"DATABASE_URL": "postgresql://knee@first/clinic", "POSTGRES_HOST": "second", "POSTGRES_PASSWORD": "pass"},
            ("clinic", "knee", "", "first", ""),
        ),
    ],
    ids=["url", "socket", "parts with defaults", "parts", "url beats parts"],
)
def test_database_from_url_or_parts(variables, parts):
    env = Environment(variables)

    database = env.database()

    assert tuple(database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == parts
    assert env.errors == []


def test_database_keeps_what_else_the_address_asks_for():
    address = "postgresql://app@db/kneecoach?sslmode=require&connect_timeout=9"
    database: dict[str, Any] = Environment({"DATABASE_URL": address}).database()

    assert (database["OPTIONS"]["sslmode"], database["OPTIONS"]["connect_timeout"]) == ("require", "9")
    assert "statement_timeout=30s" in database["OPTIONS"]["options"]


def test_database_password_from_file(write):
    env = Environment({"POSTGRES_HOST": "db", "POSTGRES_PASSWORD_FILE": write("p@ss word\n")})

    assert env.database()["PASSWORD"] == "p@ss word"


def test_database_missing_parts_are_named():
    env = Environment({"DATABASE_URL": ""})

    env.database()

    assert env.errors == [
        "POSTGRES_HOST is not set. Set it, or POSTGRES_HOST_FILE to a file that holds it.",
        "POSTGRES_PASSWORD is not set. Set it, or POSTGRES_PASSWORD_FILE to a file that holds it.",
    ]


def test_database_url_that_cannot_be_read_is_told_without_the_password():
    env = Environment({"DATABASE_URL": "postgresql://knee:sesame@db:port/clinic?nonsense=1"})

    env.database()

    (error,) = env.errors
    assert error.startswith("DATABASE_URL cannot be read: ")
    assert error.count("sesame") == 0


# --- all at once ---------------------------------------------------------------------------------------------------
def test_raise_errors_tells_all_mistakes_in_order():
    env = Environment({"PORT": "many", "SITE": "nowhere"})
    env.integer("PORT", 587)
    env.secret("SECRET")
    env.origin("SITE", "")

    with pytest.raises(ConfigurationError) as caught:
        env.raise_errors()

    assert str(caught.value).split("\n") == [
        "Kneecoach cannot start:",
        "- PORT is 'many': write a whole number.",
        "- SECRET is not set. Set it, or SECRET_FILE to a file that holds it.",
        "- SITE is 'nowhere': write scheme and host only, such as https://knee.example.org.",
    ]


def test_raise_errors_without_mistakes_is_silent():
    env = Environment({"NAME": "value"})
    env.text("NAME")

    env.raise_errors()

    assert env.errors == []


def test_environment_of_the_process_is_the_default(monkeypatch):
    monkeypatch.setenv("KNEECOACH_TEST_NAME", "value")

    assert Environment().text("KNEECOACH_TEST_NAME") == "value"
