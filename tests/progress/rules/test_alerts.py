"""When an alert is opened, at which level, and over which days."""

from datetime import date

import pytest

from progress.rules.advice import Evidence
from progress.rules.alerts import LEVEL_OF, AlertCall, AlertKind, AlertLevel, alerts_called_for
from tests.progress.rules.builders import STANDARD, TODAY, back, history, of_numbers, pain

K = AlertKind


def called(*sessions, mornings=None, today: date = TODAY) -> list[AlertKind]:
    """Return the kinds of alerts."""
    return [call.kind for call in alerts_called_for(today, history(*sessions, mornings=mornings), STANDARD)]


def test_every_kind_has_its_level():
    assert LEVEL_OF == {
        K.RED_FLAG: AlertLevel.HIGH,
        K.PAIN_BEFORE_RED: AlertLevel.HIGH,
        K.PAIN_KEEPS_RED: AlertLevel.HIGH,
        K.NOT_SETTLED_TWICE: AlertLevel.HIGH,
        K.PAIN_RED: AlertLevel.REVIEW,
        K.NOT_SETTLED: AlertLevel.REVIEW,
        K.PAIN_RISING: AlertLevel.REVIEW,
    }


def test_call_holds_level_and_evidence():
    session = pain(1, TODAY, before={"left": 6, "right": 0}, worst={"left": 8, "right": 1})

    assert alerts_called_for(TODAY, history(session), STANDARD) == (
        AlertCall(K.PAIN_BEFORE_RED, AlertLevel.HIGH, (Evidence("before", TODAY, 6, 5, session.session_id, "left"),)),
        AlertCall(K.PAIN_RED, AlertLevel.REVIEW, (Evidence("worst", TODAY, 8, 5, session.session_id, "left"),)),
    )


# --- the days looked at: today and yesterday -----------------------------------------------------------------------
EDGES = [
    date(2026, 11, 25),
    date(2026, 12, 1),  # a month's edge
    date(2027, 1, 1),  # a year's edge
    date(2027, 1, 4),  # a Monday: the edge of a week
    date(2028, 3, 1),  # after a leap day
    date(2028, 2, 29),
    date(2027, 3, 28),  # Berlin's clock goes forward
    date(2026, 10, 25),  # and back
]


@pytest.mark.parametrize("today", EDGES, ids=str)
@pytest.mark.parametrize(("ago", "expected"), [(-1, False), (0, True), (1, True), (2, False), (30, False), (31, False)])
def test_trap_alert_window_at_edges_of_months_and_years_and_clock_changes(today, ago, expected):
    red = pain(1, back(ago, today), before=6, worst=6)

    assert called(red, today=today) == ([K.PAIN_BEFORE_RED, K.PAIN_RED] if expected else [])


@pytest.mark.parametrize("today", EDGES, ids=str)
@pytest.mark.parametrize(("ago", "expected"), [(0, True), (1, True), (2, False), (30, False)])
def test_trap_alert_window_of_mornings_at_edges_of_months_and_years(today, ago, expected):
    session = pain(1, back(ago + 1, today), before=0, worst=0)

    result = called(session, mornings={back(ago, today): 2}, today=today)

    assert result == ([K.NOT_SETTLED] if expected else [])


@pytest.mark.parametrize("today", EDGES, ids=str)
def test_trap_alert_window_of_weeks_at_edges_of_months_and_years(today):
    rise = of_numbers(1, 1, 1, 1, first=back(14, today)) + of_numbers(3, 3, 3, 3, first=back(4, today))
    too_old = of_numbers(1, 1, 1, 1, first=back(15, today)) + of_numbers(3, 3, 3, 3, first=back(4, today))
    too_new = of_numbers(1, 1, 1, 1, first=back(14, today)) + of_numbers(3, 3, 3, 3, first=back(3, today))

    assert called(*rise, today=today) == [K.PAIN_RISING]
    assert called(*too_old, today=today) == called(*too_new, today=today) == []


@pytest.mark.parametrize(("ago", "expected"), [(0, True), (1, True), (2, False), (3, False)])
def test_not_settled_twice_ending_today_or_yesterday(ago, expected):
    sessions = of_numbers(0, 0, first=back(ago + 2))

    result = called(*sessions, mornings={back(ago): 2, back(ago + 1): 2})

    assert (K.NOT_SETTLED_TWICE in result) is expected


def test_not_settled_three_mornings_each_number_once():
    sessions = of_numbers(0, 0, 0, first=back(3))
    facts = history(*sessions, mornings={back(2): 4, back(1): 5, TODAY: 6})

    (call,) = alerts_called_for(TODAY, facts, STANDARD)

    assert call.kind is K.NOT_SETTLED_TWICE
    assert [(row.local_date, row.value) for row in call.evidence] == [(back(2), 4), (back(1), 5), (TODAY, 6)]


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ((1, 1), [K.PAIN_KEEPS_RED]),
        ((5, 1), [K.PAIN_KEEPS_RED]),
        ((5, 0), [K.PAIN_KEEPS_RED]),
        ((3, 2), []),
        ((14, 0), [K.PAIN_RED]),
        ((13, 0), [K.PAIN_KEEPS_RED]),
    ],
)
def test_pain_keeps_red_while_its_newest_number_is_of_today_or_yesterday(days_ago, expected):
    assert called(*(pain(number, back(ago), worst=6) for number, ago in enumerate(days_ago))) == expected


def test_heavier_alert_tells_what_the_lighter_one_would():
    sessions = pain(1, back(2), before=0, worst=6), pain(2, back(1), before=0, worst=6)

    result = called(*sessions, mornings={back(1): 5, TODAY: 5})

    assert result == [K.PAIN_KEEPS_RED, K.NOT_SETTLED_TWICE]


def test_warning_sign_is_never_called_for_by_numbers():
    assert K.RED_FLAG not in called(pain(1, TODAY, before=10, worst=10))
