"""A repetition is stored once, whatever the phone repeats; the first counts, and nothing acknowledged is lost."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from progress import services
from progress.facts import load_state
from progress.models import Rep, RepConflict
from progress.services import SessionClosed, Verdict
from tests.factories import (
    a_claim,
    a_moment,
    do_reps,
    later,
    make_finished_session,
    make_patient,
    make_prescription,
    make_ready_session,
    sets_of,
)

NOW = a_moment("2026-11-25 08:00")
WORDS = ("number", "held_ms", "paused_ms", "outcome", "method")


@pytest.fixture
def exercise_set(patient):
    """Return the one set of a running session."""
    return sets_of(make_ready_session(patient=patient, now=NOW))[0]


def words(row) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in WORDS)


def record(exercise_set, claim, now=NOW) -> Verdict:
    return services.record_rep(exercise_set=exercise_set, claim=claim, now=now).verdict


# --- one claim -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_rep_is_stored_with_its_words(exercise_set):
    claim = a_claim(number=1, held_ms=3120, paused_ms=800, method="audio", done_at=later(NOW, seconds=50))

    receipt = services.record_rep(exercise_set=exercise_set, claim=claim, now=later(NOW, seconds=51))

    rep = Rep.objects.get()
    assert (receipt.verdict, receipt.rep, receipt.standing) == (Verdict.STORED, rep, [rep])
    assert (rep.pk, rep.exercise_set, words(rep)) == (claim.rep_id, exercise_set, (1, 3120, 800, "ok", "audio"))
    assert (rep.done_at, rep.received_at) == (later(NOW, seconds=50), later(NOW, seconds=51))
    assert (rep.is_clock_suspect, rep.voided_at) == (False, None)


@pytest.mark.django_db
def test_rep_starts_its_set_once(exercise_set):
    record(exercise_set, a_claim(number=1), later(NOW, seconds=10))
    record(exercise_set, a_claim(number=2), later(NOW, seconds=20))

    exercise_set.refresh_from_db()
    assert exercise_set.started_at == later(NOW, seconds=10)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "held_ms", "expected"),
    [
        ("ok", 2500, "ok"),
        ("ok", 2499, "short"),
        ("ok", 0, "short"),
        ("ok", None, "ok"),
        ("short", 3000, "short"),
        ("skipped", None, "skipped"),
        ("stopped_pain", 900, "stopped_pain"),
    ],
)
def test_rep_interrupted_hold_is_short(exercise_set, outcome, held_ms, expected):
    claim = a_claim(outcome=outcome, held_ms=held_ms)

    first, second = record(exercise_set, claim), record(exercise_set, claim)

    assert (first, second) == (Verdict.STORED, Verdict.REPEATED)
    assert Rep.objects.get().outcome == expected


# --- the same again ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_rep_same_id_same_words_changes_nothing(exercise_set):
    claim = a_claim()
    record(exercise_set, claim)
    before = Rep.objects.values().get()

    verdict = record(exercise_set, claim, later(NOW, minutes=9))

    assert verdict == Verdict.REPEATED
    assert Rep.objects.values().get() == before
    assert RepConflict.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other", [{"held_ms": 2900}, {"number": 2}, {"outcome": "skipped"}, {"method": "tap"}, {"paused_ms": 1}]
)
def test_rep_same_id_other_words_is_a_conflict(exercise_set, other):
    claim = a_claim()
    record(exercise_set, claim)
    before = Rep.objects.values().get()

    verdicts = [record(exercise_set, a_claim(rep_id=claim.rep_id, **other)) for _again in range(2)]

    conflict = RepConflict.objects.get()
    assert verdicts == [Verdict.CONFLICT] * 2
    assert Rep.objects.values().get() == before
    assert (conflict.rep_id, conflict.claimed_id) == (claim.rep_id, claim.rep_id)
    assert {name: getattr(conflict, name) for name in other} == other


@pytest.mark.django_db
def test_rep_other_id_on_a_taken_number_is_a_conflict(exercise_set):
    first, second = a_claim(held_ms=3100), a_claim(held_ms=3000)
    record(exercise_set, first)

    receipt = services.record_rep(exercise_set=exercise_set, claim=second, now=NOW)

    assert (receipt.verdict, receipt.rep.id) == (Verdict.CONFLICT, first.rep_id)
    assert list(Rep.objects.values_list("pk", "held_ms")) == [(first.rep_id, 3100)]
    assert list(RepConflict.objects.values_list("claimed_id", "held_ms")) == [(second.rep_id, 3000)]


@pytest.mark.django_db
def test_rep_id_of_another_set_is_not_found(exercise_set, other_patient):
    theirs = sets_of(make_ready_session(patient=other_patient, now=NOW))[0]
    claim = a_claim()
    record(theirs, claim)

    with pytest.raises(Rep.DoesNotExist):
        record(exercise_set, claim)

    assert list(Rep.objects.values_list("exercise_set_id", flat=True)) == [theirs.pk]
    assert RepConflict.objects.count() == 0


@pytest.mark.django_db
def test_rep_taken_back_frees_its_number_and_not_its_id(exercise_set):
    first, second = a_claim(), a_claim(held_ms=3300)
    record(exercise_set, first)
    Rep.objects.update(voided_at=NOW)

    verdicts = [record(exercise_set, second), record(exercise_set, first)]

    assert verdicts == [Verdict.STORED, Verdict.REPEATED]
    assert list(Rep.objects.standing().values_list("pk", flat=True)) == [second.rep_id]
    assert Rep.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("is_kept_by_phone", [True, False])
def test_rep_of_another_set_is_not_taken_back(exercise_set, other_patient, is_kept_by_phone):
    theirs = sets_of(make_ready_session(patient=other_patient, now=NOW))[0]
    claim = a_claim()
    record(theirs, claim)

    with pytest.raises(Rep.DoesNotExist):
        services.take_back_rep(
            exercise_set=exercise_set, rep_id=claim.rep_id, claim=claim if is_kept_by_phone else None, now=NOW
        )

    assert list(Rep.objects.values_list("voided_at", flat=True)) == [None]


@pytest.mark.django_db
def test_rep_that_nobody_has_told_of_is_not_taken_back(exercise_set):
    with pytest.raises(Rep.DoesNotExist):
        services.take_back_rep(exercise_set=exercise_set, rep_id=a_claim().rep_id, claim=None, now=NOW)


# --- clocks --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("minutes", "clamped_to", "is_suspect"),
    [(5, 5, False), (11, 10, False), (15, 10, False), (16, 10, True), (-1, 0, False), (-6, 0, True), (10**7, 10, True)],
)
def test_rep_wrong_clock_is_clamped_and_flagged_never_refused(exercise_set, minutes, clamped_to, is_suspect):
    claim = a_claim(done_at=later(NOW, minutes=minutes))

    verdict = record(exercise_set, claim, later(NOW, minutes=10))

    rep = Rep.objects.get()
    assert (verdict, rep.done_at, rep.is_clock_suspect) == (Verdict.STORED, later(NOW, minutes=clamped_to), is_suspect)


@pytest.mark.django_db
def test_rep_done_in_time_may_arrive_three_days_late(exercise_set):
    verdict = record(exercise_set, a_claim(done_at=later(NOW, minutes=2)), later(NOW, days=3))

    rep = Rep.objects.get()
    assert (verdict, rep.done_at, rep.is_clock_suspect) == (Verdict.STORED, later(NOW, minutes=2), False)


@pytest.mark.django_db
def test_rep_done_days_later_is_refused(exercise_set):
    with pytest.raises(SessionClosed):
        record(exercise_set, a_claim(done_at=later(NOW, days=3)), later(NOW, days=3))

    assert Rep.objects.count() == 0


@pytest.mark.django_db
def test_rep_that_arrives_after_a_stop_is_stored_and_nothing_more_is_asked(exercise_set):
    session = exercise_set.exercise_session
    services.stop_session(session=session, reason="interrupted", now=later(NOW, minutes=1))
    session.refresh_from_db()

    receipt = services.record_rep(
        exercise_set=exercise_set, claim=a_claim(done_at=later(NOW, seconds=30)), now=later(NOW, minutes=2)
    )

    session.refresh_from_db()
    assert (receipt.verdict, load_state(session, NOW).step.kind) == (Verdict.STORED, "done")
    assert session.ended_at == later(NOW, minutes=1)


@pytest.mark.django_db
def test_rep_beyond_the_target_is_stored(patient):
    session = make_finished_session(patient=patient, now=NOW)
    (row,) = sets_of(session)

    verdict = record(row, a_claim(number=11), later(NOW, minutes=5))

    assert verdict == Verdict.STORED
    assert row.reps.count() == 11


# --- a ledger beside the table -------------------------------------------------------------------------------------
CLAIMS = st.tuples(
    st.integers(0, 1),
    st.integers(0, 5),
    st.integers(1, 3),
    st.sampled_from([3000, 3100, None]),
    st.sampled_from(["ok", "skipped"]),
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=st.lists(CLAIMS, max_size=25))
def test_any_order_of_claims_agrees_with_a_ledger(both_sets, claims):
    ids = [uuid.UUID(int=number) for number in range(1, 7)]
    stored: dict[uuid.UUID, tuple[int, tuple[object, ...]]] = {}
    conflicts: set[tuple[object, ...]] = set()

    with transaction.atomic():
        for which, key, number, held_ms, outcome in claims:
            claim = a_claim(rep_id=ids[key], number=number, held_ms=held_ms, outcome=outcome, method="tap")
            said = (number, held_ms, 0, outcome, "tap")
            holder = next((pk for pk, (row, words) in stored.items() if (row, words[0]) == (which, number)), None)
            if ids[key] in stored and stored[ids[key]][0] != which:
                with pytest.raises(Rep.DoesNotExist):
                    record(both_sets[which], claim)
                continue
            verdict = record(both_sets[which], claim)
            if ids[key] in stored:
                is_same = stored[ids[key]][1] == said
                assert verdict == (Verdict.REPEATED if is_same else Verdict.CONFLICT)
                conflicts |= set() if is_same else {(which, ids[key], *said)}
            elif holder:
                assert verdict == Verdict.CONFLICT
                conflicts.add((which, ids[key], *said))
            else:
                assert verdict == Verdict.STORED
                stored[ids[key]] = (which, said)

        table = {row.pk: (both_sets.index(row.exercise_set), words(row)) for row in Rep.objects.all()}
        # The same words again are kept once, also where meanwhile another repetition stands in their way.
        rows = RepConflict.objects.select_related("rep__exercise_set")
        kept = [(both_sets.index(row.rep.exercise_set), row.claimed_id, *words(row)) for row in rows]
        transaction.set_rollback(True)
    assert table == stored
    assert len({(which, said[0]) for which, said in table.values()}) == len(table)
    assert len(kept) == len(conflicts)
    assert set(kept) == conflicts


@pytest.fixture
def both_sets(patient):
    """Return the sets of the left and the right knee in one session."""
    make_prescription(patient=patient, stage_number=2, side="both", now=later(NOW, days=-2))
    return sets_of(make_ready_session(patient=patient, now=NOW))


# --- at the same time ----------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("live_db")
@pytest.mark.parametrize("is_one_id", [True, False])
def test_twenty_devices_at_once_store_one_rep(is_one_id):
    (row,) = sets_of(make_ready_session(patient=make_patient(), now=NOW))
    same = uuid.uuid4()
    claims = [a_claim(rep_id=same if is_one_id else uuid.uuid4(), number=1) for _count in range(20)]

    def attempt(claim) -> Verdict:
        try:
            return record(row, claim)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        verdicts = list(pool.map(attempt, claims))

    rest = Verdict.REPEATED if is_one_id else Verdict.CONFLICT
    winner = claims[verdicts.index(Verdict.STORED)].rep_id
    assert sorted(verdicts) == sorted([Verdict.STORED] + [rest] * 19)
    assert list(Rep.objects.values_list("pk", "number")) == [(winner, 1)]
    assert RepConflict.objects.count() == (0 if is_one_id else 19)


@pytest.mark.usefixtures("live_db")
def test_two_devices_that_do_the_whole_set_store_each_number_once():
    (row,) = sets_of(make_ready_session(patient=make_patient(), now=NOW))

    def do_all(_device: int) -> None:
        try:
            do_reps(exercise_set=row, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(do_all, range(2)))

    assert sorted(Rep.objects.values_list("number", flat=True)) == list(range(1, 11))
    assert RepConflict.objects.count() == 10
