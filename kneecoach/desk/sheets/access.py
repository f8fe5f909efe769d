"""Who may take a patient's record away from the desk."""

from typing import cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from kneecoach.accounts.models import Patient, User

# All of it or nothing: a sheet tells of each of these.
PERMISSIONS = tuple(
    f"{app}.view_{model}"
    for app, model in (
        ("accounts", "patient"),
        ("exercises", "prescription"),
        ("progress", "exercisesession"),
        ("progress", "exerciseset"),
        ("progress", "rep"),
        ("progress", "painrating"),
        ("progress", "correction"),
        ("progress", "redflagreport"),
        ("progress", "message"),
    )
)


def patient_to_read(request: HttpRequest, pk: UUID) -> Patient:
    """Return a patient whose whole record somebody may read. Raises PermissionDenied, or Http404.

    The record of somebody who is locked away nobody may read.
    """
    if not cast(User, request.user).has_perms(PERMISSIONS):
        raise PermissionDenied
    patient = get_object_or_404(Patient.objects.select_related("lead_physiotherapist"), pk=pk)
    if patient.is_restricted:
        raise PermissionDenied
    return patient
