"""The only place where a view of this app loads a row; a foreign one is 404."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from kneecoach.accounts.models import Consent, DataRequest, Patient


def own_request(patient: Patient, request_id: UUID) -> DataRequest:
    """Return a request of this patient. Raises Http404."""
    return get_object_or_404(DataRequest.objects.of(patient), pk=request_id)


def newest_request(patient: Patient) -> DataRequest | None:
    """Return what was asked last. One query."""
    return DataRequest.objects.of(patient).select_related("decided_by").first()


def newest_consent(patient: Patient) -> Consent | None:
    """Return what was agreed to or taken back last. One query."""
    return Consent.objects.filter(patient=patient).first()
