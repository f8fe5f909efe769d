"""What the outbox of a phone asks before it sends: who is logged in, and with which token."""

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest


@require_safe
@patient_required
def outbox(request: PatientRequest) -> HttpResponse:
    """Return the patient that is logged in and a token for their forms, which log-in renews."""
    return JsonResponse({"owner": str(request.patient.pk), "token": get_token(request)})
