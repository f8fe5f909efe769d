"""What can be decided about a prescription, as links to the pages where it is."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from exercises.models import DOSE_FIELDS, Prescription, Stage
from kneecoach.desk.prescribing import DEPTH_FIELDS


@dataclass(frozen=True)
class Button:
    """A link to where something is decided."""

    text: str
    href: str


def decisions_about(row: Prescription, today: date) -> list[Button]:
    """Return what can be decided about a prescription that runs, what is done most often first; nothing of one that
    has ended. Its pauses have to be loaded.
    """
    if not row.is_active:
        return []
    is_paused = any(pause.to_on is None or pause.to_on >= today for pause in row.pauses.all())
    return [
        Button(_("Change dose"), change_dose_url(row)),
        Button(_("End the pause"), _at("resume", row)) if is_paused else Button(_("Pause"), _at("pause", row)),
        Button(_("Mark as mastered"), _at("end", row, "mastered")),
        Button(_("Move on"), _at("move_on", row)),
        *([Button(_("Step back"), _at("step_back", row))] if row.stage.number > 1 else []),
        Button(_("Stop"), _at("end", row, "stopped")),
    ]


def _at(page: str, row: Prescription, *more: str) -> str:
    return reverse(f"admin:exercises_prescription_{page}", args=[row.pk, *more])


def dose_of(row: Stage | Prescription) -> dict[str, object]:
    """Return the values of a dose by the names of their fields."""
    return {field: getattr(row, field) for field in DOSE_FIELDS}


def change_dose_url(prescription: Prescription) -> str:
    """Return the address of a new prescription that starts from the values of this one."""
    values = {"patient": prescription.patient_id, "stage": prescription.stage_id, "side": prescription.side}
    values |= dose_of(prescription)
    if prescription.depth is not None:
        values |= {field: getattr(prescription, field) for field in DEPTH_FIELDS}
    return f"{reverse('admin:exercises_prescription_add')}?{urlencode(values)}"
