"""How days and sessions look. Display only: no queries here."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from progress.models import RedFlagSign, RuleSet, Slot
from progress.months import Mark, PainCell, PainTable
from progress.rules.slots import SlotState, SlotView
from progress.sittings import Reps

register = template.Library()

CARD_STATES = {SlotState.OPEN: "progress", SlotState.NOTHING_DUE: "none"}
TITLES = {
    SlotState.DUE: gettext_lazy("Due now"),
    SlotState.OPEN: gettext_lazy("In progress"),
    SlotState.DONE: gettext_lazy("Done at %(time)s"),
    SlotState.PARTLY: gettext_lazy("Partly done at %(time)s"),
    SlotState.MISSED: gettext_lazy("Missed"),
    SlotState.LATER: gettext_lazy("Later today"),
    SlotState.NOTHING_DUE: gettext_lazy("Nothing due"),
    SlotState.EXTRA: gettext_lazy("Extra, at %(time)s"),
}
NOTES = {
    SlotState.LATER: gettext_lazy("From 14:00"),
    SlotState.MISSED: gettext_lazy("It happens. The next one counts just as much."),
}
MS_PER_SECOND = 1000


@register.simple_tag
def warning_signs() -> list[Any]:
    """Return the words of the warning signs, in the order of the card."""
    return list(RedFlagSign.WORDS.values())


REP_WORDS = {
    "ok": gettext_lazy("done"),
    "short": gettext_lazy("short"),
    "skipped": gettext_lazy("skipped"),
    "stopped_pain": gettext_lazy("stopped, it hurt"),
    "now": gettext_lazy("now"),
    "todo": gettext_lazy("to do"),
}


@register.simple_tag
def rep_marks(marks: Iterable[Any]) -> str:
    """Return one item of a list for each mark of the counter.

    Not a loop of the template: every repetition is answered with all of them, and that would be most of the answer's time.
    """
    shown = list(marks)
    # Translated and put into its place once, not with each mark.
    ends = {
        state: format_html('<span class="visually-hidden">{}</span></li>', REP_WORDS[state])
        for state in {mark.state for mark in shown}
    }
    return format_html_join(
        "",
        '<li data-rep="{}"{}>{}',
        (
            (mark.state, format_html(' data-rep-id="{}"', mark.rep_id) if mark.rep_id else "", ends[mark.state])
            for mark in shown
        ),
    )


@register.filter
def first_word(text: str) -> str:
    """Return the first word of a name."""
    return (text.split() or [""])[0]


@register.filter
def seconds(milliseconds: int) -> str:
    """Return milliseconds as seconds with one place behind the point."""
    return formats.number_format(milliseconds / MS_PER_SECOND, decimal_pos=1)


@register.filter
def set_by(rule_set: RuleSet) -> str:
    """Return who set limits and criteria, and when; loaded with `made_by`."""
    if rule_set.made_by is None:
        return _("your clinic’s standard")
    made_on = timezone.localtime(rule_set.made_at)
    shape = "j F" if made_on.year == timezone.localtime().year else "j F Y"
    return _("set by %(who)s on %(day)s") % {"who": rule_set.made_by, "day": formats.date_format(made_on, shape)}


@register.filter
def short_day(day: date) -> str:
    """Return a day as "25 Nov". A page names the same days again and again, so each name is put together once."""
    return _short_day(day, get_language())


@lru_cache(maxsize=2000)
def _short_day(day: date, language: str | None) -> str:
    return formats.date_format(day, "j M")


@register.filter
def out_of(done: int, of: int) -> str:
    """Return so many of so many in words."""
    return _("%(done)s of %(of)s") % {"done": done, "of": of}


@register.simple_tag(takes_context=True)
def halfdays(context: template.Context, marks: tuple[Mark, ...]) -> str:
    """Show the marks of a day. The days of a month are of a few kinds: each kind is rendered once."""
    memory: Any = context.render_context
    known: dict[tuple[Mark, ...], str] = memory.setdefault("halfdays", {})
    if marks not in known:
        known[marks] = render_to_string("components/_halfdays.html", {"marks": marks})
    return known[marks]


@register.simple_tag
def pain_lines(table: PainTable) -> str:
    """Return the lines of a table of pain. A busy month has a hundred of them: put together here, in a tenth of the time."""
    slots = {slot.value: f", {slot.label}" for slot in Slot} | {"": ""}
    return format_html_join(
        "\n",
        '<tr><th scope="row">{}{}</th>{}</tr>',
        (
            (
                short_day(row.day),
                slots[row.slot],
                format_html_join("", '<td class="num">{}</td>', ((_pain_answer(cell),) for cell in row.cells)),
            )
            for row in table.rows
        ),
    )


def _pain_answer(cell: PainCell | None) -> str:
    """Return an answer about pain: the number, skipped, a dash where it was not asked; and what was recorded first."""
    if cell is None:
        return "–"
    shown = _pain_number(cell.value)
    return f"{shown} {_('(first: %(value)s)') % {'value': _pain_number(cell.first)}}" if cell.is_corrected else shown


def _pain_number(value: int | None) -> str:
    return _("skipped") if value is None else str(value)


@register.inclusion_tag("components/_slot.html")
def slot_card(view: SlotView, reps: Mapping[UUID, Reps]) -> dict[str, object]:
    """Show one slot of Today. `reps` holds by session what was held and what was prescribed."""
    row = reps.get(view.session.id) if view.session else None
    return {
        "slot": view.slot.value,
        "state": CARD_STATES.get(view.state, view.state.value),
        "title": slot_title(view),
        "note": _reps_note(row) if row else NOTES.get(view.state, ""),
        "level": 3,
    }


def slot_title(view: SlotView) -> str:
    """Return the state of a slot in words."""
    if view.session and view.session.is_entered_later:
        return _("Done, entered later") if view.state is SlotState.DONE else _("Partly done, entered later")
    time = formats.time_format(view.session.started_wall) if view.session else ""
    return str(TITLES[view.state]) % {"time": time}


def _reps_note(row: Reps) -> str:
    text = ngettext("%(done)s of %(target)s repetition held", "%(done)s of %(target)s repetitions held", row.target)
    return text % {"done": row.done, "target": row.target}
