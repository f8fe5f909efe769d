"""How long the desk takes with 2,000 patients, 50 of them with two years of history, in times of a bare page.

    make bench                    both benchmarks
    PATIENTS=200 make bench       a smaller clinic

The people live by the demo's simulation (kneecoach/demo/life.py); their rows are written with COPY.
"""

import os
import time
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from kneecoach.accounts.models import Patient
from kneecoach.demo.life import live
from kneecoach.demo.replay import load_stages
from progress.models import ExerciseSession, Rep, RuleSet
from tests.bench.asking import asker, times_bare
from tests.bench.copying import Writer
from tests.bench.crowd import crowd
from tests.factories import a_moment, make_physiotherapist

NOW = a_moment("2026-11-30 20:30")
PATIENTS = int(os.environ.get("PATIENTS", "2000"))
LONG = PATIENTS // 40
BARE, WORKLIST = "/bare-desk/", "/admin/"
MOST_TIMES_BARE = 40


@pytest.mark.urls("tests.bench.urls")
def test_desk_is_quick_with_many_patients(live_db, time_machine):
    began = time.perf_counter()
    physiotherapist, stages = make_physiotherapist(), load_stages()
    rules = RuleSet.objects.of_clinic()[0].values
    writer = Writer(physiotherapist=physiotherapist, password_hash=make_password("none"), stages=stages)
    people = crowd(long=LONG, short=PATIENTS - LONG)
    with live_db.owner_connection() as owner:
        with writer.without_history(owner) as cursor:
            writer.write_all((live(person, stages, rules, now=NOW, seed="bench") for person in people), cursor)
        owner.execute("ANALYZE")
    took = time.perf_counter() - began
    time_machine.move_to(NOW, tick=True)
    print(
        f"\nwith {Patient.objects.count()} patients, {ExerciseSession.objects.count()} sessions and "
        f"{Rep.objects.count()} repetitions, written in {took:.0f} s"
    )
    longest = Patient.objects.order_by("created_at").first()
    assert longest
    assert NOW - longest.created_at > timedelta(days=700)
    patient = reverse("admin:accounts_patient_change", args=[longest.pk])
    last = -(-PATIENTS // 25)
    judged = [
        WORKLIST,
        f"{WORKLIST}?who=all&page={last}",
        f"{WORKLIST}?need=stuck",
        patient,
        f"{patient}?month=2026-03",
    ]

    times = times_bare(asker(physiotherapist), [BARE, *judged, "/admin/accounts/patient/"])

    assert {page: times[page] for page in judged if times[page] > MOST_TIMES_BARE} == {}
