"""Decisions that are made within the page of a patient: their pages open there, and lead back there."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseLocation

from kneecoach.http import SiteRequest


def to_story(request: HttpRequest, patient_id: UUID, *otherwise: Any) -> HttpResponse:
    """Draw the patient's page anew, where the decision was made on it.

    From a page of its own, go to the one that `otherwise` names, as `reverse` takes it, or else to the patient's.
    """
    if cast(SiteRequest, request).htmx:
        url = reverse("admin:accounts_patient_change", args=[patient_id])
        return HttpResponseLocation(url, target="#story", select="#story", swap="outerHTML")
    return redirect(*(otherwise or ("admin:accounts_patient_change", patient_id)))
