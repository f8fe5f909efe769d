"""Who needs somebody first: the order of the worklist as plain values."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from kneecoach.desk.rules import (
    Case,
    Counted,
    Given,
    Need,
    OnStage,
    OpenAlert,
    count_needs,
    in_order,
    quiet_for,
    stages_running,
)
from tests.factories import a_moment, later

NOW = a_moment("2026-11-25 08:00")
TODAY = NOW.date()
STAGE_1, STAGE_2 = (1, "vmo-1"), (1, "vmo-2")


def a_case(name: str = "Anna", **known: object) -> Case:
    """Return one's own patient of whom nothing is known but what is named."""
    return Case(patient_id=uuid4(), name=name, is_mine=True)._replace(**known)


def an_alert(need: Need, *, is_seen: bool = False) -> tuple[OpenAlert, ...]:
    """Return one open alert."""
    return (OpenAlert(need, is_seen),)


CASES = {
    "sign": a_case(signs=1),
    "high": a_case(alerts=an_alert(Need.URGENT)),
    "pain": a_case(alerts=an_alert(Need.PAIN)),
    "unsettled": a_case(alerts=an_alert(Need.UNSETTLED)),
    "asks": a_case(is_asking=True),
    "quiet": a_case(quiet=timedelta(hours=48)),
    "unread": a_case(unread=1),
    "stuck": a_case(days_on_stage=29, criteria=Counted(TODAY, 7, 8)),
    "ready": a_case(days_on_stage=29, criteria=Counted(TODAY, 8, 8)),
    "nothing": a_case(days_on_stage=28),
}


@pytest.mark.parametrize(
    ("case", "need"),
    [
        ("sign", Need.URGENT),
        ("high", Need.URGENT),
        ("pain", Need.PAIN),
        ("unsettled", Need.UNSETTLED),
        ("asks", Need.ASKS),
        ("quiet", Need.QUIET),
        ("unread", Need.UNREAD),
        ("stuck", Need.STUCK),
        ("ready", None),
        ("nothing", None),
    ],
)
def test_each_fact_is_one_need(case: str, need: Need | None):
    assert CASES[case].needs == ((need,) if need else ())


def test_everything_at_once_is_told_the_most_pressing_first():
    alerts = an_alert(Need.UNSETTLED) + an_alert(Need.PAIN)
    case = a_case(signs=1, alerts=alerts, is_asking=True, quiet=timedelta(days=3), unread=2, days_on_stage=40)

    assert case.needs == tuple(Need)


def test_who_is_long_on_a_stage_is_stuck_until_the_criteria_are_counted():
    assert a_case(days_on_stage=29).needs == (Need.STUCK,)
    assert [a_case(days_on_stage=days).is_long for days in (None, 28, 29)] == [False, False, True]


def test_order_goes_by_need():
    wanted = ["pain", "unsettled", "asks", "quiet", "unread", "stuck", "nothing"]

    found = in_order(CASES[name] for name in reversed(wanted))

    assert found == [CASES[name] for name in wanted]


def test_ones_own_come_before_others_whatever_they_need():
    mine, other = a_case("Zoe"), a_case("Abel", is_mine=False, signs=1)

    assert in_order([other, mine]) == [mine, other]


def test_of_the_same_need_the_unseen_comes_first_then_the_longest_then_the_name():
    seen = a_case("Abel", alerts=an_alert(Need.URGENT, is_seen=True))
    both = a_case("Carl", alerts=an_alert(Need.URGENT, is_seen=True) + an_alert(Need.URGENT))
    unseen = a_case("Zoe", alerts=an_alert(Need.URGENT))
    quiet = [a_case("abel", quiet=timedelta(days=3)), a_case("Zoe", quiet=timedelta(days=4))]
    long = [a_case("Abel", days_on_stage=30), a_case("Zoe", days_on_stage=31)]
    named = [a_case("zoe"), a_case("Abel")]

    found = in_order([*named, *long, *quiet, seen, both, unseen])

    assert found == [both, unseen, seen, *quiet[::-1], *long[::-1], *named[::-1]]


