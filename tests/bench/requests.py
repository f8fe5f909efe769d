"""How many requests a second, and how long each takes, at eight connections on the settings of the compose image.

    make bench-requests                                 five rounds
    ROUNDS=1 WEB_WORKERS=3 WEB_THREADS=1 make bench-requests

In each round every kind of request is sent for a few seconds in turn, so that whatever else the machine does meets all
of them. Beside ours, on the same server: a bare Django view behind log-in, and a bare insert behind log-in.
"""

import os
import statistics
from copy import copy
from itertools import chain
from typing import Self

from tests.bench.clinic import CONNECTIONS, REPS, Browser, Clinic, log_in, make_clinic, rep
from tests.bench.connections import Order, Tally, carry_out
from tests.bench.serving import Site, sites
from tests.plugins.database import TestDatabase

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS, WARM_SECONDS = 3.0, 1.0
# For as many repetitions as may be recorded in all rounds: 320 a second.
SETS = 6 * CONNECTIONS * (ROUNDS + 1)
BARE, INSERT, REP, TODAY, WORKLIST, LOG_IN = "bare view", "bare insert", "repetition", "Today", "worklist", "log-in"
KINDS = (BARE, TODAY, INSERT, REP, WORKLIST, LOG_IN)
LEAST_REP, LEAST_TODAY = 0.60, 0.25


def test_requests(live_db: TestDatabase):
    # Logged in before the database is copied.
    asking = Asking(make_clinic(sets=SETS))
    with sites(live_db, bench=lambda superuser: None) as served:
        site = served["bench"]
        for kind in KINDS:
            asking.ask(site, kind, WARM_SECONDS)
        rounds = [{kind: asking.ask(site, kind, SECONDS) for kind in KINDS} for _round in range(ROUNDS)]

    print(f"\n{CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s\n{HEAD}")
    for kind in KINDS:
        print(line(kind, [row[kind] for row in rounds]))
    as_insert, as_bare = share(rounds, REP, INSERT), share(rounds, TODAY, BARE)
    print(f"a repetition: {as_insert:.0%} of the bare insert; Today: {as_bare:.0%} of the bare view")
    assert as_insert >= LEAST_REP
    assert as_bare >= LEAST_TODAY


HEAD = f"  {'':12}{'a second':>10}{'p50':>10}{'p99':>10}"


def line(kind: str, tallies: list[Tally]) -> str:
    """Return a row of the table: the medians of the rounds."""
    per_second, p50, p99 = (
        statistics.median(values)
        for values in zip(*((row.per_second, row.at(0.5), row.at(0.99)) for row in tallies), strict=True)
    )
    return f"  {kind:12}{per_second:10.1f}{p50:7.1f} ms{p99:7.1f} ms"


def share(rounds: list[dict[str, Tally]], ours: str, bare: str) -> float:
    """Return requests a second in shares of a bare kind: the median of the rounds."""
    return statistics.median(row[ours].per_second / row[bare].per_second for row in rounds)


class Asking:
    """The requests of each kind for each connection. A repetition is sent once; what is left of them is kept."""

    def __init__(self, clinic: Clinic) -> None:
        regulars = [Browser(row.user) for row in clinic.regulars]
        bare = [Browser(row.user, is_bare=True) for row in clinic.regulars]
        desk = Browser(clinic.physiotherapist)
        reps = [
            [rep(browser, set_id, number) for number in range(1, REPS + 1)]
            for browser, set_id in ((Browser(patient.user), set_id) for patient, set_id in clinic.sets)
        ]
        self.reps = [list(chain.from_iterable(reps[first::CONNECTIONS])) for first in range(CONNECTIONS)]
        self.requests = {
            BARE: [[one.get("/bare-view/")] for one in bare],
            TODAY: [[one.get("/")] for one in regulars],
            INSERT: [[one.post("/bare-insert/", number=3)] for one in bare],
            WORKLIST: [[desk.get("/admin/")]] * CONNECTIONS,
            LOG_IN: [
                [log_in(row.user.email, f"192.0.{2 + place}.{last}") for last in range(1, 255)]
                for place, row in enumerate(clinic.regulars)
                if row.user
            ],
        }

    def again(self) -> Self:
        """Return the same, to be asked of another copy of the database."""
        return copy(self)

    def ask(self, site: Site, kind: str, seconds: float) -> Tally:
        """Send requests of a kind at all connections for a while. AssertionError for any answer but the right one."""
        is_rep = kind == REP
        requests = self.reps if is_rep else self.requests[kind]
        expected = 302 if kind == LOG_IN else 200
        tally = carry_out(Order(site.port, seconds, expected, requests, once=is_rep))
        assert not tally.others, (kind, tally.others)
        if is_rep:
            assert all(sent < len(left) for sent, left in zip(tally.sent, self.reps, strict=True)), "too few sets"
            self.reps = [left[sent:] for sent, left in zip(tally.sent, self.reps, strict=True)]
        return tally
