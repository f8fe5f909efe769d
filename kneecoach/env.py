"""Settings from the environment: every mistake is collected and told at once.

A variable NAME may also be given as NAME_FILE, the path of a file that holds the value (a Docker secret).
Where both are set, the file counts.
"""

import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

SHORTEST_SECRET = 32
DATABASE_PARTS = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
# Better a clear error within seconds than a page that hangs. Pages ask for few rows at a time from a disk without moving
# parts: with the plans of PostgreSQL's defaults, which are for other disks and for reports, some take thrice as long.
SERVER_OPTIONS = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
# Whoever asks over HTTP is answered within three seconds. All threads of a process may wait for one lock, and the next
# request then waits for one of them before it waits itself: so it is less than half of that.
REQUEST_LIMITS = {"lock_timeout": "1s", "statement_timeout": "5s"}
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}
# What the doctor says of these is whether they are set. An address of a database holds a password.
SECRET_ENDINGS = ("_KEY", "_KEY_FALLBACKS", "PASSWORD", "DATABASE_URL")


def server_options(values: Mapping[str, str]) -> str:
    """Return settings of PostgreSQL as the driver takes them with a connection; of two for one name the later counts."""
    return " ".join(f"-c {name}={value}" for name, value in values.items())


# What is asked for the third time on a connection is planned once; of ours only kneecoach.prepared can be.
DATABASE_OPTIONS = {"connect_timeout": 2, "prepare_threshold": 2, "options": server_options(SERVER_OPTIONS)}


class ConfigurationError(Exception):
    """The environment cannot be used; the text lists every mistake and what to do."""


def is_origin(text: str) -> bool:
    """Tell whether a text is scheme, host and perhaps port, and nothing else."""
    try:
        parts = urlsplit(text)
        has_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and has_address
        and not (parts.path.strip("/") or parts.query or parts.fragment)
    )


@dataclass(frozen=True)
class Asked:
    """A variable that was asked for: its default (None where it must be set), and whether its value is secret."""

    default: str | None
    is_secret: bool = False


class Environment:
    """Read typed values and remember what is wrong; `raise_errors` tells it all in one message."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.variables = os.environ if variables is None else variables
        self.errors: list[str] = []
        self.unreadable: set[str] = set()
        self.asked: dict[str, Asked] = {}

    def text(self, name: str, default: str | None = None) -> str:
        """Return the value without surrounding white space. Empty counts as not set; without a default it must be set."""
        value = self._raw(name, default)
        if value:
            return value
        if default is None and name not in self.unreadable:
            self.errors.append(f"{name} is not set. Set it, or {name}_FILE to a file that holds it.")
        return default or ""

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no."""
        value = self._raw(name, str(int(default)))
        if value is None:
            return default
        if value.lower() in TRUE_WORDS | FALSE_WORDS:
            return value.lower() in TRUE_WORDS
        self.errors.append(f"{name} is {value!r}: write 1 or 0.")
        return default

    def integer(self, name: str, default: int) -> int:
        """Return a whole number."""
        value = self._raw(name, str(default))
        try:
            return int(value) if value else default
        except ValueError:
            self.errors.append(f"{name} is {value!r}: write a whole number.")
            return default

    def secret(self, name: str) -> str:
        """Return a secret of at least 32 characters; anything shorter is a placeholder."""
        value = self.text(name)
        if value and len(value) < SHORTEST_SECRET:
            self.errors.append(f"{name} has {len(value)} characters, a secret needs at least {SHORTEST_SECRET}.")
        return value

    def secrets(self, name: str) -> list[str]:
        """Return secrets that stand one after the other, with white space between; none where nothing is set."""
        values = (self._raw(name, "") or "").split()
        if any(len(value) < SHORTEST_SECRET for value in values):
            self.errors.append(f"{name} holds a secret of fewer than {SHORTEST_SECRET} characters.")
        return values

    def key(self, name: str, size: int) -> bytes:
        """Return so many random bytes that are written as base64url without padding; none where nothing is set."""
        value = self._raw(name, "") or ""
        try:
            found = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except ValueError:
            found = b""
        if value and len(found) != size:
            self.errors.append(f"{name} is no key of {size} bytes as base64url. deploy/init makes one.")
        return found

    def origin(self, name: str, default: str) -> str:
        """Return an origin such as https://knee.example.org, without path and without trailing slash."""
        value = self.text(name, default)
        if not is_origin(value):
            self.errors.append(f"{name} is {value!r}: write scheme and host only, such as https://knee.example.org.")
        return value.rstrip("/")

    def database(self) -> dict[str, object]:
        """Return Django's database settings from DATABASE_URL, or from the POSTGRES_* parts."""
        url = self._raw("DATABASE_URL", "")
        if url:
            try:
                parts = conninfo_to_dict(url)
            except ProgrammingError as error:
                self.errors.append(f"DATABASE_URL cannot be read: {error}".strip())
                parts = {}
        else:
            parts = {
                "host": self.text("POSTGRES_HOST"),
                "port": self.text("POSTGRES_PORT", "5432"),
                "dbname": self.text("POSTGRES_DB", "kneecoach"),
                "user": self.text("POSTGRES_USER", "kneecoach_app"),
                "password": self.text("POSTGRES_PASSWORD"),
            }
        return {
            "ENGINE": "django.db.backends.postgresql",
            **{setting: str(parts.pop(name, None) or "") for setting, name in DATABASE_PARTS.items()},
            # Whatever else the address asks for, such as sslmode, goes to the driver.
            "OPTIONS": DATABASE_OPTIONS | parts,
        }

    def raise_errors(self) -> None:
        """Raise ConfigurationError if anything that was read is missing or wrong."""
        if self.errors:
            raise ConfigurationError("Kneecoach cannot start:\n- " + "\n- ".join(self.errors))

    def source_of(self, name: str) -> str:
        """Tell where the value of a variable comes from: its file, the environment, or nowhere."""
        if self.variables.get(f"{name}_FILE"):
            return self.variables[f"{name}_FILE"]
        return "environment" if self.variables.get(name, "").strip() else ""

    def _raw(self, name: str, default: str | None) -> str | None:
        self.asked[name] = Asked(default, is_secret=name.endswith(SECRET_ENDINGS))
        path = self.variables.get(f"{name}_FILE")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
                self.errors.append(f"{name}_FILE names {path!r}, which cannot be read: {reason}.")
                self.unreadable.add(name)
                return ""
        value = self.variables.get(name)
        return None if value is None else value.strip()
