"""What is told afterwards: a session done without the page, and corrections of one that is on record."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from exercises.models import Depth
from kneecoach.accounts.models import Side
from progress.facts import sides_of
from progress.forms.session import one_message
from progress.models import (
    EFFORT_HIGHEST,
    EFFORT_LOWEST,
    PAIN_HIGHEST,
    PAIN_LOWEST,
    Correction,
    ExerciseSet,
    PainRating,
)
from progress.records import Item
from progress.rules.days import Slot
from progress.rules.reps import NUMBER_HIGHEST
from progress.services import Change, LaterEntry, LaterSet

NOT_KNOWN = "not_known"
PAIN_LABELS = {
    (PainRating.Moment.BEFORE, Side.LEFT): _("Pain in your left knee before"),
    (PainRating.Moment.BEFORE, Side.RIGHT): _("Pain in your right knee before"),
    (PainRating.Moment.WORST, Side.LEFT): _("Worst pain in your left knee, during the exercises"),
    (PainRating.Moment.WORST, Side.RIGHT): _("Worst pain in your right knee, during the exercises"),
    (PainRating.Moment.HOUR_LATER, Side.LEFT): _("Pain in your left knee about an hour later"),
    (PainRating.Moment.HOUR_LATER, Side.RIGHT): _("Pain in your right knee about an hour later"),
}


def pain_field(label: Any, *, not_known: Any, **options: Any) -> forms.TypedChoiceField:
    """Return a choice of 0 to 10 or "not known", which is None. Nothing is chosen beforehand."""
    numbers = [(str(value), str(value)) for value in range(PAIN_LOWEST, PAIN_HIGHEST + 1)]
    return forms.TypedChoiceField(
        label=label,
        choices=[("", _("Please choose")), *numbers, (NOT_KNOWN, not_known)],
        coerce=lambda text: None if text == NOT_KNOWN else int(text),
        error_messages={"required": _("Choose a number from 0 to 10, or say that you do not know it.")},
        **options,
    )


def effort_field() -> forms.TypedChoiceField:
    """Return a choice of 0 to 10, or nothing."""
    numbers = [(str(value), str(value)) for value in range(EFFORT_LOWEST, EFFORT_HIGHEST + 1)]
    return forms.TypedChoiceField(
        label=_("How hard was it?"),
        help_text=_("0 is no effort, 10 is as hard as you can."),
        choices=[("", _("not answered")), *numbers],
        coerce=int,
        empty_value=None,
        required=False,
    )


def depth_field() -> forms.TypedChoiceField:
    """Return a choice of rungs, or nothing."""
    return forms.TypedChoiceField(
        label=_("How deep did you squat?"),
        choices=[("", _("not answered")), *Depth.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )


def reps_field(label: str, *, most: int) -> forms.IntegerField:
    """Return how many repetitions were held."""
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=most,
        error_messages=one_message(_("Repetitions held: a whole number from 0 to %(most)s.") % {"most": most})
        | {"required": _("How many repetitions did you hold? 0 if none.")},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


def set_name(row: ExerciseSet) -> str:
    """Return the stage of a set, and the leg where it is done with one."""
    leg = {Side.LEFT: _("left leg"), Side.RIGHT: _("right leg")}.get(Side(row.side), "")
    return f"{row.stage}, {leg}" if row.stage.is_one_legged and leg else str(row.stage)


class LaterForm(forms.Form):
    """A session of an earlier slot, as it is remembered or stands on paper. `rows` are the sets that it asked for.

    `is_from_paper`: whoever fills it in has come from the sheet, and is not asked where they take it from.
    """

    MEMORY, PAPER = "memory", "paper"
    session_id = forms.UUIDField(widget=forms.HiddenInput)
    origin = forms.ChoiceField(
        label=_("Where do you take it from?"),
        choices=[(MEMORY, _("From memory")), (PAPER, _("From my paper sheet"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one of the two.")},
    )

    def __init__(self, *args: Any, rows: Sequence[ExerciseSet], is_from_paper: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows, self.is_from_paper = rows, is_from_paper
        if is_from_paper:
            del self.fields["origin"]
        for row in rows:
            label = _("%(name)s: repetitions held") % {"name": set_name(row)}
            self.fields[f"reps_{row.order}"] = reps_field(label, most=row.reps_max)
            self.fields[f"felt_{row.order}"] = forms.ChoiceField(
                label=_("Did you feel the muscle work?"),
                choices=[("", _("not answered")), *ExerciseSet.Felt.choices],
                required=False,
            )
            if row.depth_target is not None:
                self.fields[f"depth_{row.order}"] = depth_field()
        self.pains = {f"{moment}_{side}": (moment, side) for moment, side in self._asked()}
        for name, key in self.pains.items():
            self.fields[name] = pain_field(PAIN_LABELS[key], not_known=_("I do not remember"))
        self.fields["effort"] = effort_field()
        self.fields["note"] = forms.CharField(
            label=_("A note for your physiotherapist"),
            required=False,
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def _asked(self) -> list[tuple[PainRating.Moment, Side]]:
        sides = sides_of(self.rows)
        return [
            (moment, Side(side)) for moment in (PainRating.Moment.BEFORE, PainRating.Moment.WORST) for side in sides
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for at least one repetition: a session without any was missed, not done."""
        cleaned = super().clean() or {}
        counts = [cleaned.get(f"reps_{row.order}") for row in self.rows]
        if all(count == 0 for count in counts):
            self.add_error(None, _("Enter at least one repetition. A session without any does not have to be entered."))
        return cleaned

    def entry(self, *, day: date, slot: Slot) -> LaterEntry:
        """Return the checked values as the service takes them."""
        data = self.cleaned_data
        session_id: UUID = data["session_id"]
        return LaterEntry(
            session_id=session_id,
            day=day,
            slot=slot,
            is_from_paper=self.is_from_paper or data["origin"] == self.PAPER,
            sets=tuple(
                LaterSet(
                    row.prescription_id,
                    row.side,
                    data[f"reps_{row.order}"],
                    data[f"felt_{row.order}"],
                    data.get(f"depth_{row.order}"),
                )
                for row in self.rows
            ),
            pain={key: data[name] for name, key in self.pains.items()},
            effort=data["effort"],
            note=data["note"],
        )


