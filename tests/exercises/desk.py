"""Addresses of prescribing at the desk, and what is typed there."""

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from tests.factories import stage

ADD = "/admin/exercises/prescription/add/"


def values(person: Patient, number: int = 1, /, **changes: object) -> dict[str, str]:
    """Return what a physiotherapist fills in: no dose, unless it is named."""
    typed = {"patient": person.pk, "stage": stage(number).pk, "side": "right", "starts_on": "2026-11-25", "note": ""}
    return {name: str(value) for name, value in (typed | changes).items()}


def change_url(prescription: Prescription) -> str:
    """Return the page of a prescription."""
    return f"/admin/exercises/prescription/{prescription.pk}/change/"


def end_url(prescription: Prescription, reason: str) -> str:
    """Return the page that ends a prescription."""
    return f"/admin/exercises/prescription/{prescription.pk}/end/{reason}/"
