"""Prescribing, as a form of the admin."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from exercises import rules, services
from exercises.models import DOSE_FIELDS, Prescription, ProgrammeVersion, Stage

DEPTH_FIELDS = ("depth", "depth_pain_limit")


def uuid_or_none(text: str | None) -> UUID | None:
    """Return the id that a text is, or None."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class StageSelect(forms.Select):
    """A choice of stages whose options carry the dose they propose, for the script that fills it in."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the dose to the option."""
        option = super().create_option(name, value, *args, **kwargs)
        stage = getattr(value, "instance", None)
        if stage is not None:
            option["attrs"] |= {f"data-{field.replace('_', '-')}": getattr(stage, field) for field in DOSE_FIELDS}
        return option


class PrescriptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Assign a stage. Whatever is left empty in the dose is taken from the stage."""

    class Meta:
        model = Prescription
        fields = ("patient", "stage", "side", *DOSE_FIELDS, *DEPTH_FIELDS, "starts_on", "note", "override_reason")
        widgets = {"stage": StageSelect, "note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and uuid_or_none(self.data.get("patient")) is None:
            # The admin's search field cannot redraw what is no id at all.
            self.data = {**self.data.dict(), "patient": ""}  # type: ignore[attr-defined]
        for field in DOSE_FIELDS:
            if field in self.fields:
                self.fields[field].required = False
        if "stage" in self.fields:
            newest = ProgrammeVersion.objects.published()
            self.fields["stage"].queryset = Stage.objects.filter(version__in=newest).select_related("version")  # type: ignore[attr-defined]

    def clean_starts_on(self) -> date:
        """Refuse a day that is over for the patient: what was due on it stays what it was."""
        starts_on: date = self.cleaned_data["starts_on"]
        patient = self.cleaned_data.get("patient")
        zone = ZoneInfo(patient.time_zone) if patient else timezone.get_default_timezone()
        if starts_on < timezone.localdate(timezone=zone):
            raise ValidationError(_("This day is over. Choose today or a later day."))
        return starts_on

    def clean(self) -> dict[str, Any]:
        """Fill the dose from the stage, then ask the service what stands against it."""
        cleaned = super().clean() or {}
        patient, stage = cleaned.get("patient"), cleaned.get("stage")
        if not patient or not stage or any(field in self.errors for field in DOSE_FIELDS):
            return cleaned
        for field in DOSE_FIELDS:
            if cleaned.get(field) is None:
                cleaned[field] = getattr(stage, field)
                setattr(self.instance, field, cleaned[field])
        if cleaned.get("depth") is not None and cleaned.get("depth_pain_limit") is None:
            cleaned["depth_pain_limit"] = self.instance.depth_pain_limit = rules.PAIN_LIMIT_USUAL
        # The form is checked like any other; a refused dose is told at its own field.
        try:
            services.check_prescription(
                patient=patient,
                stage=stage,
                dose=self.dose(cleaned),
                depth=self.depth(cleaned),
                override_reason=cleaned.get("override_reason", ""),
            )
        except ValidationError as error:
            for field, errors in error.error_dict.items():
                self.add_error(field if field in self.fields else None, errors)
        return cleaned

    def dose(self, cleaned: dict[str, Any]) -> rules.Dose:
        """Return the dose that was entered."""
        return rules.Dose(**{field: cleaned[field] for field in DOSE_FIELDS})

    def depth(self, cleaned: dict[str, Any]) -> rules.SquatDepth | None:
        """Return the depth that was entered; a limit alone is none."""
        rung, limit = cleaned.get("depth"), cleaned.get("depth_pain_limit")
        return None if rung is None or limit is None else rules.SquatDepth(rung, limit)

    def validate_unique(self) -> None:
        """Leave "one active per stage" to the service, which ends the one before."""

    def validate_constraints(self) -> None:
        """As above; the database has the last word."""
