"""Addresses of prescribing at the desk, and what is typed there."""

from urllib.parse import urlencode
from uuid import uuid4

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from tests.factories import stage

ADD = "/admin/exercises/prescription/add/"


def add_url(person: Patient, **more: object) -> str:
    """Return the page on which a patient is given a stage."""
    return f"{ADD}?{urlencode({'patient': person.pk, **more})}"


def values(number: int = 1, /, **changes: object) -> dict[str, str]:
    """Return what a physiotherapist fills in and saves: no dose, unless it is named."""
    typed = {"stage": stage(number).pk, "side": "right", "starts_on": "2026-11-25", "note": "", "why": ""}
    return {name: str(value) for name, value in (typed | {"decision_id": uuid4(), "save": 1} | changes).items()}


def decision(**changes: object) -> dict[str, str]:
    """Return what is typed where something is decided, and saved."""
    typed = {"decision_id": uuid4(), "why": "As agreed on the phone", "note": "", "save": 1} | changes
    return {name: str(value) for name, value in typed.items()}


def change_url(prescription: Prescription) -> str:
    """Return the page of a prescription."""
    return f"/admin/exercises/prescription/{prescription.pk}/change/"


def decide_url(prescription: Prescription, what: str) -> str:
    """Return the page of a decision: end/mastered, end/stopped, pause, resume, move-on, step-back."""
    return f"/admin/exercises/prescription/{prescription.pk}/{what}/"
