"""The compose stack on a real engine, with three `web` behind Caddy: what tests/chaos/rolling.py hurts."""

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from tests.faults.ledger import Done, Row

PROJECT = "kneecoach-rolling"
WEBS, PHONES, RUNS = 3, 8, 7
PATIENTS = PHONES * RUNS
HEALTHY_WITHIN_S = 90
# Names that a host may have set for a stack of its own.
OF_THE_HOST = {
    "COMPOSE_FILE",
    "COMPOSE_PROFILES",
    "COMPOSE_PROJECT_NAME",
    "SITE_URL",
    "HTTP_PORT",
    "HTTPS_PORT",
    "SECRETS_DIR",
}
TABLES = """
SELECT json_build_object(
  'reps', (SELECT coalesce(json_agg(r), '[]') FROM
    (SELECT exercise_set_id, id, number, held_ms, paused_ms, outcome, voided_at IS NULL AS stands FROM progress_rep) r),
  'conflicts', (SELECT coalesce(json_agg(c), '[]') FROM
    (SELECT rep.exercise_set_id, c.claimed_id AS id, c.number, c.held_ms, c.paused_ms, c.outcome
     FROM progress_repconflict c JOIN progress_rep rep ON rep.id = c.rep_id) c))
"""


class Stack:
    """A stack of its own project, secrets, volumes and ports. `up` starts it, `down` leaves nothing of it."""

    def __init__(self, folder: Path) -> None:
        self.former_images: list[str] = []
        self.folder, self.password = folder, secrets.token_urlsafe(20)
        ports = [free_port(), free_port()]
        self.address = f"http://localhost:{ports[0]}"
        # As deploy/check_seed.py names them.
        self.unused = [f"patient{number}@check.example" for number in range(2, PATIENTS + 2)]
        self.environment = {name: value for name, value in os.environ.items() if name not in OF_THE_HOST}
        files = ["--file", "docker-compose.yml", "--env-file", str(folder / ".env")]
        self.command = ["docker", "compose", "--project-name", PROJECT, *files]
        self.call("deploy/init", self.address, str(folder))
        with (folder / ".env").open("a") as env:
            env.write(f"HTTP_PORT={ports[0]}\nHTTPS_PORT={ports[1]}\nSECRETS_DIR={folder}/secrets\n")

    def call(self, *command: str, stdin: str = "") -> str:
        """Run a command in the repository and return what it says. Raises AssertionError with all of it."""
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def compose(self, *command: str, stdin: str = "") -> str:
        """Run a command of Compose."""
        return self.call(*self.command, *command, stdin=stdin)

    def up(self) -> None:
        """Build, start, and enter the patients."""
        self.compose("up", "--detach", "--build", "--wait", "--scale", f"web={WEBS}")
        seed = (settings.BASE_DIR / "deploy" / "check_seed.py").read_text()
        values = ["-e", f"CHECK_PASSWORD={self.password}", "-e", f"CHECK_PATIENTS={PATIENTS + 1}"]
        self.compose("exec", "-T", *values, "web", "python", "manage.py", "shell", "--verbosity", "0", stdin=seed)

    def scale(self, webs: int) -> None:
        """Start what is built, with so many `web`, as a host does who updates."""
        self.compose("up", "--detach", "--no-build", "--scale", f"web={webs}")

    def down(self) -> None:
        """Remove all of it."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")
        # The newest first: each was built on the one before.
        images = [f"{PROJECT}-app", *reversed(self.former_images), f"{PROJECT}-caddy"]
        self.call("docker", "image", "rm", "--force", *images)

    def fresh_emails(self) -> list[str]:
        """Return patients who have done nothing yet: what an earlier run left unfinished would be nobody's."""
        taken, self.unused = self.unused[:PHONES], self.unused[PHONES:]
        assert len(taken) == PHONES, "enter more patients: RUNS"
        return taken

    def webs(self) -> list[str]:
        """Return the containers that serve."""
        return self.compose("ps", "--quiet", "web").split()

    def wait_healthy(self, *containers: str) -> None:
        """Wait until containers say that they are well; all `web` where none is named."""
        until = time.monotonic() + HEALTHY_WITHIN_S
        containers = containers or tuple(self.webs())
        while set(self.call("docker", "inspect", "--format", "{{.State.Health.Status}}", *containers).split()) != {
            "healthy"
        }:
            assert time.monotonic() < until, f"not healthy: {containers}"
            time.sleep(0.5)

    def build_newer(self) -> str:
        """Give the image another stylesheet, as an update does. Returns its id."""
        image = f"{PROJECT}-app"
        self.former_images.append(self.call("docker", "image", "inspect", "--format", "{{.Id}}", image))
        dockerfile = (settings.BASE_DIR / "deploy" / "check_newer.Dockerfile").read_text()
        values = ["--build-arg", f"IMAGE={image}", "--build-arg", f"MARK={secrets.token_hex(4)}"]
        return self.call("docker", "build", "--quiet", *values, "--tag", image, "-", stdin=dockerfile)

    def stylesheet(self) -> str:
        """Return the address of the stylesheet of the image that was built last, once its static files are kept."""
        keep = "python manage.py keep_assets >&2; cat staticfiles/staticfiles.json"
        manifest = json.loads(self.compose("run", "--rm", "--no-deps", "-T", "migrate", "sh", "-c", keep))
        return f"/static/{manifest['paths']['kneecoach/css/site.css']}"

    def answers(self, path: str) -> list[int]:
        """Return the status that each `web` answers to a GET with."""
        host = self.address.removeprefix("http://")
        ask = (
            "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000); "
            f"c.request('GET', '{path}', headers={{'Host': '{host}'}}); print(c.getresponse().status)"
        )
        return [int(self.call("docker", "exec", web, "python", "-c", ask)) for web in self.webs()]

    def images_of_webs(self) -> set[str]:
        """Return the images that the `web` run."""
        return set(self.call("docker", "inspect", "--format", "{{.Image}}", *self.webs()).split())

    def tables(self, set_ids: Collection[str]) -> dict[str, tuple[list[Row], list[Done]]]:
        """Return what the database of the stack holds of these sets."""
        ask = "PGPASSWORD=$(cat /run/secrets/db_owner_password) psql -h 127.0.0.1 -U kneecoach_owner -d kneecoach -qAt"
        held = json.loads(self.compose("exec", "-T", "db", "sh", "-c", ask, stdin=TABLES))
        found: dict[str, tuple[list[Row], list[Done]]] = {set_id: ([], []) for set_id in set_ids}
        for row in held["reps"]:
            if row["exercise_set_id"] in found:
                found[row["exercise_set_id"]][0].append(Row(done_of(row), stands=row["stands"]))
        for row in held["conflicts"]:
            if row["exercise_set_id"] in found:
                found[row["exercise_set_id"]][1].append(done_of(row))
        return found


def done_of(row: dict) -> Done:
    """Return a repetition as PostgreSQL tells it."""
    return Done(row["id"], row["number"], row["held_ms"], row["paused_ms"], row["outcome"])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("", 0)) as free:
        return int(free.getsockname()[1])
