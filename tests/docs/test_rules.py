"""What docs/rules.md says is what the rules do: each table is run, row by row."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exercises.rules import Dose, dose_faults
from progress.rules.adherence import HeldSet, Share, adherence
from progress.rules.advice import AdviceKind, advise, before_session
from progress.rules.alerts import AlertCall, alerts_called_for
from progress.rules.asking import knees_to_ask_hour_later, morning_asks_about
from progress.rules.days import Slot, local_moment, pick_slot
from progress.rules.later import is_late
from progress.rules.limits import PRESETS, RULES_VERSION, PainLimits, Preset, RuleValues, faults, with_value
from progress.rules.pain import PainHistory, settled_on, weekly_medians, zone_of
from progress.rules.readiness import CriterionKey, StageHistory, readiness
from progress.rules.reps import is_hold_kept
from progress.rules.slots import DayView, SlotState, SlotView
from progress.rules.weekly import week_to_ask
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

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"
TABLE = re.compile(r"<!-- table: (.+) -->\n(\|.+\n)\|[-|]+\n((?:\|.*\n)+)")
ADVICE = {
    AdviceKind.DO_NOT_START: "do not start",
    AdviceKind.PAUSE_AND_CALL: "pause",
    AdviceKind.STOP_THE_SET: "stop the set",
    AdviceKind.DO_THE_MINIMUM: "fewest",
    AdviceKind.RISING: "rising",
    AdviceKind.STAY: "stay",
    AdviceKind.CARRY_ON: "carry on",
}
STATES = {
    "d": SlotState.DONE,
    "p": SlotState.PARTLY,
    "m": SlotState.MISSED,
    ".": SlotState.NOTHING_DUE,
    "?": SlotState.DUE,
}
Row = dict[str, str]


def cells(line: str) -> list[str]:
    """Return the cells of a line of a table."""
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def tables() -> dict[str, list[Row]]:
    """Return the rows of each table by its name."""
    found = TABLE.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {
        name: [dict(zip(cells(head), cells(line), strict=True)) for line in body.splitlines()]
        for name, head, body in found
    }


# --- how cells are read and written --------------------------------------------------------------------------------
def number(text: str) -> int | None:
    """Return an answer."""
    return None if text == "skipped" else int(text)


def numbers(text: str) -> list[int | None]:
    """Return several answers."""
    return [number(word) for word in text.split()]


def first_number(text: str) -> int:
    """Return the first number of a text."""
    return int(re.findall(r"\d+", text)[0])


def said(value: object) -> str:
    """Return how a table says a value."""
    if value is None or value == "unknown":
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def share(value: Share, unit: str = "") -> str:
    """Return how a table says a share."""
    return f"{value.done} of {value.of}{unit}"


def alert(calls: tuple[AlertCall, ...]) -> Row:
    """Return what the physiotherapist sees."""
    kinds = [call.kind.replace("_", " ") for call in calls]
    return {"you see": " and ".join(kinds) or "nothing", "level": " and ".join(call.level for call in calls)}


# --- one function for each table: what the rules say to what stands in the row ---------------------------------------
def days_row(row: Row) -> Row:
    wall = datetime.fromisoformat(row["on the wall"]).replace(tzinfo=ZoneInfo(row["zone"]))
    now = local_moment(wall, row["zone"])
    return {"belongs to": str(now.local_date), "slot": pick_slot(now, {}, wall)}


def second_session_row(row: Row) -> Row:
    first, second = (at(row[f"{which} began"]) for which in ("first", "second"))
    taken = {Slot.MORNING if first.is_morning else Slot.EVENING: first.wall}
    return {"second fills": pick_slot(second, taken, second.wall)}


def late_row(row: Row) -> Row:
    done_at = datetime(2026, 11, 25, tzinfo=UTC)
    late = is_late(
        done_at=done_at,
        received_at=done_at + timedelta(hours=first_number(row["arrived after"])),
        is_entered_later=row["entered later"] == "yes",
        is_corrected=row["corrected"] == "yes",
    )
    return {"late": said(late)}


def morning_check_row(row: Row) -> Row:
    days = {back(1)} if int(row["sessions the day before"]) else set()
    return {"open": said(morning_asks_about(at(row["now"]), days) is not None)}


def hour_later_row(row: Row) -> Row:
    session = pain(1, TODAY, before=number(row["before"]), worst=number(row["worst"]))
    ended_at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    now = ended_at + timedelta(minutes=int(row["minutes after the end"]))
    return {"asked": said(bool(knees_to_ask_hour_later(session, ended_at=ended_at, now=now)))}


def weekly_check_row(row: Row) -> Row:
    fact = prescription(starts_on=date.fromisoformat(row["prescribed since"]))
    week = week_to_ask(date.fromisoformat(row["today"]), [fact])
    return {"asks about the week of": str(week or "nothing")}


def presets_row(row: Row) -> Row:
    values = PRESETS[Preset(row["preset"])]
    zones = [zone_of(pain, values.limits) for pain in range(11)]
    return {
        **{zone: f"{zones.index(zone)}-{10 - zones[::-1].index(zone)}" for zone in dict.fromkeys(zones)},
        "settled up to": f"before + {values.limits.settled_tolerance}",
        "worst pain for the next stage": str(values.criteria.pain_worst_max),
    }


def settled_row(row: Row) -> Row:
    sessions = [] if row["before"] == "no session" else [pain(1, back(1), before=number(row["before"]))]
    facts = history(*sessions, mornings={TODAY: number(row["next morning"])})
    limits = PainLimits(settled_tolerance=int(row["tolerance"]))
    return {"settled": settled_on(TODAY, facts, limits)}


def medians_row(row: Row) -> Row:
    facts = two_weeks(numbers(row["week before"]), numbers(row["last week"]))
    now, before = weekly_medians(TODAY, facts)
    rises = any(advice.kind is AdviceKind.RISING for advice in advise(TODAY, facts, STANDARD))
    return {"medians": f"{said(before)} and {said(now)}", "rising": said(rises)}


def two_weeks(before: list[int | None], now: list[int | None]) -> PainHistory:
    """Return one session a day in each of two weeks, and none on the days that are left."""
    return history(*of_numbers(*before, first=back(14)), *of_numbers(*now, first=back(7)))


def advice_row(row: Row) -> Row:
    worst = numbers(row["worst pain, one session a day until yesterday"])
    mornings = numbers(row["mornings until today"])
    days = [back(len(mornings) - 1 - count) for count in range(len(mornings))]
    facts = history(*of_numbers(*worst, first=back(len(worst))), mornings=dict(zip(days, mornings, strict=True)))
    told = [ADVICE[advice.kind] for advice in advise(TODAY, facts, STANDARD)]
    return {"the patient reads": " and ".join(told) or "nothing", **alert(alerts_called_for(TODAY, facts, STANDARD))}


def before_row(row: Row) -> Row:
    session = pain(1, TODAY, before=int(row["before"]))
    told = before_session(session, STANDARD)
    return {
        "the patient reads": ADVICE[told.kind] if told else "nothing",
        **alert(alerts_called_for(TODAY, history(session), STANDARD)),
    }


def stage_of(what: str, text: str) -> StageHistory:
    """Return a good stage but for what a row says."""
    found = [int(word) for word in re.findall(r"\d+", text)]
    if what == "days on stage":
        return good_stage(on_stage_since=back(found[0]))
    if what == "full days":
        full, of = found
        return good_stage(
            days=tuple(stage_day(back(of - count), slots_done=2 if count < full else 1) for count in range(of))
        )
    if what == "holds":
        if text.startswith("held"):
            held, planned = (round(float(word) * 1000) for word in re.findall(r"[\d.]+", text))
            found = [int(is_hold_kept(held, planned)), 1]
        return good_stage(days=(stage_day(back(1), holds_kept=found[0], holds_timed=found[1]),))
    if what == "pain":
        return good_stage(days=(stage_day(back(1), worst=tuple(numbers(text.removeprefix("worst ")))),))
    if what == "mornings":
        rises = numbers(text.removeprefix("rose by "))
        days = tuple(stage_day(back(len(rises) - count)) for count in range(len(rises)))
        sessions = of_numbers(*[0] * (len(rises) + 1), first=back(len(rises) + 1))
        told = dict(zip((row.day for row in days), rises, strict=True))
        return good_stage(days=days, pain=history(*sessions, mornings=told))
    if what == "weekly rise":
        before, now = (float(word) for word in re.findall(r"[\d.]+", text))
        return good_stage(pain=two_weeks(around(before), around(now)))
    if what == "felt muscle":
        return good_stage(days=(stage_day(back(1), sets_felt_yes=found[0], sets_felt_asked=found[1]),))
    return good_stage(has_open_flag=bool(found[0]))


def around(median: float) -> list[int | None]:
    """Return four numbers with a median."""
    low = int(median)
    high = low + round((median - low) * 2)
    return [low, low, high, high]


def readiness_row(row: Row) -> Row:
    key = CriterionKey(row["criterion"].replace(" ", "_"))
    result = criterion(readiness(TODAY, stage_of(row["criterion"], row["what happened"]), RuleValues()), key)
    return {
        "number": said(result.value),
        "limit": said(result.limit),
        "verdict": result.verdict.replace("_", " "),
    }


def bounds_row(row: Row) -> Row:
    name, values = row["number"], RuleValues()
    default = getattr(values.limits, name, None) if hasattr(values.limits, name) else getattr(values.criteria, name)
    (fault,) = (fault for fault in faults(with_value(values, name, -1)) if fault.field == name)
    return {
        "default": "as prescribed" if default is None else str(default),
        "lowest": str(fault.lowest),
        "highest": str(fault.highest),
    }


def adherence_row(row: Row) -> Row:
    words = row["days"].split()
    days = [
        DayView(
            back(len(words) - 1 - count),
            SlotView(Slot.MORNING, STATES[word[0]]),
            SlotView(Slot.EVENING, STATES[word[1]]),
        )
        for count, word in enumerate(words)
    ]
    result = adherence(days, [], today=TODAY)
    return {
        "sessions": share(result.sessions),
        "per cent": said(result.sessions.percent),
        "adherent": said(result.is_adherent),
        "days in a row": str(result.streak_days),
    }


def holds_row(row: Row) -> Row:
    holds = tuple(int(word) * 1000 for word in row["holds in seconds"].split())
    planned = first_number(row["planned hold"]) * 1000
    result = adherence([], [HeldSet(int(row["fewest repetitions"]), int(row["done"]), planned, holds)], today=TODAY)
    return {
        "repetitions": share(result.reps),
        "per cent": said(result.reps.percent),
        "hold": share(result.hold_seconds, " s"),
        "per cent of hold": said(result.hold_seconds.percent),
    }


def dose_row(row: Row) -> Row:
    usual = {
        "reps_min": 10,
        "reps_max": 20,
        "reps_target": 15,
        "hold_min_seconds": 3,
        "hold_max_seconds": 5,
        "hold_target_seconds": 4,
        "sessions_per_day": 2,
    }
    (fault,) = (fault for fault in dose_faults(Dose(**usual | {row["number"]: 0})) if fault.field == row["number"])
    return {"lowest": str(fault.lowest), "highest": str(fault.highest)}


CHECKS: dict[str, Callable[[Row], Row]] = {
    "days": days_row,
    "second session": second_session_row,
    "late": late_row,
    "morning check": morning_check_row,
    "hour later": hour_later_row,
    "weekly check": weekly_check_row,
    "presets": presets_row,
    "settled": settled_row,
    "medians": medians_row,
    "advice": advice_row,
    "before": before_row,
    "readiness": readiness_row,
    "bounds": bounds_row,
    "adherence": adherence_row,
    "holds": holds_row,
    "dose": dose_row,
}


def test_every_table_is_run():
    assert list(tables()) == list(CHECKS)
    assert DOCUMENT.read_text(encoding="utf-8").count("\n|---") == len(CHECKS)


@pytest.mark.parametrize(
    ("name", "row"),
    [(name, row) for name, rows in tables().items() for row in rows],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.values()),
)
def test_row_says_what_the_rules_do(name, row):
    assert row == row | CHECKS[name](row)


@pytest.mark.parametrize("name", CHECKS)
def test_number_that_is_changed_is_found(name):
    # Each result of each row, one after the other, made wrong.
    rows = tables()[name]
    results = [(row, key) for row in rows for key in CHECKS[name](row)]

    assert results
    for row, key in results:
        wrong = row | {key: row[key] + "9"}
        assert wrong != wrong | CHECKS[name](row)


def test_every_criterion_has_a_row_that_is_met_and_one_that_is_not():
    verdicts = {(row["criterion"].replace(" ", "_"), row["verdict"]) for row in tables()["readiness"]}

    assert {(key.value, verdict) for key in CriterionKey for verdict in ("met", "not met")} <= verdicts


def test_every_advice_stands_in_the_tables():
    told = {row["the patient reads"] for name in ("advice", "before") for row in tables()[name]}

    assert set(ADVICE.values()) <= told


def test_version_is_the_one_of_the_rules():
    assert f"Version of the rules: {RULES_VERSION}." in DOCUMENT.read_text(encoding="utf-8")
