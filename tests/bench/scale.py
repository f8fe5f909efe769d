"""Whether it stays as quick with a hundred times as much recorded: 10^5, 10^6 and 10^7 repetitions, side by side.

    make bench-scale                     three databases, five rounds
    REPS=100000,1000000 make bench-scale

The same clinic three times, whose past is longer and longer. Each kind of request goes to one after the other in each
round; what counts is the median of the rounds.
"""

import os
import statistics
import time

import psycopg

from tests.bench.clinic import make_clinic
from tests.bench.past import Past, make_former
from tests.bench.requests import LOG_IN, REP, SECONDS, SETS, TODAY, WARM_SECONDS, WORKLIST, Asking
from tests.bench.serving import Fill, sites
from tests.plugins.database import TestDatabase

SIZES = [int(size) for size in os.environ.get("REPS", "100000,1000000,10000000").split(",")]
ROUNDS = 5
KINDS = (REP, TODAY, WORKLIST, LOG_IN)
MOST_TIMES = 1.2


def test_scale(live_db: TestDatabase):
    clinic, former = make_clinic(sets=SETS), make_former()
    # Each database takes the same repetitions of its own copy of the clinic.
    asking = Asking(clinic)
    askings = {name_of(size): asking.again() for size in SIZES}
    with sites(live_db, **{name_of(size): fill(Past(former, size), size) for size in SIZES}) as served:
        for kind in KINDS:
            for name, site in served.items():
                askings[name].ask(site, kind, WARM_SECONDS)
        rounds = [
            {
                kind: {name: askings[name].ask(site, kind, SECONDS).at(0.5) for name, site in served.items()}
                for kind in KINDS
            }
            for _round in range(ROUNDS)
        ]

    print(f"\np50 in ms at 8 connections, the median of {ROUNDS} rounds; in times of the first, round by round\n{HEAD}")
    first, *others = (name_of(size) for size in SIZES)
    worst = {}
    for kind in KINDS:
        p50 = {name: statistics.median(row[kind][name] for row in rounds) for name in (first, *others)}
        worst[kind] = max(statistics.median(row[kind][name] / row[kind][first] for row in rounds) for name in others)
        print(f"  {kind:12}{''.join(f'{ms:12.1f}' for ms in p50.values())}{worst[kind]:10.2f}", flush=True)
    assert {kind: times for kind, times in worst.items() if times > MOST_TIMES} == {}


HEAD = f"  {'repetitions':12}{''.join(f'{size:12,}' for size in SIZES)}{'at most':>10}"


def name_of(size: int) -> str:
    """Return the name of the database with so many repetitions."""
    return f"reps_{size}"


def fill(past: Past, size: int) -> Fill:
    """Return what writes a past, and says how long that took."""

    def write(superuser: psycopg.Connection) -> None:
        began = time.perf_counter()
        past.write(superuser)
        print(f"\n{size:,} repetitions written in {time.perf_counter() - began:.0f} s", flush=True)

    return write
