"""The criteria for the next stage in words: what is asked for, and the number that was counted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from progress.rules.readiness import CriterionKey, Verdict

STATES = {Verdict.MET: "met", Verdict.NOT_MET: "unmet", Verdict.UNKNOWN: "unknown"}


class Counted(Protocol):
    """A criterion: of progress.rules.readiness as it is counted now, or a row of an evaluation that was kept."""

    @property
    def key(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def value(self) -> "float | None": ...
    @property
    def limit(self) -> float: ...
    @property
    def of(self) -> "float | None": ...


@dataclass(frozen=True)
class CriterionLine:
    """One criterion as components/_criterion.html shows it."""

    state: str
    title: str
    note: str


def criterion_lines(criteria: Iterable[Counted]) -> list[CriterionLine]:
    """Return the lines of a checklist, in its order."""
    return [_line(row) for row in criteria]


def _line(row: Counted) -> CriterionLine:
    title, note = WORDS[CriterionKey(row.key)]
    return CriterionLine(STATES[Verdict(row.verdict)], title(int(row.limit)), note(row))


def _number(value: object) -> str:
    """Return a number with one decimal place where it needs one."""
    return floatformat(value, -1)


def _days_title(limit: int) -> str:
    return ngettext("On this stage for at least %(limit)s day", "On this stage for at least %(limit)s days", limit) % {
        "limit": limit
    }


def _days_note(row: Counted) -> str:
    value = int(row.value or 0)
    return ngettext("%(value)s day so far", "%(value)s days so far", value) % {"value": value}


def _full_days_title(limit: int) -> str:
    return ngettext(
        "At least %(limit)s day on which all that was due was done",
        "At least %(limit)s days on which all that was due was done",
        limit,
    ) % {"limit": limit}


def _full_days_note(row: Counted) -> str:
    if not row.of:
        return _("No day to count yet")
    return ngettext(
        "%(value)s, out of %(of)s day looked at", "%(value)s, out of %(of)s days looked at", int(row.of)
    ) % {"value": _number(row.value), "of": int(row.of)}


def _holds_title(limit: int) -> str:
    return _("At least %(limit)s %% of holds as long as prescribed") % {"limit": limit}


def _holds_note(row: Counted) -> str:
    if row.value is None:
        return _("No hold was timed yet")
    return ngettext(
        "%(value)s %% of %(of)s hold that was timed", "%(value)s %% of %(of)s holds that were timed", int(row.of or 0)
    ) % {"value": _number(row.value), "of": int(row.of or 0)}


def _pain_title(limit: int) -> str:
    if limit == 0:
        return _("No pain in any session that counts")
    return _("Worst pain of %(limit)s or less in every session that counts") % {"limit": limit}


def _pain_note(row: Counted) -> str:
    if row.value is None:
        return _("No number yet")
    text = _("The highest was %(value)s") % {"value": _number(row.value)}
    return f"{text}; {_('some answers are missing')}" if row.verdict == Verdict.UNKNOWN else text


def _mornings_title(limit: int) -> str:
    return ngettext(
        "At least %(limit)s morning that had settled, and none that had not",
        "At least %(limit)s mornings that had settled, and none that had not",
        limit,
    ) % {"limit": limit}


def _mornings_note(row: Counted) -> str:
    if not row.of:
        return _("No morning to count yet")
    if row.verdict == Verdict.NOT_MET and (row.value or 0) >= row.limit:
        return _("%(value)s had settled; at least one had not") % {"value": _number(row.value)}
    if row.verdict == Verdict.UNKNOWN:
        unknown = int(row.of - (row.value or 0))
        return ngettext(
            "%(value)s had settled; %(unknown)s is not known",
            "%(value)s had settled; %(unknown)s are not known",
            unknown,
        ) % {"value": _number(row.value), "unknown": unknown}
    return ngettext(
        "%(value)s had settled, out of %(of)s morning", "%(value)s had settled, out of %(of)s mornings", int(row.of)
    ) % {"value": _number(row.value), "of": int(row.of)}


def _rise_title(limit: int) -> str:
    if limit == 0:
        return _("Pain not higher this week than last week")
    return _("Pain at most %(limit)s higher this week than last week") % {"limit": limit}


def _rise_note(row: Counted) -> str:
    if row.value is None:
        return _("Needs four answers in each of the two weeks")
    if row.value == 0:
        return _("The same in both weeks")
    if row.value < 0:
        return _("%(value)s lower") % {"value": _number(-row.value)}
    return _("%(value)s higher") % {"value": _number(row.value)}


def _felt_title(limit: int) -> str:
    if limit == 0:
        return _("Feeling the muscle is not asked for")
    return _("Muscle felt in at least %(limit)s %% of sets") % {"limit": limit}


def _felt_note(row: Counted) -> str:
    if row.value is None:
        return _("No set yet")
    return ngettext("%(value)s %% of %(of)s set", "%(value)s %% of %(of)s sets", int(row.of or 0)) % {
        "value": _number(row.value),
        "of": int(row.of or 0),
    }


def _flag_title(limit: int) -> str:
    return _("Nothing that your physiotherapist has to look at first")


def _flag_note(row: Counted) -> str:
    if row.verdict == Verdict.MET:
        return _("Nothing waits")
    return _("Something waits until your physiotherapist has looked at it")


WORDS: dict[CriterionKey, tuple[Callable[[int], str], Callable[[Counted], str]]] = {
    CriterionKey.DAYS_ON_STAGE: (_days_title, _days_note),
    CriterionKey.FULL_DAYS: (_full_days_title, _full_days_note),
    CriterionKey.HOLDS: (_holds_title, _holds_note),
    CriterionKey.PAIN: (_pain_title, _pain_note),
    CriterionKey.MORNINGS: (_mornings_title, _mornings_note),
    CriterionKey.WEEKLY_RISE: (_rise_title, _rise_note),
    CriterionKey.FELT_MUSCLE: (_felt_title, _felt_note),
    CriterionKey.NO_OPEN_FLAG: (_flag_title, _flag_note),
}
