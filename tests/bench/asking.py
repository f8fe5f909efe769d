"""Asking for pages as a server does, and how long that takes in times of a bare page, whatever else the machine does."""

import gc
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import RequestFactory

from kneecoach.accounts.models import User
from kneecoach.wsgi import application
from tests.fixtures import client_of

ROUNDS, WHILE_SECONDS = 5, 1.0
Ask = Callable[[str], None]


def asker(user: User) -> Ask:
    """Return a function that asks for a page as somebody who is logged in, of what gunicorn serves.

    The test client would copy every context.
    """
    client = client_of(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    factory = RequestFactory(HTTP_COOKIE=cookie)

    def ask(page: str) -> None:
        statuses: list[str] = []
        response = application(factory.get(page).environ, lambda status, _headers: statuses.append(status))
        body = b"".join(response)
        response.close()
        assert statuses == ["200 OK"], (page, statuses)
        assert body

    return ask


def times_bare(ask: Ask, pages: Sequence[str]) -> dict[str, float]:
    """Return how long each page takes in times of the first, the bare one: the median of five rounds, printed as well."""
    for page in pages:
        ask(page)
    # What the test run itself holds is not looked through by the garbage collector while pages are timed.
    gc.collect()
    gc.freeze()
    bare = pages[0]
    rounds = [{page: seconds_for(ask, page) for page in pages} for _round in range(ROUNDS)]
    times = {page: statistics.median(row[page] / row[bare] for row in rounds) for page in pages}
    print(f"  {'page':58} {'queries':>8} {'ms':>8} {'x bare':>8}")
    for page in pages:
        ms = statistics.median(row[page] for row in rounds) * 1000
        print(f"  {page:58} {queries_of(ask, page):8} {ms:8.1f} {times[page]:8.1f}", flush=True)
    return times


def seconds_for(ask: Ask, page: str) -> float:
    """Return how long one request for a page takes, as the mean over a while.

    Every page is asked for during the same while: a busy machine then interrupts the quick ones as often as the others.
    """
    began = time.perf_counter()
    for requests in itertools.count(1):
        ask(page)
        took = time.perf_counter() - began
        if took > WHILE_SECONDS:
            return took / requests
    raise AssertionError("unreachable")


def queries_of(ask: Ask, page: str) -> int:
    """Return how many queries a page takes. Django's own log is emptied by the handler."""
    found: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        found.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        ask(page)
    return len(found)
