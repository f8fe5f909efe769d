"""Readiness: each criterion of docs/rules.md with its number, its limit and its boundary."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.limits import PRESETS, Criteria, Preset, RuleValues
from progress.rules.readiness import Criterion, CriterionKey, Readiness, Verdict, readiness, worse
from progress.rules.reps import is_hold_kept
from tests.progress.rules.builders import (
    TODAY,
    back,
    criterion,
    good_pain,
    good_stage,
    history,
    of_numbers,
    pain,
    stage_day,
)

C = CriterionKey
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
STANDARD = RuleValues()


def verdict(key: C, values: RuleValues = STANDARD, **changes) -> Verdict:
    """Return the verdict of one criterion on a stage that is good but for the changes."""
    return criterion(readiness(TODAY, good_stage(**changes), values), key).verdict


def with_criteria(**changes) -> RuleValues:
    """Return standard values but for some criteria."""
    return RuleValues(criteria=Criteria(**changes))


def days_with(*changes: dict) -> tuple:
    """Return seven good days, the last ones with changes."""
    days = [stage_day(back(number)) for number in range(7, 0, -1)]
    for number, change in enumerate(reversed(changes), start=1):
        days[-number] = replace(days[-number], **change)
    return tuple(days)


def full_days(count: int) -> tuple:
    """Return seven days, so many of them full."""
    return days_with(*[{"slots_done": 1}] * (7 - count))


def held(kept: int, timed: int) -> tuple:
    """Return one day with holds."""
    return (stage_day(back(1), holds_kept=kept, holds_timed=timed),)


def holds_of(*held_ms: int, planned_ms: int = 3000) -> tuple:
    """Return a day on which holds lasted so long."""
    return held(sum(is_hold_kept(hold, planned_ms) for hold in held_ms), len(held_ms))


def felt(yes: int, asked: int) -> tuple:
    """Return one day on which the muscle was asked for."""
    return (stage_day(back(1), sets_felt_yes=yes, sets_felt_asked=asked),)


def worst(*numbers) -> tuple:
    """Return one day with these worst pains."""
    return (stage_day(back(1), worst=numbers),)


def mornings(*numbers):
    """Return pain of one before each session, and the mornings since, oldest first, until yesterday."""
    sessions = [pain(number, back(15 - number), before=1, worst=1) for number in range(15)]
    days = [back(number) for number in range(len(numbers), 0, -1)]
    return history(*sessions, mornings=dict(zip(days, numbers, strict=True)))


def rise(before: tuple, now: tuple):
    """Return worst pains of the week before last and of the last one."""
    return history(*of_numbers(*before, first=back(14)), *of_numbers(*now, first=back(7)))


def test_good_stage_is_ready():
    result = readiness(TODAY, good_stage(), STANDARD)

    assert result.is_ready
    assert result.met == len(CriterionKey) == 8
    assert result.criteria == (
        Criterion(C.DAYS_ON_STAGE, MET, 14, 7),
        Criterion(C.FULL_DAYS, MET, 7, 5, 7),
        Criterion(C.HOLDS, MET, 100, 90, 140),
        Criterion(C.PAIN, MET, 1, 2, 14),
        Criterion(C.MORNINGS, MET, 7, 4, 7),
        Criterion(C.WEEKLY_RISE, MET, 0, 1),
        Criterion(C.FELT_MUSCLE, MET, 100, 80, 14),
        Criterion(C.NO_OPEN_FLAG, MET, 0, 0),
    )


@pytest.mark.parametrize(
    ("key", "changes", "expected"),
    [
        (C.DAYS_ON_STAGE, {"on_stage_since": back(6)}, NOT_MET),
        (C.DAYS_ON_STAGE, {"on_stage_since": back(7)}, MET),
        # 4 and 5 full days
        (C.FULL_DAYS, {"days": full_days(4)}, NOT_MET),
        (C.FULL_DAYS, {"days": full_days(5)}, MET),
        # 2.49 and 2.50 s of a hold of 3 s
        (C.HOLDS, {"days": holds_of(2490)}, NOT_MET),
        (C.HOLDS, {"days": holds_of(2499)}, NOT_MET),
        (C.HOLDS, {"days": holds_of(2500)}, MET),
        (C.HOLDS, {"days": held(89, 100)}, NOT_MET),
        (C.HOLDS, {"days": held(899, 1000)}, NOT_MET),
        (C.HOLDS, {"days": held(90, 100)}, MET),
        (C.HOLDS, {"days": held(0, 20)}, NOT_MET),
        (C.HOLDS, {"days": held(0, 0)}, UNKNOWN),
        # pain 2 and 3, in every session
        (C.PAIN, {"days": worst(2, 2)}, MET),
        (C.PAIN, {"days": worst(0, 0)}, MET),
        (C.PAIN, {"days": worst(2, 3)}, NOT_MET),
        (C.PAIN, {"days": worst(0, None)}, UNKNOWN),
        (C.PAIN, {"days": worst(3, None)}, NOT_MET),
        (C.PAIN, {"days": worst()}, UNKNOWN),
        (C.PAIN, {"days": worst(None)}, UNKNOWN),
        # mornings settled: four of the window, none unsettled, unknown ones do not count
        (C.MORNINGS, {"pain": mornings(2, 2, 2, 2)}, MET),
        (C.MORNINGS, {"pain": mornings(0, 0, 0, 0, None, None, None)}, MET),
        (C.MORNINGS, {"pain": mornings(2, 2, 2, None)}, UNKNOWN),
        (C.MORNINGS, {"pain": mornings(2, 2, 2, 2, 2, 2, 3)}, NOT_MET),
        (C.MORNINGS, {"pain": mornings(3, None, None)}, NOT_MET),
        (C.MORNINGS, {"pain": mornings()}, UNKNOWN),
        # the weekly median rises by one, by one and a half, by two
        (C.WEEKLY_RISE, {"pain": rise((1, 1, 1, 1), (2, 2, 2, 2))}, MET),
        (C.WEEKLY_RISE, {"pain": rise((1, 1, 1, 1), (2, 2, 3, 3))}, NOT_MET),
        (C.WEEKLY_RISE, {"pain": rise((1, 1, 1, 1), (3, 3, 3, 3))}, NOT_MET),
        (C.WEEKLY_RISE, {"pain": rise((5, 5, 5, 5), (0, 0, 0, 0))}, MET),
        (C.WEEKLY_RISE, {"pain": rise((1, 1, 1), (1, 1, 1, 1))}, UNKNOWN),
        (C.WEEKLY_RISE, {"pain": rise((1, 1, 1, 1), (1, 1, 1))}, UNKNOWN),
        (C.FELT_MUSCLE, {"days": felt(4, 5)}, MET),
        (C.FELT_MUSCLE, {"days": felt(79, 100)}, NOT_MET),
        (C.FELT_MUSCLE, {"days": felt(0, 5)}, NOT_MET),
        (C.FELT_MUSCLE, {"days": felt(0, 0)}, UNKNOWN),
        (C.NO_OPEN_FLAG, {"has_open_flag": True}, NOT_MET),
        (C.NO_OPEN_FLAG, {"has_open_flag": False}, MET),
    ],
)
def test_worked_boundaries(key, changes, expected):
    result = readiness(TODAY, good_stage(**changes), STANDARD)

    assert criterion(result, key).verdict is expected
    assert expected is MET or not result.is_ready


@pytest.mark.parametrize(
    ("name", "enough", "too_strict", "key", "changes"),
    [
        ("min_days_on_stage", 14, 15, C.DAYS_ON_STAGE, {}),
        ("min_full_days", 5, 6, C.FULL_DAYS, {"days": full_days(5)}),
        ("hold_ok_percent", 89, 90, C.HOLDS, {"days": held(899, 1000)}),
        ("pain_worst_max", 3, 2, C.PAIN, {"days": worst(3)}),
        ("mornings_settled_min", 5, 6, C.MORNINGS, {"pain": mornings(1, 1, 1, 1, 1), "days": days_with()[2:]}),
        ("weekly_rise_max", 2, 1, C.WEEKLY_RISE, {"pain": rise((1,) * 4, (3,) * 4)}),
        ("vmo_felt_percent", 66, 67, C.FELT_MUSCLE, {"days": felt(2, 3)}),
    ],
)
def test_each_number_is_the_one_that_was_set(name, enough, too_strict, key, changes):
    met, not_met = (
        criterion(readiness(TODAY, good_stage(**changes), with_criteria(**{name: limit})), key)
        for limit in (enough, too_strict)
    )

    assert (met.verdict, met.limit) == (MET, enough)
    assert (not_met.verdict, not_met.limit) == (NOT_MET, too_strict)


@pytest.mark.parametrize(
    ("preset", "verdicts"),
    [
        (Preset.STRICT, [MET, NOT_MET, NOT_MET, NOT_MET, NOT_MET]),
        (Preset.STANDARD, [MET, MET, MET, NOT_MET, NOT_MET]),
        (Preset.LENIENT, [MET, MET, MET, MET, NOT_MET]),
    ],
)
def test_pain_limit_of_each_preset(preset, verdicts):
    assert [verdict(C.PAIN, PRESETS[preset], days=worst(number)) for number in range(5)] == verdicts


# --- the window ----------------------------------------------------------------------------------------------------
def test_window_ends_yesterday_and_is_as_long_as_was_set():
    days = tuple(stage_day(back(number)) for number in range(12, -2, -1))

    counted = {
        window: criterion(readiness(TODAY, good_stage(days=days), with_criteria(window_days=window)), C.FULL_DAYS).value
        for window in (3, 7, 10, 28)
    }

    assert counted == {3: 3, 7: 7, 10: 10, 28: 12}


def test_window_changed_prescription_restarts_it():
    # Changed four days ago. What was too painful before was another dose.
    days = (stage_day(back(5), worst=(9,), holds_kept=0), *(stage_day(back(number)) for number in range(4, 0, -1)))

    result = readiness(TODAY, good_stage(days=days, on_stage_since=back(4)), STANDARD)

    assert criterion(result, C.DAYS_ON_STAGE) == Criterion(C.DAYS_ON_STAGE, NOT_MET, 4, 7)
    assert criterion(result, C.FULL_DAYS) == Criterion(C.FULL_DAYS, NOT_MET, 4, 5, 4)
    assert criterion(result, C.HOLDS).verdict is MET
    assert criterion(result, C.PAIN).verdict is MET
    # The morning of the day of the change is still about the dose before.
    assert criterion(result, C.MORNINGS) == Criterion(C.MORNINGS, NOT_MET, 3, 4, 3)


def test_window_morning_of_the_first_day_is_about_what_was_before():
    unsettled = history(pain(1, back(5), before=0), mornings={back(4): 9})
    on_first_day = good_stage(on_stage_since=back(4), pain=unsettled)
    on_second_day = good_stage(on_stage_since=back(5), pain=unsettled)

    against = [
        criterion(readiness(TODAY, stage, STANDARD), C.MORNINGS).against for stage in (on_first_day, on_second_day)
    ]

    assert against == [0, 1]


def test_window_prescription_of_today_or_later_has_no_days():
    for start in (TODAY, TODAY + timedelta(days=3)):
        result = readiness(TODAY, good_stage(on_stage_since=start), STANDARD)

        assert criterion(result, C.DAYS_ON_STAGE).value == 0
        assert criterion(result, C.FULL_DAYS) == Criterion(C.FULL_DAYS, NOT_MET, 0, 5, 0)
        assert criterion(result, C.HOLDS) == Criterion(C.HOLDS, UNKNOWN, None, 90, 0)
        assert criterion(result, C.PAIN) == Criterion(C.PAIN, UNKNOWN, None, 2, 0)


def test_window_days_of_travel_are_neither_for_nor_against():
    bad = {"is_counted": False, "slots_done": 0, "worst": (9,), "holds_kept": 0, "sets_felt_yes": 0}
    unsettled = replace(good_pain(), mornings=dict(good_pain().mornings) | {back(1): {"right": 9}, back(2): {}})

    result = readiness(TODAY, good_stage(days=days_with(bad, bad), pain=unsettled), STANDARD)

    assert result.is_ready
    assert criterion(result, C.FULL_DAYS).value == criterion(result, C.FULL_DAYS).of == 5
    assert criterion(result, C.MORNINGS).value == criterion(result, C.MORNINGS).of == 5


# --- single criteria -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("due", "done", "is_full"), [(2, 2, 1), (2, 1, 0), (2, 3, 1), (1, 1, 1), (1, 0, 0), (0, 0, 0), (0, 1, 0)]
)
def test_full_day_is_all_that_was_due(due, done, is_full):
    days = (stage_day(back(1), slots_due=due, slots_done=done),)

    assert criterion(readiness(TODAY, good_stage(days=days), STANDARD), C.FULL_DAYS).value == is_full


def test_pain_worse_knee_decides():
    session = pain(1, back(1), worst={"left": 1, "right": 3})
    skipped = pain(1, back(1), worst={"left": 1, "right": None})

    assert verdict(C.PAIN, days=(stage_day(back(1), worst=session.worst_by_knee),)) is NOT_MET
    assert verdict(C.PAIN, days=(stage_day(back(1), worst=skipped.worst_by_knee),)) is UNKNOWN


def test_pain_counts_what_is_above():
    result = criterion(readiness(TODAY, good_stage(days=worst(0, 3, 7, None)), STANDARD), C.PAIN)

    assert result == Criterion(C.PAIN, NOT_MET, 7, 2, 4, 2)


def test_mornings_marked_swelling_counts_against():
    result = readiness(TODAY, good_stage(pain=replace(good_pain(), swollen=frozenset({back(1)}))), STANDARD)

    assert criterion(result, C.MORNINGS) == Criterion(C.MORNINGS, NOT_MET, 6, 4, 7, 1)


@pytest.mark.parametrize(
    ("numbers", "expected"), [((), MET), ((None,), MET), ((1,), MET), ((1, 1, 9), NOT_MET), ((9,), NOT_MET)]
)
def test_mornings_none_asked_for_an_unsettled_one_still_counts(numbers, expected):
    assert verdict(C.MORNINGS, with_criteria(mornings_settled_min=0), pain=mornings(*numbers)) is expected


def test_mornings_tolerance_is_the_one_that_was_set():
    lenient = RuleValues(replace(STANDARD.limits, settled_tolerance=2))

    assert verdict(C.MORNINGS, lenient, pain=mornings(3, 3, 3, 3)) is MET
    assert verdict(C.MORNINGS, STANDARD, pain=mornings(3, 3, 3, 3)) is NOT_MET


def test_late_sessions_are_no_reason():
    late = good_stage(
        pain=replace(good_pain(), sessions=tuple(replace(row, is_late=True) for row in good_pain().sessions))
    )

    result = readiness(TODAY, late, STANDARD)

    assert criterion(result, C.MORNINGS).verdict is UNKNOWN
    assert criterion(result, C.WEEKLY_RISE).verdict is UNKNOWN


@pytest.mark.parametrize(("asked", "yes"), [(0, 0), (5, 0)])
def test_felt_muscle_can_be_waived(asked, yes):
    assert verdict(C.FELT_MUSCLE, with_criteria(vmo_felt_percent=0), days=felt(yes, asked)) is MET


def test_shares_are_rounded_down():
    result = readiness(TODAY, good_stage(days=held(899, 1000)), STANDARD)

    assert criterion(result, C.HOLDS) == Criterion(C.HOLDS, NOT_MET, 89, 90, 1000)


def test_weekly_rise_that_is_not_known_still_names_its_limit():
    result = readiness(TODAY, good_stage(pain=rise((1, 1, 1), (2, 2, 2, 2))), STANDARD)

    assert criterion(result, C.WEEKLY_RISE) == Criterion(C.WEEKLY_RISE, UNKNOWN, None, 1)


def test_weekly_rise_has_halves():
    result = readiness(TODAY, good_stage(pain=rise((1, 1, 1, 1), (2, 2, 3, 3))), STANDARD)

    assert criterion(result, C.WEEKLY_RISE).value == 1.5


def test_open_flag_is_one():
    result = readiness(TODAY, good_stage(has_open_flag=True), STANDARD)

    assert criterion(result, C.NO_OPEN_FLAG) == Criterion(C.NO_OPEN_FLAG, NOT_MET, 1, 0)


# --- several prescriptions -----------------------------------------------------------------------------------------
def only(verdict: Verdict, key: C = C.PAIN, value: float = 0) -> Readiness:
    """Return readiness of one criterion."""
    return Readiness((Criterion(key, verdict, value, 2),))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (MET, MET, MET),
        (MET, UNKNOWN, UNKNOWN),
        (MET, NOT_MET, NOT_MET),
        (UNKNOWN, NOT_MET, NOT_MET),
        (UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_worse_of_two(one, other, expected):
    for answers in ([only(one), only(other)], [only(other), only(one)]):
        assert [row.verdict for row in worse(answers).criteria] == [expected]


def test_worse_keeps_the_order_and_the_first_of_equals():
    answers = [only(MET, C.PAIN, 1), only(MET, C.FULL_DAYS), only(MET, C.PAIN, 2)]

    result = worse(answers)

    assert [(row.key, row.value) for row in result.criteria] == [(C.FULL_DAYS, 0), (C.PAIN, 1)]


def test_worse_of_nothing_is_not_ready():
    assert worse([]) == Readiness(())
    assert not worse([]).is_ready
    assert Readiness(()).met == 0


# --- whatever happens ----------------------------------------------------------------------------------------------
numbers = st.none() | st.integers(0, 10)
stage_days = st.builds(
    stage_day,
    st.integers(-1, 16).map(back),
    is_counted=st.booleans(),
    slots_due=st.integers(0, 2),
    slots_done=st.integers(0, 2),
    worst=st.lists(numbers, max_size=3).map(tuple),
    sets_felt_yes=st.integers(0, 2),
    sets_felt_asked=st.just(2),
    holds_kept=st.integers(0, 20),
)


@given(
    days=st.lists(stage_days, max_size=16),
    known=st.lists(numbers, max_size=16),
    morning_numbers=st.dictionaries(st.integers(0, 15).map(back), numbers),
)
def test_readiness_met_only_on_what_is_known(days, known, morning_numbers):
    sessions = [pain(number, back(number), before=1, worst=value) for number, value in enumerate(known)]
    stage = good_stage(days=tuple(days), pain=history(*sessions, mornings=morning_numbers))

    result = readiness(TODAY, stage, STANDARD)

    assert [row.key for row in result.criteria] == list(CriterionKey)
    for row in result.criteria:
        assert row.verdict is UNKNOWN or row.value is not None
        if row.of is not None and row.key is not C.PAIN:
            most = 100 if row.key in {C.HOLDS, C.FELT_MUSCLE} else row.of
            assert row.value is None or row.value <= most
    assert result.is_ready == all(row.verdict is MET for row in result.criteria)