class CorrectionForm(forms.Form):
    """Every value of a session as it counts now. Only what is changed is written down."""

    def __init__(self, *args: Any, items: Sequence[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[item.key] = self._field_of(item)
            self.initial[item.key] = self._initial_of(item)
        self.fields["reason"] = forms.CharField(
            label=_("Why is it different?"),
            required=False,
            max_length=300,
            help_text=_("Your physiotherapist sees what was recorded first, the correction, and this."),
        )

    def _field_of(self, item: Item) -> forms.Field:
        row = item.exercise_set
        if item.what is Correction.What.REPS and row:
            return reps_field(_("%(name)s: repetitions held") % {"name": set_name(row)}, most=NUMBER_HIGHEST)
        if item.what is Correction.What.FELT:
            choices = [*([] if item.now.felt else [("", _("not answered"))]), *ExerciseSet.Felt.choices]
            return forms.ChoiceField(label=_("Did you feel the muscle work?"), choices=choices, required=False)
        if item.what is Correction.What.DEPTH:
            return depth_field()
        if item.what is Correction.What.PAIN and item.pain_rating:
            key = (PainRating.Moment(item.pain_rating.moment), Side(item.pain_rating.side))
            return pain_field(PAIN_LABELS[key], not_known=_("not answered"))
        return effort_field()

    def _initial_of(self, item: Item) -> object:
        if item.what is Correction.What.FELT:
            return item.now.felt
        if item.what is Correction.What.PAIN and item.now.value is None:
            return NOT_KNOWN
        return item.now.value

    def changes(self) -> list[Change]:
        """Return what was entered, changed or not; a felt muscle or a depth that stays unanswered is no change."""
        made = []
        for item in self.items:
            value = self.cleaned_data[item.key]
            if item.what is Correction.What.FELT:
                if value:
                    made.append(Change(item.key, felt=value))
            elif value is not None or item.what is not Correction.What.DEPTH:
                made.append(Change(item.key, value=value))
        return made
