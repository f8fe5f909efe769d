"""Whether an answer takes as long for a known address as for an unknown one: medians of tries that take turns.

    make bench-log-in              200 tries of each
    TRIES=50 make bench-log-in     fewer

With the real password hash, and without waiting for a mail server: mails go out after the answer.
"""

import os
import statistics
import time
from typing import Any

import pytest
from django.conf import global_settings
from django.core.cache import cache
from django.test import Client

from kneecoach import mail_later
from tests.factories import PASSWORD, make_patient

TRIES = int(os.environ.get("TRIES", "200"))
MOST_APART = 0.10
FORMS = {
    "/account/login/": lambda email: {"login": email, "password": "a wrong password"},
    "/account/login/code/": lambda email: {"email": email},
    "/account/password/reset/": lambda email: {"email": email},
}


@pytest.mark.parametrize("path", FORMS)
def test_known_and_unknown_take_as_long(path: str, live_db: Any, settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    monkeypatch.setattr(mail_later, "send", lambda message: None)
    make_patient(email="known@example.org", password=PASSWORD)
    took: dict[str, list[float]] = {"known": [], "nobody": []}

    for turn in range(TRIES + 3):
        for who in sorted(took, reverse=bool(turn % 2)):
            cache.clear()
            data, client = FORMS[path](f"{who}@example.org"), Client()
            began = time.perf_counter()
            client.post(path, data)
            # The first ones load templates.
            if turn >= 3:
                took[who].append(time.perf_counter() - began)

    known, nobody = (statistics.median(took[who]) * 1000 for who in ("known", "nobody"))
    apart = abs(known - nobody) / max(known, nobody)
    print(f"\n  {path:26} known {known:7.2f} ms, unknown {nobody:7.2f} ms: {apart:.1%} apart, {TRIES} tries each")
    assert apart <= MOST_APART
