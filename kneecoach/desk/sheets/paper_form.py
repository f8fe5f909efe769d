"""A sheet of paper that came back, as a form: a line for each morning and evening. What is empty was not written down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid5

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Side
from kneecoach.desk.sheets.paper import DEPTHS, FilledSheet, Line
from progress.facts import sides_of
from progress.forms.record import set_name
from progress.models import PAIN_HIGHEST, PAIN_LOWEST, ExerciseSet, PainRating, Slot
from progress.services import LaterEntry, LaterSet

AROUND = (PainRating.Moment.BEFORE, PainRating.Moment.WORST)


@dataclass(frozen=True)
class ShownLine:
    """A line with its fields in the order of the columns, ready to be shown; None where it has none."""

    line: Line
    cells: tuple[forms.BoundField | None, ...]
    mornings: tuple[forms.BoundField | str, ...]


class PaperForm(forms.Form):
    """What was held, felt, how deep, and pain of every line that is free, and pain in the mornings. All may be empty."""

    sheet_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sheet: FilledSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        for line in sheet.lines:
            self._add_line(line)
        for day in sheet.days:
            for side in sheet.sides:
                if (day, side) not in sheet.mornings:
                    what = _("pain in the morning, %(side)s") % {"side": Side(side).label}
                    label = f"{formats.date_format(day, 'j M')}, {what}"
                    self.fields[_morning(day, side)] = _number(label, PAIN_LOWEST, PAIN_HIGHEST)

    def _add_line(self, line: Line) -> None:
        for row in line.rows:
            told = {"name": set_name(row)}
            self.fields[_reps(line, row)] = _number(_label(line, _("%(name)s: repetitions") % told), 0, row.reps_max)
            self.fields[_felt(line, row)] = forms.ChoiceField(
                label=_label(line, _("%(name)s: felt the muscle") % told),
                choices=[("", "–"), *ExerciseSet.Felt.choices],
                required=False,
                widget=forms.Select(attrs={"aria-label": _label(line, _("%(name)s: felt the muscle") % told)}),
            )
            if row.depth_target is not None:
                self.fields[_depth(line, row)] = _depth_field(_label(line, _("%(name)s: how deep") % told))
        for moment in AROUND:
            for side in sides_of(line.rows):
                what = _("pain %(moment)s, %(side)s") % {"moment": moment.label, "side": Side(side).label}
                self.fields[_pain(line, moment, side)] = _number(_label(line, what), PAIN_LOWEST, PAIN_HIGHEST)

    def clean(self) -> dict[str, Any]:
        """Ask how much was done where anything of a line was written down: a line without a repetition is no session."""
        cleaned = super().clean() or {}
        for line in self.sheet.lines:
            names = self._names(line)
            reps = [cleaned.get(_reps(line, row)) for row in line.rows]
            is_faulty = any(name in self.errors for name in names)
            is_written = any(cleaned.get(name) not in (None, "") for name in names)
            if is_written and not is_faulty and not any(reps):
                self.add_error(
                    _reps(line, line.rows[0]),
                    _label(
                        line,
                        _("how many repetitions were held? With none, leave the line empty: it is a missed session."),
                    ),
                )
        return cleaned

    def entries(self) -> list[LaterEntry]:
        """Return the lines that hold something, as the service takes them. The same form has the same ids again."""
        data, found = self.cleaned_data, []
        for line in self.sheet.lines:
            if not any(data.get(_reps(line, row)) for row in line.rows):
                continue
            found.append(
                LaterEntry(
                    session_id=uuid5(data["sheet_id"], f"{line.day}/{line.slot}"),
                    day=line.day,
                    slot=line.slot,
                    is_from_paper=True,
                    sets=tuple(
                        LaterSet(
                            row.prescription_id,
                            row.side,
                            data[_reps(line, row)] or 0,
                            felt=data[_felt(line, row)],
                            depth=data.get(_depth(line, row)),
                        )
                        for row in line.rows
                    ),
                    pain={
                        (moment, side): data[_pain(line, moment, side)]
                        for moment in AROUND
                        for side in sides_of(line.rows)
                    },
                )
            )
        return found

    def mornings(self) -> dict[tuple[date, str], int]:
        """Return the numbers of the mornings that were written down."""
        values = {
            (day, side): self.cleaned_data.get(_morning(day, side))
            for day in self.sheet.days
            for side in self.sheet.sides
        }
        return {key: value for key, value in values.items() if value is not None}

    def columns(self) -> list[ExerciseSet]:
        """Return one set for each exercise and leg of the sheet, in the order of the stages; with a depth if any has."""
        found: dict[tuple[str, str], ExerciseSet] = {}
        for line in self.sheet.lines:
            for row in line.rows:
                known = found.setdefault(_column(row), row)
                if known.depth_target is None and row.depth_target is not None:
                    found[_column(row)] = row
        return sorted(found.values(), key=lambda row: (row.stage.number, row.side))

    def lines(self) -> Iterator[ShownLine]:
        """Yield every line with its fields under the columns."""
        columns = self.columns()
        for line in self.sheet.lines:
            own = {_column(row): row for row in line.rows}
            names = [
                *(
                    name(line, own[_column(head)]) if _column(head) in own else ""
                    for head in columns
                    for name in _asked(head)
                ),
                *(_pain(line, moment, side) for moment in AROUND for side in self.sheet.sides),
            ]
            cells = tuple(self[name] if name in self.fields else None for name in names)
            yield ShownLine(line, cells, tuple(self._waking(line.day)))

    @property
    def wide(self) -> int:
        """Return how many cells the fields of a line take, those of the morning left out."""
        return max(1, sum(len(_asked(head)) for head in self.columns()) + len(AROUND) * len(self.sheet.sides))

    def _waking(self, day: date) -> Iterator[forms.BoundField | str]:
        for side in self.sheet.sides:
            name, value = _morning(day, side), self.sheet.mornings.get((day, side))
            if name in self.fields:
                yield self[name]
            elif day > self.sheet.today:
                yield ""
            else:
                yield _("skipped") if value is None else str(value)

    def _names(self, line: Line) -> list[str]:
        sets = [name(line, row) for row in line.rows for name in _asked(row)]
        return sets + [_pain(line, moment, side) for moment in AROUND for side in sides_of(line.rows)]


def _number(label: str, least: int, most: int) -> forms.IntegerField:
    told = {"least": least, "most": most}
    message = _("A whole number from %(least)s to %(most)s, or nothing.") % told
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), f"{label}: {message}"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 2, "aria-label": label, "autocomplete": "off"}),
    )


def _depth_field(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[("", "–"), *((depth.value, f"{letter} – {depth.label}") for letter, depth in DEPTHS)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"aria-label": label}),
    )


def _label(line: Line, what: str) -> str:
    return f"{formats.date_format(line.day, 'j M')}, {Slot(line.slot).label}, {what}"


def _column(row: ExerciseSet) -> tuple[str, str]:
    return row.stage.key, row.side


def _reps(line: Line, row: ExerciseSet) -> str:
    return f"{line.day}-{line.slot}-reps-{row.order}"


def _felt(line: Line, row: ExerciseSet) -> str:
    return f"{line.day}-{line.slot}-felt-{row.order}"


def _depth(line: Line, row: ExerciseSet) -> str:
    return f"{line.day}-{line.slot}-depth-{row.order}"


def _asked(row: ExerciseSet) -> tuple[Callable[[Line, ExerciseSet], str], ...]:
    """Return what names the fields that a set has on every line."""
    return (_reps, _felt) if row.depth_target is None else (_reps, _felt, _depth)


def _pain(line: Line, moment: str, side: str) -> str:
    return f"{line.day}-{line.slot}-{moment}-{side}"


def _morning(day: date, side: str) -> str:
    return f"{day}-waking-{side}"
