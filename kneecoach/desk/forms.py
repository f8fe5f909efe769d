"""What a physiotherapist types on the pages where something is decided."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import ClinicSettings, DataRequest
from progress.models import BODY_LONGEST, RuleSet, StageRequest
from progress.rules.limits import PRESETS, Criteria, PainLimits, Preset, RuleValues, faults
from progress.services.rule_setting import between

NOTE_LONGEST = 500
MOMENT_INPUT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ResolveForm(forms.Form):
    """How an alert was resolved."""

    resolution = forms.CharField(
        label=_("How it was resolved"),
        max_length=NOTE_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the record: the patient does not read this."),
        error_messages={"required": _("Say in a few words how it was resolved.")},
    )


class ClearForm(forms.Form):
    """What was found about a warning sign."""

    note = forms.CharField(
        label=_("Note for the patient"),
        max_length=NOTE_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The patient reads this on Today for a week, with your name."),
        error_messages={"required": _("Say in a sentence what was found: the patient reads it.")},
    )


class AnswerRequestForm(forms.Form):
    """The answer to a request for a stage. Nothing is chosen beforehand."""

    status = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (StageRequest.Status.APPROVED.value, _("Approve: the next stage may come")),
            (StageRequest.Status.DECLINED.value, _("Not yet")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Approve it, or say that it is not time yet.")},
    )
    note = forms.CharField(
        label=_("Note for the patient"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The patient reads it with your name. Needed where it is not time yet."),
    )


class AnswerDataRequestForm(forms.Form):
    """The answer to a request about data. Nothing is chosen beforehand."""

    status = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (DataRequest.Status.AGREED.value, _("Agree: whoever hosts the site is to do it")),
            (DataRequest.Status.DECLINED.value, _("Decline")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Agree, or say why not.")},
    )
    answer = forms.CharField(
        label=_("Note for the patient"),
        required=False,
        max_length=DataRequest.WORDS_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The patient reads it with your name. Needed where you decline."),
    )


class StaffMessageForm(forms.Form):
    """An answer to a patient, under an id that the page has minted."""

    message_id = forms.UUIDField(widget=forms.HiddenInput)
    body = forms.CharField(
        label=_("Your answer"),
        max_length=BODY_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write something first.")},
    )


class SeenForm(forms.Form):
    """The newest message that was on the screen: everything up to it is read."""

    newest = forms.UUIDField()


LIMITS, CRITERIA = tuple(asdict(PainLimits())), tuple(asdict(Criteria()))
# Bounds: progress.rules.limits.faults. They are said here, and held there.
HELP = {
    "green_max": _("0 to 6. Pain up to here is calm."),
    "amber_max": _("Above “calm”, at most 7. Pain above it is over the limit."),
    "settled_tolerance": _("0 to 3. The next morning has settled at the pain before plus this, or less."),
    "min_days_on_stage": _("0 to 60 days since the prescription started."),
    "window_days": _("3 to 28 days, ending yesterday."),
    "min_full_days": _("1 to the days looked at. A day is full when all that was due was done."),
    "rep_target": _("1 to 30 for a session to count; empty: the fewest that were prescribed."),
    "hold_ok_percent": _("50 to 100 % of holds within half a second of what was prescribed."),
    "pain_worst_max": _("0 to 5, in every session that counts."),
    "mornings_settled_min": _("0 to the days looked at. An unanswered morning does not count."),
    "weekly_rise_max": _("0 to 4 points from one week’s median to the next."),
    "vmo_felt_percent": _("0 to 100 % of sets. 0 does not ask for it."),
}


class PresetSelect(forms.Select):
    """A choice of presets whose options carry their values, for the script that fills them in."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the values to the option."""
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            values = as_initial(PRESETS[Preset(value)])
            option["attrs"] |= {
                f"data-{field.replace('_', '-')}": "" if number is None else number for field, number in values.items()
            }
        return option


def as_initial(values: RuleValues) -> dict[str, int | None]:
    """Return limits and criteria by the names of their fields."""
    return {**asdict(values.limits), **asdict(values.criteria)}


def changes_between(before: RuleValues, after: RuleValues) -> list[tuple[str, int | None, int | None]]:
    """Return label, value so far and value to be of everything that would change."""
    old, new = as_initial(before), as_initial(after)
    return [(label_of(name), old[name], new[name]) for name in old if old[name] != new[name]]


def label_of(name: str) -> str:
    """Return what a limit or criterion is called."""
    return str(RuleSet._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]


class RuleSetForm(forms.Form):
    """Limits of pain and criteria for the next stage, within their bounds. Criteria go where they are not counted."""

    preset = forms.ChoiceField(
        label=_("Start from"),
        required=False,
        choices=[
            ("", _("the values as they are")),
            *((preset.value, RuleSet.PresetName(preset).label) for preset in PRESETS),
        ],
        widget=PresetSelect,
        help_text=_("Choosing one fills the fields below. Every number can still be changed."),
    )

    def __init__(self, *args: Any, current: RuleValues, with_criteria: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = current
        for name in (*LIMITS, *(CRITERIA if with_criteria else ())):
            self.fields[name] = forms.IntegerField(
                label=label_of(name),
                required=name != "rep_target",
                help_text=HELP[name],
                initial=as_initial(current)[name],
            )

    def clean(self) -> dict[str, Any]:
        """Hold every value to its bounds, some of which depend on another."""
        cleaned = super().clean() or {}
        if not self.errors:
            for fault in faults(self.values):
                self.add_error(fault.field, ValidationError(between(fault.lowest, fault.highest)))
        return cleaned

    @property
    def values(self) -> RuleValues:
        """Return the values as the rules take them; what the form does not ask for stays as it is."""
        told = as_initial(self.current) | {name: self.cleaned_data[name] for name in self.fields if name != "preset"}
        return RuleValues(
            PainLimits(**{name: told[name] for name in LIMITS}),
            Criteria(**{name: told[name] for name in CRITERIA}),
        )

    @property
    def changes(self) -> list[tuple[str, int | None, int | None]]:
        """Return label, value so far and value to be of everything that would change."""
        return changes_between(self.current, self.values)


class SpanForm(forms.Form):
    """Between which two instants, by the clinic's clock. Either end may stay open."""

    since = forms.DateTimeField(label=_("From"), required=False, widget=MOMENT_INPUT)
    until = forms.DateTimeField(label=_("To"), required=False, widget=MOMENT_INPUT)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            raise ValidationError(_("The second time is before the first. Change one of them."))
        return cleaned

    def span(self) -> dict[str, Any]:
        """Return both ends of what was asked."""
        return {name: self.cleaned_data[name] for name in ("since", "until")}

    def asked(self) -> str:
        """Return the part of an address that asks the same again."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})


class ClinicForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a clinic tells its patients, and what it allows."""

    class Meta:
        model = ClinicSettings
        fields = (
            "name",
            "address",
            "phone",
            "emergency_number",
            "urgent_number",
            "urgent_text",
            "reply_hours",
            "quiet_from",
            "quiet_until",
            "allows_stage_override",
            "erasure_policy",
        )
        widgets = {
            "address": forms.Textarea(attrs={"rows": 3}),
            "urgent_text": forms.Textarea(attrs={"rows": 2}),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