def test_a_warning_sign_is_never_taken_for_seen():
    assert not a_case(signs=1, alerts=an_alert(Need.URGENT, is_seen=True)).is_seen
    assert a_case(signs=0, alerts=an_alert(Need.PAIN, is_seen=True)).is_seen
    assert not a_case(unread=1).is_seen


def test_names_that_are_the_same_keep_one_order():
    cases = [a_case(patient_id=UUID(int=2)), a_case(patient_id=UUID(int=1))]

    assert in_order(cases) == in_order(cases[::-1])


def test_counts_tell_every_need_and_not_only_the_first():
    counts = count_needs([*CASES.values(), a_case(signs=1, unread=3)])

    assert counts == dict.fromkeys(Need, 1) | {Need.URGENT: 3, Need.UNREAD: 2}


# --- quiet ---------------------------------------------------------------------------------------------------------
class Days:
    """Something that is due on some days, counted back from today."""

    def __init__(self, *back: int) -> None:
        self.days = {TODAY - timedelta(days=count) for count in back}

    def covers(self, day: date) -> bool:
        """Tell whether it is due."""
        return day in self.days


@pytest.mark.parametrize(
    ("hours", "due", "quiet"),
    [
        (48, (Days(0, 1, 2),), 48),
        (100, (Days(0, 1, 2, 3, 4),), 100),
        (47, (Days(0, 1, 2),), None),
        # A new dose goes on where the old one ended.
        (60, (Days(2), Days(0, 1)), 60),
        # On a pause, just back from one, not started, and nothing at all.
        (90, (Days(1, 2),), None),
        (90, (Days(0, 1),), None),
        (90, (Days(0, 2),), None),
        (90, (), None),
    ],
)
def test_quiet_is_two_whole_days_on_which_something_was_due(hours: int, due: tuple[Days, ...], quiet: int | None):
    heard_at = later(NOW, hours=-hours)

    found = quiet_for(NOW, TODAY, heard_at=heard_at, prescribed_at=later(NOW, days=-90), due=due)

    assert found == (None if quiet is None else timedelta(hours=quiet))


def test_quiet_without_any_session_counts_from_the_prescription():
    due = (Days(0, 1, 2),)

    assert quiet_for(NOW, TODAY, heard_at=None, prescribed_at=later(NOW, hours=-50), due=due) == timedelta(hours=50)
    assert quiet_for(NOW, TODAY, heard_at=None, prescribed_at=later(NOW, hours=-47), due=due) is None
    assert quiet_for(NOW, TODAY, heard_at=None, prescribed_at=None, due=due) is None


# --- on the stage --------------------------------------------------------------------------------------------------
def given(back: int, key: tuple[int, str] = STAGE_1, end: str = "") -> Given:
    """Return a prescription that started some days ago."""
    return Given(key, int(key[1][-1]), TODAY - timedelta(days=back), not end, end == "superseded")


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        ([], {}),
        ([given(10)], {STAGE_1: 10}),
        ([given(40, end="superseded"), given(10)], {STAGE_1: 40}),
        ([given(40, end="superseded"), given(30, end="stopped"), given(10)], {STAGE_1: 10}),
        ([given(40, end="mastered")], {}),
        ([given(40, end="mastered"), given(20, STAGE_2)], {STAGE_2: 20}),
        ([given(40), given(20, STAGE_2)], {STAGE_1: 40, STAGE_2: 20}),
        ([given(-3)], {STAGE_1: 0}),
    ],
)
def test_days_on_a_stage_go_on_through_a_new_dose(rows: list[Given], days: dict[tuple[int, str], int]):
    assert {key: on.days(TODAY) for key, on in stages_running(rows).items()} == days


def test_running_stage_knows_its_number():
    assert stages_running([given(20, STAGE_2)]) == {STAGE_2: OnStage(2, TODAY - timedelta(days=20))}
