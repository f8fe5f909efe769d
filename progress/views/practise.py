"""Practice: the clock of a stage with nothing recorded, for the first visit with the physiotherapist in the room."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from exercises.access import readable_programme
from exercises.models import Prescription
from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress.views.steps import Mark

PRACTICE_REPS = 3


@require_safe
@patient_required
def practise(request: PatientRequest, stage_key: str) -> HttpResponse:
    """Lead a few repetitions of a stage, with the patient's own hold where it is prescribed."""
    programme = readable_programme(request.patient)
    stage = next((row for row in programme.stages if row.key == stage_key), None)
    if stage is None:
        raise Http404
    own = Prescription.objects.of(request.patient).active().filter(stage_key=stage_key).first()
    context = {
        "patient": request.patient,
        "stage": stage,
        "phases": tuple(stage.phases.all()),
        "hold_seconds": (own or stage).hold_target_seconds,
        "marks": [Mark("now"), *[Mark("todo")] * (PRACTICE_REPS - 1)],
        "leave_url": reverse("exercises:stage", args=(stage.key,)),
    }
    return render(request, "progress/practise.html", context)
