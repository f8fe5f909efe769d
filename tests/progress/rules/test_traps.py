"""The traps that other products fell into (domain reference 2 and 5.2): each must be impossible here.

Alert windows at the edges of months and years, and at clock changes: test_alerts.py. Days and clocks: test_zones.py.
"""

from datetime import UTC, datetime, timedelta

import pytest

from progress.rules.adherence import HeldSet, Share, adherence
from progress.rules.advice import AdviceKind, advise
from progress.rules.asking import knees_to_ask_hour_later
from progress.rules.days import Slot, local_moment
from progress.rules.limits import PRESETS, Preset, RuleValues
from progress.rules.pain import Answer, Zone, settled_on, weekly_medians, zone_of
from progress.rules.readiness import CriterionKey, Verdict, readiness
from progress.rules.slots import PrescriptionFact, SessionFact, SetFact, SlotState, day_view
from tests.progress.rules.builders import (
    STANDARD,
    TODAY,
    at,
    back,
    criterion,
    good_stage,
    history,
    of_numbers,
    pain,
    prescription,
    stage_day,
)


# --- a zero that is skipped ----------------------------------------------------------------------------------------
def test_trap_zero_pain_is_a_number_in_every_rule():
    facts = history(*of_numbers(0, 0, 0, 0, first=back(4)), mornings={TODAY: 0})

    assert zone_of(0, STANDARD) is Zone.GREEN
    assert len(facts.rated) == 4
    assert weekly_medians(TODAY, facts) == (0.0, None)
    assert settled_on(TODAY, facts, STANDARD) is Answer.YES
    (advice,) = advise(TODAY, facts, STANDARD)
    assert (advice.kind, advice.evidence[0].value) == (AdviceKind.CARRY_ON, 0)


def test_trap_zero_before_is_a_baseline():
    assert settled_on(TODAY, history(pain(1, back(1), before=0), mornings={TODAY: 2}), STANDARD) is Answer.NO
    rose = pain(1, TODAY, before=0, worst=2)
    ended = datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert knees_to_ask_hour_later(rose, ended_at=ended, now=ended + timedelta(hours=1)) == ("right",)


def test_trap_zero_pain_meets_the_strict_limit():
    days = (stage_day(back(1), worst=(0, 0)),)

    result = criterion(readiness(TODAY, good_stage(days=days), PRESETS[Preset.STRICT]), CriterionKey.PAIN)

    assert (result.verdict, result.value, result.limit) == (Verdict.MET, 0, 0)


def test_trap_zero_of_one_week_is_compared_with_the_next():
    facts = history(*of_numbers(0, 0, 0, 0, first=back(14)), *of_numbers(2, 2, 2, 2, first=back(7)))

    assert [advice.kind for advice in advise(TODAY, facts, STANDARD)] == [AdviceKind.RISING]


# --- a gap that becomes zero ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("missing", [None, ...], ids=["skipped", "not asked"])
def test_trap_gap_is_not_zero_in_any_rule(missing):
    facts = history(*(pain(n, back(n), before=missing, worst=missing) for n in range(15)), mornings={TODAY: missing})

    assert facts.rated == ()
    assert weekly_medians(TODAY, facts) == (None, None)
    assert settled_on(TODAY, facts, STANDARD) is Answer.UNKNOWN
    assert advise(TODAY, facts, STANDARD) == ()


def test_trap_gap_does_not_pull_the_median_down():
    facts = history(*of_numbers(4, None, 4, None, 4, None, 4, first=back(7)))

    assert weekly_medians(TODAY, facts)[0] == 4.0


@pytest.mark.parametrize("preset", [Preset.STRICT, Preset.STANDARD, Preset.LENIENT])
def test_trap_gap_is_never_met(preset):
    days = tuple(
        stage_day(back(n), worst=(None,), holds_timed=0, holds_kept=0, sets_felt_asked=0, sets_felt_yes=0)
        for n in range(7, 0, -1)
    )

    result = readiness(TODAY, good_stage(days=days, pain=history()), PRESETS[preset])

    unknown = {row.key for row in result.criteria if row.verdict is Verdict.UNKNOWN}
    assert unknown == {
        CriterionKey.HOLDS,
        CriterionKey.PAIN,
        CriterionKey.MORNINGS,
        CriterionKey.WEEKLY_RISE,
        CriterionKey.FELT_MUSCLE,
    }
    assert not result.is_ready


