"""Patients for the worklist, and what a physiotherapist reads on it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from kneecoach.accounts.models import DataRequest, Patient, User
from kneecoach.accounts.services import ask_about_data
from tests.factories import a_moment, later, make_patient, make_prescription
from tests.pages import soup, words
from tests.rows import make_history

NOW = a_moment("2026-11-25 08:00")
INDEX = "/admin/"


def a_patient(name: str, by: User | None, *, days: int = 3, sessions: int = 0, **dose: Any) -> Patient:
    """Return a patient with a prescription some days old and sessions on the days before."""
    patient = make_patient(name=name, lead_physiotherapist=by)
    made = make_prescription(patient=patient, by=by, now=later(NOW, days=-days), **dose)
    make_history(patient=patient, prescription=made, until=NOW, sessions=sessions, pain=2)
    return patient


def ask_to_erase(patient: Patient, now: datetime = NOW) -> DataRequest:
    """Have a patient ask for everything to be erased."""
    return ask_about_data(patient=patient, request_id=uuid4(), kind="erase", now=now)


def names(response: Any) -> list[str]:
    """Return the patients that are shown, in order."""
    return [words(tag) for tag in soup(response).select(".work-row h2")]


def why(response: Any, name: str) -> list[str]:
    """Return the reasons of one patient."""
    return [words(tag) for tag in _row(response, name).select(".work-why li")]


def numbers(response: Any, name: str) -> list[str]:
    """Return pain, sessions and stage of one patient."""
    return [words(tag) for tag in _row(response, name).select(".work-numbers > div")]


def links(response: Any, name: str) -> list[str]:
    """Return where the reasons of one patient lead."""
    return [str(tag["href"]) for tag in _row(response, name).select(".work-why a")]


def line_of(response: Any, name: str) -> str:
    """Return the small line of pain in words."""
    return str(_row(response, name).select_one("svg")["aria-label"])


def counts(response: Any) -> dict[str, int]:
    """Return the number of each need that is offered."""
    offered = soup(response).select(".work-needs [data-need]")
    return {str(tag["data-need"]): int(words(tag.select_one("b"))) for tag in offered}


def seen_form(response: Any, name: str) -> tuple[str, dict[str, list[str]]]:
    """Return where the button "Seen" of a row leads, and what it sends along."""
    form = _row(response, name).select_one("form")
    told: dict[str, list[str]] = {}
    for tag in form.select("input[name]"):
        told.setdefault(str(tag["name"]), []).append(str(tag["value"]))
    return str(form["action"]), told


def _row(response: Any, name: str) -> Any:
    return next(row for row in soup(response).select(".work-row") if words(row.select_one("h2")) == name)
