"""What a patient answers besides the questions of a session."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from progress.asking import WEEK_MOMENTS, Week
from progress.forms.session import SafetyForm, one_message
from progress.models import PAIN_HIGHEST, PAIN_LOWEST, MorningCheck, RedFlagSign, WeeklyCheck
from progress.services import WeekAnswers

SKIP = "skip"
SIGN_CHOICES = [(code.value, words) for code, words in RedFlagSign.WORDS.items()]
WEEK_QUESTIONS = {
    ("week_worst", "left"): _("The worst pain in your left knee"),
    ("week_worst", "right"): _("The worst pain in your right knee"),
    ("week_usual", "left"): _("The usual pain in your left knee"),
    ("week_usual", "right"): _("The usual pain in your right knee"),
}


class SwellingForm(forms.Form):
    """How much the knee is swollen, or skipped. Neither is assumed."""

    swelling = forms.ChoiceField(
        choices=[*MorningCheck.Swelling.choices, (SKIP, _("Skip"))],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Please choose one of the answers.")),
    )

    @property
    def answer(self) -> str:
        """Return the answer, empty for skipped."""
        told: str = self.cleaned_data["swelling"]
        return "" if told == SKIP else told


class WeeklyForm(forms.Form):
    """Worst and usual pain of each knee, and the change. Each may be left out; a page with nothing on it is a mistake."""

    # A page that was left open until the next week is about the week before.
    monday = forms.DateField(widget=forms.HiddenInput)
    skip_all = forms.BooleanField(required=False)

    def __init__(self, *args: Any, week: Week, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pains = {f"{moment}_{side}": (moment.value, side) for side in week.sides for moment in WEEK_MOMENTS}
        self.initial = {f"{moment}_{side}": value for (moment, side), value in week.numbers.items()}
        self.initial |= {"monday": week.monday, "change": week.check.change if week.check else None}
        for name in self.pains:
            self.fields[name] = forms.IntegerField(
                required=False,
                min_value=PAIN_LOWEST,
                max_value=PAIN_HIGHEST,
                error_messages=one_message(_("Pain is a whole number from 0 to 10.")),
            )
        self.fields["change"] = forms.TypedChoiceField(
            choices=WeeklyCheck.Change,
            coerce=int,
            empty_value=None,
            required=False,
            error_messages={"invalid_choice": _("Please choose one of the answers.")},
        )

    def clean(self) -> dict[str, Any]:
        """Ask for at least one answer, and for a usual pain that is no more than the worst."""
        cleaned = super().clean() or {}
        if cleaned.get("skip_all"):
            return cleaned | dict.fromkeys([*self.pains, "change"])
        if not self.errors and all(cleaned.get(name) is None for name in (*self.pains, "change")):
            self.add_error(None, _("Choose at least one answer, or skip this week."))
        for side in {side for _moment, side in self.pains.values()}:
            worst, usual = (cleaned.get(f"{moment}_{side}") for moment in WEEK_MOMENTS)
            if worst is not None and usual is not None and usual > worst:
                self.add_error(
                    f"week_usual_{side}", _("The usual pain cannot be more than the worst. Please check both.")
                )
        return cleaned

    @property
    def scales(self) -> list[tuple[str, Any, int | str | None, list[str]]]:
        """Return name, question, what is chosen and what is wrong with it, for each question about pain."""
        return [
            (name, WEEK_QUESTIONS[key], self[name].value(), [str(error) for error in self[name].errors])
            for name, key in self.pains.items()
        ]

    def answers(self) -> WeekAnswers:
        """Return the checked values as the service takes them; what was left out is skipped."""
        data = self.cleaned_data
        return WeekAnswers(data["monday"], {key: data[name] for name, key in self.pains.items()}, data["change"])


class ReportForm(forms.Form):
    """At least one of the warning signs is true, told outside a session."""

    answer = forms.ChoiceField(
        choices=[(SafetyForm.FLAG, "")],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("That did not work. Please press the button again.")
        ),
    )


class SignsForm(forms.Form):
    """Which of the warning signs are true."""

    signs = forms.MultipleChoiceField(
        choices=SIGN_CHOICES,
        error_messages={
            "required": _("Tick what is true, or leave it out."),
            "invalid_choice": _("Please choose from the list."),
        },
    )
