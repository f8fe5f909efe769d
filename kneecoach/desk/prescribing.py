"""The forms in which something is decided about prescriptions."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from exercises import rules
from exercises.eligibility import sentences_for
from exercises.models import DOSE_FIELDS, Prescription, Stage
from exercises.models.decision import TEXT_LONGEST
from exercises.services import Prescribing
from kneecoach.accounts.models import Patient

DEPTH_FIELDS = ("depth", "depth_pain_limit")
# What is asked for stands before the bounds within which the patient may vary it.
DOSE_ORDER = (
    "reps_target",
    "reps_min",
    "reps_max",
    "hold_target_seconds",
    "hold_min_seconds",
    "hold_max_seconds",
    "sessions_per_day",
)


def uuid_or_none(text: str | None) -> UUID | None:
    """Return the id that a text is, or None."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class DecisionForm(forms.Form):
    """What every decision holds: its id, minted by the page, why, and a note."""

    decision_id = forms.UUIDField(widget=forms.HiddenInput)
    why = forms.CharField(
        label=_("Why"),
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the record: the patient does not read this."),
        error_messages={"required": _("Say in a few words why.")},
    )
    note = forms.CharField(
        label=_("Note for the patient"),
        required=False,
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Read on Today together with what was decided."),
    )

    def __init__(self, *args: Any, needs_why: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page of the patient has fields of its own with the same names.
        self.auto_id = "decide_%s"
        self.fields["why"].required = needs_why
        self.initial.setdefault("decision_id", uuid4())


class PauseForm(DecisionForm):
    """Days on which nothing of a stage is due."""

    from_on = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Choose the first day.")},
    )
    to_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: until you end the pause."),
    )
    also = forms.MultipleChoiceField(
        label=_("Pause on the same days too"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("from_on", "to_on", "also", "why", "note", "decision_id")

    def __init__(self, *args: Any, others: Sequence[Prescription], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = {str(row.pk): row for row in others}
        if not others:
            del self.fields["also"]
        else:
            self.fields["also"].choices = [(key, str(row.stage)) for key, row in self.others.items()]  # type: ignore[attr-defined]

    @property
    def also_paused(self) -> list[Prescription]:
        """Return the other prescriptions that are to be paused."""
        return [self.others[key] for key in self.cleaned_data.get("also", ())]


class StageSelect(forms.Select):
    """A choice of stages whose options carry the dose they propose, for the script that fills it in."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the dose to the option."""
        option = super().create_option(name, value, *args, **kwargs)
        stage = getattr(value, "instance", None)
        if stage is not None:
            option["attrs"] |= {f"data-{field.replace('_', '-')}": getattr(stage, field) for field in DOSE_FIELDS}
        return option


FIELDS = ("stage", "side", *DOSE_FIELDS, *DEPTH_FIELDS, "starts_on", "note", "override_reason")
WIDGETS: dict[str, Any] = {
    "stage": StageSelect,
    "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    "note": forms.Textarea(attrs={"rows": 2}),
    "override_reason": forms.Textarea(attrs={"rows": 2}),
}
HELP: dict[str, Any] = {
    "depth": _("Of the wall squat only, one rung deeper at a time. The patient may always go less deep."),
    "depth_pain_limit": _("0 to 10. With more pain the patient is told to go less deep. Empty: 5."),
    "note": _("Read with the stage for as long as it runs."),
}


class PrescribeForm(forms.Form):
    """Give a patient a stage. Whatever is left empty in the dose is taken from the stage."""

    decision_id = forms.UUIDField(widget=forms.HiddenInput)
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the record: the patient does not read this."),
        error_messages={"required": _("Say in a few words why.")},
    )

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        today: date,
        stages: Sequence[Stage],
        needs_confirmation: bool,
        may_override: bool,
        needs_why: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        # The page of the patient has fields of its own with the same names.
        self.auto_id = "decide_%s"
        self.fields |= fields_for_model(Prescription, FIELDS, widgets=WIDGETS, help_texts=HELP)
        self.patient, self.today = patient, today
        self.is_minor = patient.is_minor(today)
        self.initial.setdefault("decision_id", uuid4())
        for field in DOSE_FIELDS:
            self.fields[field].required = False
        choices = self.fields["stage"]
        choices.queryset = Stage.objects.filter(pk__in=[row.pk for row in stages]).select_related("version")  # type: ignore[attr-defined]
        self.fields["why"].required = needs_why
        if not any(row.is_squat for row in stages):
            for field in DEPTH_FIELDS:
                del self.fields[field]
        if not may_override:
            del self.fields["override_reason"]
        self.confirmations = sentences_for(is_minor=self.is_minor) if needs_confirmation else ()
        for key, text in self.confirmations:
            self.fields[key] = forms.BooleanField(
                label=text, error_messages={"required": _("Confirm this before you prescribe.")}
            )
        if self.confirmations and self.is_minor:
            self.fields["guardian_name"] = forms.CharField(
                label=_("Parent or guardian who agreed"),
                max_length=150,
                error_messages={"required": _("Under 18: write who agreed, a parent or guardian.")},
            )

    @property
    def confirmation_fields(self) -> list[forms.BoundField]:
        """Return what has to be confirmed, in order."""
        names = [key for key, _text in self.confirmations]
        return [self[name] for name in (*names, "guardian_name") if name in self.fields]

    @property
    def dose_fields(self) -> list[forms.BoundField]:
        """Return the values of the dose, what is asked for first."""
        return [self[name] for name in DOSE_ORDER]

    def clean_starts_on(self) -> date:
        """Refuse a day that is over for the patient: what was due on it stays what it was."""
        starts_on: date = self.cleaned_data["starts_on"]
        if starts_on < self.today:
            raise ValidationError(_("This day is over. Choose today or a later day."))
        return starts_on

    def clean(self) -> dict[str, Any]:
        """Fill what was left empty from the stage."""
        cleaned = super().clean() or {}
        stage = cleaned.get("stage")
        if stage:
            for field in DOSE_FIELDS:
                if cleaned.get(field) is None and field not in self.errors:
                    cleaned[field] = getattr(stage, field)
        if cleaned.get("depth") is not None and cleaned.get("depth_pain_limit") is None:
            cleaned["depth_pain_limit"] = rules.PAIN_LIMIT_USUAL
        return cleaned

    @property
    def asked(self) -> Prescribing:
        """Return what was asked for, as the services take it."""
        cleaned = self.cleaned_data
        rung, limit = cleaned.get("depth"), cleaned.get("depth_pain_limit")
        return Prescribing(
            patient=self.patient,
            stage=cleaned["stage"],
            dose=rules.Dose(**{field: cleaned[field] for field in DOSE_FIELDS}),
            side=cleaned["side"],
            starts_on=cleaned["starts_on"],
            depth=None if rung is None or limit is None else rules.SquatDepth(rung, limit),
            note=cleaned["note"],
            override_reason=cleaned.get("override_reason", ""),
        )
