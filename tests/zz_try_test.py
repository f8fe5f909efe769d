import time, contextlib
import pytest
from kneecoach.demo import simulation as sim
from django.db import transaction
from tests.factories import a_moment
@pytest.mark.usefixtures("live_db")
@pytest.mark.parametrize("name", ["outer", "none", "outer2", "none2"])
def test_t(monkeypatch, name):
    monkeypatch.setattr(sim, "PEOPLE", sim.PEOPLE[2:])
    class T:
        atomic = staticmethod(transaction.atomic if "outer" in name else contextlib.nullcontext)
    monkeypatch.setattr(sim, "transaction", T)
    t, c = time.perf_counter(), time.process_time()
    sim.make_demo_clinic(now=a_moment("2026-11-25 15:20"))
    print(name, round(time.perf_counter()-t,1), round(time.process_time()-c,1), flush=True)
