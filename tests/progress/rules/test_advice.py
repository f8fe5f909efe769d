"""Every row of the table in docs/rules.md: what the patient reads, and what the physiotherapist sees."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.advice import Advice, AdviceKind, Evidence, advise, before_session, is_news
from progress.rules.alerts import AlertKind, AlertLevel, alerts_called_for
from progress.rules.limits import PRESETS, PainLimits, Preset
from tests.progress.rules.builders import STANDARD, TODAY, back, history, of_numbers, pain

A, K = AdviceKind, AlertKind
numbers = st.none() | st.integers(0, 10)


def kinds(*sessions, mornings=None, limits: PainLimits = STANDARD, today: date = TODAY) -> list[AdviceKind]:
    """Return the kinds of advice, heaviest first."""
    return [advice.kind for advice in advise(today, history(*sessions, mornings=mornings), limits)]


def yesterday(*worst, before=0, **values):
    """Return sessions of yesterday, one after the other."""
    return tuple(pain(number + 1, back(1), before=before, worst=value, **values) for number, value in enumerate(worst))


def weeks(before: list[int | None], now: list[int | None]):
    """Return a session a day in the week before last and in the last one."""
    return of_numbers(*before, first=back(14)) + of_numbers(*now, first=back(7))


@pytest.mark.parametrize(
    ("sessions", "mornings", "advice", "alerts"),
    [
        # green, settled: carry on, no alert
        (yesterday(0), {TODAY: 0}, [A.CARRY_ON], []),
        (yesterday(2), {TODAY: 1}, [A.CARRY_ON], []),
        # amber, settled: stay
        (yesterday(3), {TODAY: 1}, [A.STAY], []),
        (yesterday(5), {TODAY: 1}, [A.STAY], []),
        # not settled the next morning: the fewest repetitions
        (yesterday(5), {TODAY: 2}, [A.DO_THE_MINIMUM], [K.NOT_SETTLED]),
        (yesterday(3), {TODAY: 2}, [A.DO_THE_MINIMUM], [K.NOT_SETTLED]),
        (yesterday(2), {TODAY: 2}, [A.DO_THE_MINIMUM], [K.NOT_SETTLED]),
        # red once: stop the set
        (yesterday(6), {TODAY: 1}, [A.STOP_THE_SET], [K.PAIN_RED]),
        (yesterday(6), {}, [A.STOP_THE_SET], [K.PAIN_RED]),
        ((pain(1, TODAY, before=0, worst=6),), {}, [A.STOP_THE_SET], [K.PAIN_RED]),
        (yesterday(6), {TODAY: 2}, [A.STOP_THE_SET, A.DO_THE_MINIMUM], [K.PAIN_RED, K.NOT_SETTLED]),
        # red in two of the last three sessions
        (yesterday(6, 6), {TODAY: 0}, [A.PAUSE_AND_CALL], [K.PAIN_KEEPS_RED]),
        (yesterday(6, 5, 6), {TODAY: 0}, [A.PAUSE_AND_CALL], [K.PAIN_KEEPS_RED]),
        (yesterday(6, 6, 0), {TODAY: 0}, [A.PAUSE_AND_CALL], [K.PAIN_KEEPS_RED]),
        (yesterday(6, 5, 5, 6), {TODAY: 0}, [A.STOP_THE_SET], [K.PAIN_RED]),
        (yesterday(6, 6, 5, 5), {TODAY: 0}, [A.STAY], [K.PAIN_RED]),
        # not settled two mornings running
        (
            (pain(1, back(2), before=0, worst=1), pain(2, back(1), before=0, worst=1)),
            {back(1): 2, TODAY: 2},
            [A.PAUSE_AND_CALL],
            [K.NOT_SETTLED_TWICE],
        ),
        (
            (pain(1, back(2), before=0, worst=1), pain(2, back(1), before=0, worst=1)),
            {back(1): 1, TODAY: 2},
            [A.DO_THE_MINIMUM],
            [K.NOT_SETTLED],
        ),
        # the weekly median rises by two
        (weeks([1] * 4, [3] * 7), {TODAY: 0}, [A.RISING], [K.PAIN_RISING]),
        (weeks([1] * 4, [3] * 3 + [2] * 4), {TODAY: 0}, [A.CARRY_ON], []),
        (weeks([1] * 3, [3] * 7), {TODAY: 0}, [A.STAY], []),
        # pain before is red already: its alert; the advice is given before the session
        ((pain(1, TODAY, before=6),), {}, [], [K.PAIN_BEFORE_RED]),
        ((pain(1, TODAY, before=5),), {}, [], []),
    ],
)
def test_every_row_of_table_1_5(sessions, mornings, advice, alerts):
    facts = history(*sessions, mornings=mornings)

    assert kinds(*sessions, mornings=mornings) == advice
    assert [call.kind for call in alerts_called_for(TODAY, facts, STANDARD)] == alerts


@pytest.mark.parametrize(("before", "expected"), [(0, None), (5, None), (6, A.DO_NOT_START), (10, A.DO_NOT_START)])
def test_before_session_red_already_do_not_start(before, expected):
    advice = before_session(pain(1, TODAY, before=before), STANDARD)

    assert (advice and advice.kind) == expected


@pytest.mark.parametrize("before", [..., None, {"left": None, "right": 5}])
def test_before_session_missing_number_is_not_red(before):
    assert before_session(pain(1, TODAY, before=before), STANDARD) is None


def test_before_session_names_the_knee_and_the_limit():
    session = pain(7, TODAY, before={"left": 7, "right": 2})

    assert before_session(session, STANDARD) == Advice(
        A.DO_NOT_START, (Evidence("before", TODAY, 7, 5, session.session_id, "left"),)
    )


@pytest.mark.parametrize(
    ("preset", "by_number"),
    [
        # Worst pain from 0 to 10, settled: carry on, stay, stop.
        (Preset.STRICT, "ccssxxxxxxx"),
        (Preset.STANDARD, "cccsssxxxxx"),
        (Preset.LENIENT, "ccccssxxxxx"),
    ],
)
def test_advise_zones_are_those_of_the_preset(preset, by_number):
    letters = {A.CARRY_ON: "c", A.STAY: "s", A.STOP_THE_SET: "x"}

    told = [kinds(*yesterday(worst), mornings={TODAY: 0}, limits=PRESETS[preset].limits) for worst in range(11)]

    assert "".join(letters[kind] for (kind,) in told) == by_number


# --- what is missing -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sessions", "mornings"),
    [
        ((), {}),
        ((), {TODAY: 9}),
        # first day, no baseline
        ((pain(1, TODAY, before=0, worst=0),), {TODAY: 0}),
        # the morning was skipped, or not asked: neither settled nor not
        (yesterday(0), {TODAY: None}),
        (yesterday(0), {}),
        (yesterday(5), {}),
        # the pain before was skipped
        (yesterday(0, before=None), {TODAY: 0}),
        # the worst pain was skipped
        (yesterday(None), {TODAY: 0}),
        # one knee of two was skipped
        (yesterday({"left": 0, "right": None}, before={"left": 0, "right": 0}), {TODAY: {"left": 0, "right": 0}}),
        # nothing since the day before yesterday
        ((pain(1, back(2), before=0, worst=0),), {back(1): 0}),
    ],
)
def test_advise_unknown_is_not_settled_and_raises_nothing(sessions, mornings):
    assert kinds(*sessions, mornings=mornings) == []
    assert alerts_called_for(TODAY, history(*sessions, mornings=mornings), STANDARD) == ()


def test_advise_skipped_answers_do_not_hide_red_sessions():
    assert kinds(*yesterday(6, 6, None, None, None)) == [A.PAUSE_AND_CALL]


def test_advise_older_number_does_not_speak_for_yesterday():
    sessions = pain(1, back(2), before=0, worst=1), pain(2, back(1), before=0, worst=None)

    assert kinds(*sessions, mornings={TODAY: 0}) == []


def test_advise_session_stopped_for_pain_is_never_green():
    assert kinds(*yesterday(1, is_stopped_for_pain=True), mornings={TODAY: 0}) == [A.STAY]


def test_advise_red_session_is_over_with_the_next_one():
    assert kinds(*yesterday(6, 2), mornings={TODAY: 0}) == [A.CARRY_ON]


def test_advise_one_knee_above_green_is_amber():
    session = yesterday({"left": 3, "right": 0}, before={"left": 2, "right": 0})

    assert kinds(*session, mornings={TODAY: {"left": 0, "right": 0}}) == [A.STAY]


# --- running, lasting, ending --------------------------------------------------------------------------------------
def test_advise_two_mornings_with_one_unknown_between_are_not_running():
    sessions = of_numbers(1, 1, 1, first=back(3))

    assert kinds(*sessions, mornings={back(2): 5, TODAY: 5}) == [A.DO_THE_MINIMUM]


@pytest.mark.parametrize(("ago", "expected"), [(0, True), (1, True), (13, True), (14, False)])
def test_advise_pause_lasts_until_a_morning_is_known_for_two_weeks_at_most(ago, expected):
    sessions = of_numbers(1, 1, first=back(ago + 2))
    mornings = {back(ago + 1): 5, back(ago): 5}

    assert (kinds(*sessions, mornings=mornings) == [A.PAUSE_AND_CALL]) is expected


def test_advise_settled_morning_ends_the_pause():
    sessions = of_numbers(1, 1, 1, first=back(3))

    assert kinds(*sessions, mornings={back(2): 5, back(1): 5, TODAY: 1}) == [A.CARRY_ON]


@pytest.mark.parametrize(("ago", "expected"), [(0, [A.PAUSE_AND_CALL]), (13, [A.PAUSE_AND_CALL]), (14, []), (-1, [])])
def test_advise_red_sessions_of_the_last_two_weeks(ago, expected):
    sessions = pain(1, back(ago), worst=6), pain(2, back(ago), worst=6)

    assert kinds(*sessions) == expected


def test_advise_pause_is_not_mixed_with_the_next_set():
    sessions = weeks([1] * 7, [4] * 5 + [7] * 2)

    assert kinds(*sessions, mornings={TODAY: 9}) == [A.PAUSE_AND_CALL, A.RISING]


def test_advise_pause_that_a_physiotherapist_has_answered_pauses_no_more():
    facts = history(*yesterday(6, 7), mornings={TODAY: 0})
    (pause,) = advise(TODAY, facts, STANDARD)

    answered = advise(TODAY, facts, STANDARD, resolved=pause.evidence)
    red_again = history(*yesterday(6, 7), pain(3, TODAY, before=0, worst=8), mornings={TODAY: 0})
    again = advise(TODAY, red_again, STANDARD, resolved=pause.evidence)

    assert [advice.kind for advice in answered] == [A.STOP_THE_SET]
    assert [advice.kind for advice in again] == [A.PAUSE_AND_CALL]


def test_advise_rise_that_a_physiotherapist_has_answered_is_told_again_after_a_week():
    facts = history(*weeks([1] * 7, [4] * 7))
    seen = advise(TODAY, facts, STANDARD)[0].evidence

    assert kinds(*weeks([1] * 7, [4] * 7)) == [A.RISING]
    assert advise(TODAY, facts, STANDARD, resolved=seen) == ()
    week_ago = tuple(replace(row, local_date=back(7, row.local_date)) for row in seen)
    assert [advice.kind for advice in advise(TODAY, facts, STANDARD, resolved=week_ago)] == [A.RISING]


# --- evidence ------------------------------------------------------------------------------------------------------
def test_advise_evidence_of_red_names_session_knee_number_and_limit():
    session = pain(1, TODAY, worst={"left": 6, "right": 5})

    assert advise(TODAY, history(session), STANDARD) == (
        Advice(A.STOP_THE_SET, (Evidence("worst", TODAY, 6, 5, session.session_id, "left"),)),
    )


def test_advise_evidence_of_a_morning_has_the_pain_before_and_the_tolerance():
    session = pain(1, back(1), before={"left": 1, "right": 1}, worst=3)

    result = advise(TODAY, history(session, mornings={TODAY: {"left": 3, "right": 2}}), STANDARD)

    assert result == (Advice(A.DO_THE_MINIMUM, (Evidence("morning", TODAY, 3, 2, session.session_id, "left"),)),)


def test_advise_evidence_of_a_rise_is_both_medians():
    (rise,) = advise(TODAY, history(*weeks([1] * 4, [3] * 7)), STANDARD)

    assert rise.evidence == (Evidence("median", back(1), 3, 3), Evidence("median", back(8), 1, 3))


def test_advise_evidence_of_the_pause_is_every_red_number_and_both_mornings():
    sessions = pain(1, back(2), before=0, worst=6), pain(2, back(1), before=0, worst=7)

    (pause,) = advise(TODAY, history(*sessions, mornings={back(1): 2, TODAY: 3}), STANDARD)

    told = [(row.what, row.local_date, row.value, row.limit) for row in pause.evidence]
    assert told == [
        ("worst", back(2), 6, 5),
        ("worst", back(1), 7, 5),
        ("morning", back(1), 2, 1),
        ("morning", TODAY, 3, 1),
    ]


@pytest.mark.parametrize(("worst", "kind"), [(2, A.CARRY_ON), (3, A.STAY)])
def test_advise_evidence_that_all_is_well_is_the_number_against_green(worst, kind):
    (session,) = sessions = yesterday(worst)

    (advice,) = advise(TODAY, history(*sessions, mornings={TODAY: 0}), STANDARD)

    assert advice == Advice(kind, (Evidence("worst", back(1), worst, 2, session.session_id, "right"),))


SEEN = Evidence("worst", TODAY, 6, 5, 1, "left")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, False),
        # Limits may have been changed since, and stored ids are text.
        ({"limit": 4}, False),
        ({"session_id": "1"}, False),
        ({"session_id": 2}, True),
        ({"value": 7}, True),
        ({"side": "right"}, True),
        ({"local_date": back(1)}, True),
        ({"what": "before"}, True),
    ],
)
def test_is_news_same_number_of_the_same_session_is_not(change, expected):
    assert is_news([replace(SEEN, **change)], [SEEN]) is expected


def test_is_news_one_unseen_number_is_enough():
    other = replace(SEEN, side="right")

    assert is_news([SEEN, other], [SEEN])
    assert not is_news([SEEN, other], [other, SEEN])
    assert not is_news([], [])


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, False), (6, False), (7, True)])
def test_is_news_median_only_after_a_week(days, expected):
    seen = Evidence("median", back(10), 4, 3)

    assert is_news([Evidence("median", back(10 - days), 5, 3)], [seen]) is expected


def test_is_news_median_is_not_another_number():
    assert is_news([Evidence("median", TODAY, 6, 5, 1, "left")], [SEEN])


# --- what each advice does -----------------------------------------------------------------------------------------
def test_advice_does_only_its_own():
    does = {
        kind: (advice.pauses_reminders, advice.offers_minimum, advice.hides_readiness)
        for kind in AdviceKind
        for advice in (Advice(kind),)
    }

    assert {kind: done for kind, done in does.items() if any(done)} == {
        A.PAUSE_AND_CALL: (True, False, True),
        A.DO_THE_MINIMUM: (False, True, False),
        A.RISING: (False, False, True),
    }


@given(
    worst=st.lists(numbers, max_size=20),
    mornings=st.dictionaries(st.integers(0, 15).map(back), numbers),
    before=numbers,
)
def test_advise_well_is_said_alone_and_every_advice_has_its_number(worst, mornings, before):
    sessions = [pain(number, back(number // 2), before=before, worst=value) for number, value in enumerate(worst)]

    told = advise(TODAY, history(*sessions, mornings=mornings), STANDARD)

    order = [list(AdviceKind).index(advice.kind) for advice in told]
    assert order == sorted(set(order))
    assert all(advice.evidence for advice in told)
    if any(advice.kind in {A.STAY, A.CARRY_ON} for advice in told):
        assert len(told) == 1
    if not mornings and all(value is None for value in worst):
        assert told == ()


def test_alert_levels_are_those_of_the_table():
    calls = alerts_called_for(TODAY, history(*yesterday(6, 6)), STANDARD)

    assert [(call.kind, call.level) for call in calls] == [(K.PAIN_KEEPS_RED, AlertLevel.HIGH)]
