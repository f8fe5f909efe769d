"""Forms about drafts of the programme: bounds in words where a value is refused."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises import rules
from exercises.models import DOSE_FIELDS, Programme, RepPhase, Stage, Tip
from kneecoach.accounts.models import Patient


class ProgrammeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A further programme. It begins as an empty draft."""

    class Meta:
        model = Programme
        fields = ("title", "key")
        help_texts = {"key": gettext_lazy("A short name for addresses, such as “hip”. It stays for ever.")}


class StageForm(forms.ModelForm):  # type: ignore[type-arg]
    """A stage of a draft, with the stages that it requires."""

    requires = forms.ModelMultipleChoiceField(
        Stage.objects.none(),
        label=gettext_lazy("stages required before"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Each of them has to be marked as mastered before this stage can be prescribed."),
    )

    class Meta:
        model = Stage
        fields = (
            *("number", "key", "title", "purpose", "equipment", "drawing", "is_one_legged"),
            *("position", "action", "progression", *DOSE_FIELDS),
        )
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in ("purpose", "position", "action", "progression")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "requires" in self.fields:
            others = Stage.objects.filter(version=self.instance.version_id).exclude(pk=self.instance.pk)
            self.fields["requires"].queryset = others.select_related("version")  # type: ignore[attr-defined]
            if self.instance.pk:
                self.fields["requires"].initial = [row.pk for row in self.instance.requires.all()]

    def clean(self) -> dict[str, Any]:
        """Refuse a dose out of bounds, and stages that would require each other in a circle."""
        cleaned = super().clean() or {}
        if not any(field in self.errors for field in DOSE_FIELDS):
            dose = rules.Dose(**{field: cleaned[field] for field in DOSE_FIELDS})
            for fault in rules.dose_faults(dose):
                bounds = {"lowest": fault.lowest, "highest": fault.highest}
                self.add_error(fault.field, _("Between %(lowest)s and %(highest)s.") % bounds)
        if self.instance.pk and "requires" in cleaned:
            rows = Stage.objects.filter(version=self.instance.version_id).prefetch_related("requires")
            graph = {row.pk: [one.pk for one in row.requires.all()] for row in rows}
            graph[self.instance.pk] = [one.pk for one in cleaned["requires"]]
            if rules.has_circle(graph):
                self.add_error("requires", _("These stages would require each other: nobody could be given one."))
        return cleaned


class NewStageForm(StageForm):
    """A new stage: what has to be mastered before it is chosen once it is there."""

    requires = None  # type: ignore[assignment]


class CellForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row of a table, whose fields have the names of their columns for those who do not see the table."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = str(field.label)


class CellFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The rows of such a table."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name the box that deletes a row as well."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete")


class TipForm(CellForm):
    """A tip or a note."""

    class Meta:
        model = Tip
        fields = ("order", "kind", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}


class RepPhaseForm(CellForm):
    """One timed part of a repetition."""

    class Meta:
        model = RepPhase
        fields = ("order", "kind", "seconds", "cue", "counts_as_hold")

    def clean(self) -> dict[str, Any]:
        """Let only an effort count as the hold."""
        cleaned = super().clean() or {}
        if cleaned.get("counts_as_hold") and cleaned.get("kind") not in {RepPhase.Kind.SQUEEZE, RepPhase.Kind.HOLD}:
            self.add_error("counts_as_hold", _("Only a squeeze or a hold can count as the hold."))
        return cleaned


class RepPhaseFormSet(CellFormSet):
    """All parts of a repetition."""

    def clean(self) -> None:
        """Ask for a hold."""
        super().clean()
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        kept = [row for row in rows if not row.get("DELETE")]
        if kept and not any(self.errors) and not any(row.get("counts_as_hold") for row in kept):
            raise ValidationError(_("One part has to count as the hold: that is what the prescription times."))


class MoveForm(forms.Form):
    """Who is moved to this version, and why."""

    patients = forms.ModelMultipleChoiceField(
        Patient.objects.followed(), error_messages={"required": gettext_lazy("Choose who is moved.")}
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The patients read it in a message."),
        error_messages={"required": gettext_lazy("Say in a sentence why: the patients read it.")},
    )
