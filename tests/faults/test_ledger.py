"""The oracle itself: it finds what is lost, doubled or made up. One that finds nothing would let every fault pass."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.utils import timezone

from kneecoach.accounts.models import Patient
from progress import services
from progress.models import Rep
from tests.e2e.hands import expect_reps, start_clock
from tests.factories import a_claim
from tests.faults.hands import expect_handed_in, expect_truth, hurry_until, long_set, open_phone
from tests.faults.ledger import Done, Line, Row, conflicts_of, judge, ledger_of, table_of
from tests.plugins.browser import OpenPage

FIRST = Done("a", 1, 3000, 0, "ok")
SECOND = Done("b", 2, 3000, 0, "ok")
RIVAL = replace(SECOND, rep_id="c")
LEDGER = [Line("a", FIRST), Line("b", SECOND)]
TABLE = [Row(FIRST), Row(SECOND)]
BACK = Line("b", SECOND, is_back=True)


@pytest.mark.parametrize(
    ("ledger", "table", "conflicts"),
    [
        (LEDGER, TABLE, []),
        ([*LEDGER, Line("c", RIVAL)], TABLE, [RIVAL]),
        ([*LEDGER, BACK], [Row(FIRST), Row(SECOND, stands=False)], []),
        ([*LEDGER, BACK, Line("c", RIVAL)], [Row(FIRST), Row(SECOND, stands=False), Row(RIVAL)], []),
        # A page that was closed in the middle of writing: it may have arrived, and need not.
        ([LEDGER[0], replace(LEDGER[1], is_kept=False)], [Row(FIRST)], []),
        ([LEDGER[0], replace(LEDGER[1], is_kept=False)], TABLE, []),
    ],
)
def test_whole_record_is_found_whole(ledger: list[Line], table: list[Row], conflicts: list[Done]):
    assert judge(ledger, table, conflicts) == []


@pytest.mark.parametrize(
    ("complaint", "ledger", "table", "conflicts"),
    [
        ("lost", LEDGER, [Row(FIRST)], []),
        ("lost", LEDGER, [Row(FIRST), Row(replace(SECOND, held_ms=2999))], []),
        ("nobody did", LEDGER, [*TABLE, Row(Done("z", 3, 3000, 0, "ok"))], []),
        ("nobody did", LEDGER, [Row(FIRST), Row(replace(SECOND, outcome="short"))], []),
        ("number counted twice", [*LEDGER, Line("c", RIVAL)], [*TABLE, Row(RIVAL)], []),
        ("id stored twice", LEDGER, [*TABLE, Row(SECOND, stands=False)], []),
        ("stored and in conflict", LEDGER, TABLE, [SECOND]),
        ("conflict kept twice", [*LEDGER, Line("c", RIVAL)], TABLE, [RIVAL, RIVAL]),
        ("in conflict with nobody", LEDGER, [Row(FIRST)], [SECOND]),
        ("stands, but was taken back", [*LEDGER, BACK], TABLE, []),
        ("voided by nobody", LEDGER, [Row(FIRST), Row(SECOND, stands=False)], []),
    ],
)
def test_what_is_wrong_is_named(complaint: str, ledger: list[Line], table: list[Row], conflicts: list[Done]):
    assert any(line.startswith(f"{complaint}:") for line in judge(ledger, table, conflicts))


def test_planted_loss_and_planted_row_are_found_behind_a_real_phone(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set)
    start_clock(page)
    hurry_until(page, 2)
    page.get_by_role("button", name="Pause").click()
    expect_handed_in(page)
    done = len(table_of(exercise_set))
    expect_reps(page, "ok", done)
    expect_truth(exercise_set, page)

    def complaints() -> list[str]:
        return judge(ledger_of(page), table_of(exercise_set), conflicts_of(exercise_set))

    lost = Rep.objects.get(exercise_set=exercise_set, number=1)
    with live_db.owner_connection() as cursor:
        cursor.execute("DELETE FROM progress_rep WHERE id = %s", [lost.pk])
    assert [line.split(":")[0] for line in complaints()] == ["lost"]

    again = a_claim(number=1, rep_id=UUID(int=1))
    services.record_rep(exercise_set=exercise_set, claim=again, now=timezone.now())
    assert {line.split(":")[0] for line in complaints()} == {"lost", "nobody did"}
    with pytest.raises(AssertionError):
        expect_truth(exercise_set, page)
