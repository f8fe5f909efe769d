"""What breaks and what is exchanged in the compose stack, while eight phones go on behind its Caddy: `make chaos-engine`.

Needs a Docker engine; it builds a stack beside whatever runs there, and removes it.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.chaos.aims import AIMS, NO_AIM
from tests.chaos.engine import WEBS, Stack
from tests.chaos.runs import SERVED_WITHIN_S, STARTED_WITHIN_S, Outcome, Run, under_load
from tests.chaos.servers import every

CUT_OFF_S = 1.0
# What Caddy says of a request that had reached a `web` and was cut off there. A 503 would be "no upstreams available".
CUT_OFF = {"502"}
# Everything is stopped, the database prepared, everything started.
STOPPED_S = 120


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run the stack."""
    made = Stack(Path(tmp_path_factory.mktemp("stack")))
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def run(stack: Stack, table: list[Outcome], request: pytest.FixtureRequest) -> Run:
    """Return what runs a fault under load, and demands that nothing is lost or twice, and that nobody waits too long."""
    aim = AIMS.get(request.node.originalname, NO_AIM)

    def do(name: str, fault: Callable[[], str | None], *, lasts: float = 0, within: float = SERVED_WITHIN_S) -> Outcome:
        stack.wait_healthy()
        emails = stack.fresh_emails()
        known = {"password": stack.password, "tables": stack.tables, "aim": aim}
        outcome = under_load(name, stack.address, fault, emails=emails, **known)
        table.append(outcome)
        assert (outcome.lost, outcome.doubled, outcome.troubles) == ([], [], [])
        assert outcome.late(lasts=lasts, within=within) == []
        return outcome

    return do


def test_nothing(run: Run):
    outcome = run("none", lambda: time.sleep(10))

    assert outcome.retries == 0


def test_one_killed(run: Run, stack: Stack):
    left = stack.webs()

    def kill_and_start() -> None:
        one = left.pop()
        stack.call("docker", "kill", one)
        time.sleep(5)
        stack.call("docker", "start", one)
        stack.wait_healthy(one)

    outcome = run("one web of three killed, 3 times", lambda: every(2.0, 3, kill_and_start))

    assert set(outcome.refused) <= CUT_OFF


def test_restarted_one_by_one(run: Run, stack: Stack):
    def restart() -> None:
        for one in stack.webs():
            stack.call("docker", "stop", one)
            stack.call("docker", "start", one)
            stack.wait_healthy(one)

    outcome = run("three web stopped and started, one by one", restart)

    assert set(outcome.refused) <= CUT_OFF


def test_rolling_update(run: Run, stack: Stack):
    """As docs/hosting.md says: somebody always answers, and Caddy is left alone. Pages of both versions find their styles."""
    caddy = stack.compose("ps", "--quiet", "caddy")
    former_style, before, newer = stack.stylesheet(), stack.webs(), stack.build_newer()
    newer_style = stack.stylesheet()
    assert newer_style != former_style
    assert stack.answers(newer_style) == [200] * len(before)
    stack.environment["COMPOSE"] = " ".join(stack.command)

    def update() -> str:
        begun = time.monotonic()
        stack.call("deploy/rolling-update")
        return f"{time.monotonic() - begun:.0f} s"

    outcome = run("deploy/rolling-update, three web", update)

    assert set(outcome.refused) <= CUT_OFF
    assert stack.images_of_webs() == {newer}
    assert len(stack.webs()) == len(before)
    assert not set(stack.webs()) & set(before)
    assert stack.answers(former_style) == [200] * len(before)
    assert stack.compose("ps", "--quiet", "caddy") == caddy


def test_simple_update(run: Run, stack: Stack):
    """Everything is stopped, the database prepared, everything started: phones wait, and lose nothing."""
    stack.scale(1)
    newer = stack.build_newer()
    try:
        run("docker compose up -d, one web", lambda: stack.scale(1), within=STOPPED_S)

        assert stack.images_of_webs() == {newer}
    finally:
        stack.scale(WEBS)


def test_database_killed(run: Run, stack: Stack):
    database = stack.compose("ps", "--quiet", "db")

    def kill_and_start() -> None:
        stack.call("docker", "kill", database)
        stack.call("docker", "start", database)
        stack.wait_healthy(database)

    outcome = run("db killed and started", kill_and_start, within=STARTED_WITHIN_S)

    assert set(outcome.refused) <= {"502", "503"}


def test_what_is_cut_off_is_asked_again_only_where_it_changes_nothing(stack: Stack):
    """Caddy asks another `web` where a GET was cut off. A POST it never sends twice: that is the phone's to do, by its id."""
    stack.wait_healthy()
    one, *others = webs = stack.webs()
    told: dict[str, Counter[int]] = {"GET": Counter(), "POST": Counter()}

    def ask(method: str) -> None:
        site = urlsplit(stack.address)
        connection = HTTPConnection(site.hostname or "", site.port, timeout=60)
        connection.request(method, "/account/login/")
        told[method][connection.getresponse().status] += 1
        connection.close()

    stack.call("docker", "pause", *webs)
    asking = [threading.Thread(target=ask, args=[method]) for method in ["GET"] * 6 + ["POST"] * 6]
    for thread in asking:
        thread.start()
        time.sleep(0.05)
    time.sleep(CUT_OFF_S)
    stack.call("docker", "kill", one)
    stack.call("docker", "unpause", *others)
    for thread in asking:
        thread.join(60)
    stack.call("docker", "start", one)

    assert told["GET"] == {200: 6}
    assert told["POST"][502] > 0
    assert told["POST"].total() == 6