# --- prescribed that is shown as done ------------------------------------------------------------------------------
def test_trap_opened_session_without_repetitions_is_not_done():
    empty = SessionFact(1, back(1), Slot.MORNING, at("08:00", back(1)).wall, is_open=False, sets=(SetFact(1, 10, 0),))

    view = day_view(back(1), at("09:00"), [prescription()], [empty])
    result = adherence([view], [HeldSet(10, 0, 3000, ())], today=TODAY)

    assert view.morning.state is SlotState.PARTLY
    assert (result.sessions, result.reps) == (Share(0, 2), Share(0, 10))
    assert result.hold_seconds.percent is None


def test_trap_twice_as_much_on_one_day_does_not_make_up_for_another():
    many = [HeldSet(10, 20, 3000, (9000,) * 20), HeldSet(10, 0, 3000, ())]

    result = adherence([], many, today=TODAY)

    assert (result.reps.percent, result.hold_seconds.percent) == (50, 100)


# --- the server's midnight -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "wall", "states"),
    [
        # At midnight of the server it is still the afternoon in Los Angeles, and the morning in Auckland.
        ("America/Los_Angeles", "2026-11-24 16:00", (SlotState.MISSED, SlotState.DUE)),
        ("Europe/London", "2026-11-25 00:00", (SlotState.MISSED, SlotState.DUE)),
        ("Asia/Kathmandu", "2026-11-25 05:45", (SlotState.DUE, SlotState.LATER)),
        ("Pacific/Auckland", "2026-11-25 13:00", (SlotState.DUE, SlotState.LATER)),
        ("Pacific/Kiritimati", "2026-11-25 14:00", (SlotState.MISSED, SlotState.DUE)),
    ],
)
def test_trap_midnight_of_the_server_ends_no_day(zone, wall, states):
    now = local_moment(datetime(2026, 11, 25, tzinfo=UTC), zone)

    view = day_view(now.local_date, now, [prescription()], [])

    assert f"{now.wall:%Y-%m-%d %H:%M}" == wall
    assert (view.morning.state, view.evening.state) == states


def test_trap_day_ends_at_four_for_the_patient_and_at_no_other_hour():
    facts = [prescription()]
    hours = [local_moment(datetime(2026, 11, 25, hour, 30, tzinfo=UTC), "Europe/Berlin") for hour in range(6)]

    missed = [day_view(back(1), now, facts, []).evening.state is SlotState.MISSED for now in hours]

    assert missed == [False, False, False, True, True, True]


def test_trap_zone_of_the_profile_changed_later_moves_no_session():
    # 23:30 in Berlin. Read from Tokyo, where it was the next morning already, it stays where it was frozen.
    started = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    frozen = local_moment(started, "Europe/Berlin")
    session = SessionFact(1, frozen.local_date, Slot.EVENING, frozen.wall, is_open=False, sets=(SetFact(1, 10, 10),))
    fact = PrescriptionFact(1, 2, back(9), None, local_moment(started - timedelta(days=9), "Asia/Tokyo"))

    view = day_view(back(1), local_moment(started + timedelta(hours=12), "Asia/Tokyo"), [fact], [session])

    assert local_moment(started, "Asia/Tokyo").local_date == TODAY
    assert view.evening.state is SlotState.DONE


def test_trap_standard_values_are_nobodys_default_answer():
    # Nothing said, nothing done: no advice, nothing met but what needs no answer.
    nothing = readiness(TODAY, good_stage(days=(), pain=history()), RuleValues())

    assert advise(TODAY, history(), STANDARD) == ()
    assert {row.key for row in nothing.criteria if row.verdict is Verdict.MET} == {
        CriterionKey.DAYS_ON_STAGE,
        CriterionKey.NO_OPEN_FLAG,
    }
