"""`deploy/init` writes .env and secrets; run again, it adds what is missing and overwrites nothing."""

import base64
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

SCRIPT = settings.BASE_DIR / "deploy" / "init"
URL = "https://knee.example.org"
RANDOM = ["db_app_password", "db_owner_password", "db_superuser_password", "push_key", "secret_key"]
# What Compose, a shell and a connection string all take as it is: no $, no quote, no white space.
PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def init(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", SCRIPT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


def everything_in(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Return the mode of each file and folder, and what it holds."""
    return {
        str(path.relative_to(folder)): (oct(path.stat().st_mode & 0o777), b"" if path.is_dir() else path.read_bytes())
        for path in sorted(folder.rglob("*"))
    }


def test_new_installation_has_random_secrets_that_only_its_owner_reaches(tmp_path: Path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        done = init(URL, folder)
        assert done.returncode == 0, done.stderr

    made = everything_in(one)
    secrets = {name: made[f"secrets/{name}"][1].decode() for name in RANDOM}
    assert set(made) == {".env", "secrets", "secrets/email_host_password", *(f"secrets/{name}" for name in RANDOM)}
    assert (made[".env"][0], made["secrets"][0]) == ("0o600", "0o700")
    assert {made[name][0] for name in made if name.startswith("secrets/")} == {"0o444"}
    assert [name for name, value in secrets.items() if not PLAIN.fullmatch(value)] == []
    assert {name: len(value) for name, value in secrets.items()} == dict.fromkeys(RANDOM, 50) | {"push_key": 43}
    assert len(base64.urlsafe_b64decode(secrets["push_key"] + "=")) == 32
    assert made["secrets/email_host_password"][1] == b""
    others = {everything_in(other)[f"secrets/{name}"][1].decode() for name in RANDOM}
    assert len({*secrets.values(), *others}) == 2 * len(RANDOM)


def test_env_is_the_example_with_the_address(tmp_path: Path):
    init(URL, tmp_path)

    example = (settings.BASE_DIR / ".env.example").read_text()
    written = (tmp_path / ".env").read_text()
    assert written.startswith(example.replace("SITE_URL=http://localhost", f"SITE_URL={URL}"))
    assert "$" not in written
    rest = [line for line in written[len(example) - len("http://localhost") + len(URL) :].splitlines() if line]
    assert rest[1:] == [f"PUSH_KEY_FILE={tmp_path}/secrets/push_key"]


@pytest.mark.parametrize(
    ("url", "line"), [("http://localhost:8123", "HTTP_PORT=8123"), (f"{URL}:8443", "HTTPS_PORT=8443")]
)
def test_port_of_the_address_is_the_one_that_is_listened_on(tmp_path: Path, url: str, line: str):
    init(url, tmp_path)

    assert line in (tmp_path / ".env").read_text().splitlines()


@pytest.mark.parametrize("arguments", [(URL,), ("",)])
def test_again_it_overwrites_nothing(tmp_path: Path, arguments: tuple[str, ...]):
    init(URL, tmp_path)
    # As a host does.
    password = tmp_path / "secrets" / "email_host_password"
    password.chmod(0o600)
    password.write_text("of the mail server")
    with (tmp_path / ".env").open("a") as file:
        file.write("EMAIL_HOST=mail.example.org\n")
    before = everything_in(tmp_path)

    done = init(*arguments, tmp_path)

    assert done.returncode == 0, done.stderr
    assert everything_in(tmp_path) == before
    assert [line.split()[0] for line in done.stdout.splitlines() if "/secrets/" in line and "Keep" not in line] == [
        "kept"
    ] * 6


def test_what_is_missing_is_added_to_an_older_installation(tmp_path: Path):
    init(URL, tmp_path)
    before = everything_in(tmp_path)
    env = tmp_path / ".env"
    older = "".join(line for line in env.read_text().splitlines(keepends=True) if not line.startswith("PUSH_KEY_FILE="))
    env.write_text(older)
    for name in ("push_key", "db_app_password"):
        (tmp_path / "secrets" / name).unlink()

    done = init(URL, tmp_path)

    after = everything_in(tmp_path)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {".env", "secrets/push_key", "secrets/db_app_password"}
    assert after["secrets/push_key"][0] == "0o444"
    assert env.read_text().startswith(older)
    assert env.read_text().splitlines()[-1] == f"PUSH_KEY_FILE={tmp_path}/secrets/push_key"
    assert "added    PUSH_KEY_FILE" in done.stdout


def test_another_address_is_refused_and_changes_nothing(tmp_path: Path):
    init(URL, tmp_path)
    (tmp_path / "secrets" / "push_key").unlink()
    before = everything_in(tmp_path)

    done = init("https://elsewhere.example", tmp_path)

    assert done.returncode == 1
    assert f"says SITE_URL={URL}" in done.stderr
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize(
    "url",
    [
        "knee.example.org",
        "https://knee.example.org/",
        "https://knee.example.org/knee",
        "ftp://knee.example.org",
        "https://user@knee.example.org",
        "https://knee.example.org:port",
        "https://$HOME",
        "https://a b",
        "https://knee.example.org\nDEBUG=1",
    ],
)
def test_what_is_no_address_is_refused_and_writes_nothing(tmp_path: Path, url: str):
    done = init(url, tmp_path)

    assert done.returncode == 1
    assert "is not an address" in done.stderr
    assert everything_in(tmp_path) == {}
