"""My data: what is stored, and a copy of all of it."""

from collections.abc import Iterator
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kneecoach.accounts.access import open_when_stopped, patient_required
from kneecoach.accounts.models import ClinicSettings
from kneecoach.http import PatientRequest
from kneecoach.privacy.access import newest_consent, newest_request
from kneecoach.privacy.export import stream_csv, stream_json


@require_safe
@patient_required
@open_when_stopped
def my_data(request: PatientRequest) -> HttpResponse:
    """Say what is stored and why, offer a copy, and tell what was agreed to and asked for."""
    patient = request.patient
    context = {
        "patient": patient if patient.may_be_recorded else None,
        "clinic": ClinicSettings.load(),
        "consent": newest_consent(patient),
        "asked": newest_request(patient),
    }
    return render(request, "privacy/data.html", context)


@require_safe
@patient_required
@open_when_stopped
def export_json(request: PatientRequest) -> HttpResponse:
    """Send everything as one JSON document."""
    return _download(stream_json(request.patient), "json", "application/json")


@require_safe
@patient_required
@open_when_stopped
def export_csv(request: PatientRequest) -> HttpResponse:
    """Send everything as CSV files in one archive."""
    return _download(stream_csv(request.patient), "zip", "application/zip")


def _download(content: Iterator[Any], suffix: str, content_type: str) -> HttpResponse:
    """Send a file as it is made; its name says nothing about whose it is."""
    name = f'attachment; filename="kneecoach-my-data.{suffix}"'
    sent = StreamingHttpResponse(content, content_type=content_type, headers={"Content-Disposition": name})
    # To whoever hands it on it is an answer like any other.
    return cast(HttpResponse, sent)
