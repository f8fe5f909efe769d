"""What a patient reads: the programme, its stages, and finding the muscle."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exercises.access import decision_of, readable_programme
from exercises.forms import MuscleForm, NewsForm
from exercises.models import Topic
from exercises.services import put_away
from kneecoach.accounts.access import patient_required
from kneecoach.accounts.services import confirm_vmo_found
from kneecoach.http import PatientRequest, page_or_fragment, see_other


@require_safe
@patient_required
def learn(request: PatientRequest) -> HttpResponse:
    """Show the whole programme to read."""
    programme = readable_programme(request.patient)
    return render(request, "exercises/learn.html", {"patient": request.patient, "programme": programme})


@require_safe
@patient_required
def stage(request: PatientRequest, key: str) -> HttpResponse:
    """Show one stage with its picture."""
    programme = readable_programme(request.patient)
    found = next((row for row in programme.stages if row.key == key), None)
    if found is None:
        raise Http404
    return render(request, "exercises/stage.html", {"patient": request.patient, "programme": programme, "stage": found})


@require_POST
@patient_required
def put_news_away(request: PatientRequest) -> HttpResponse:
    """Write down that the patient has read what was decided, up to the newest that was on the screen."""
    form = NewsForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    newest = decision_of(request.patient, form.cleaned_data["newest"])
    put_away(patient=request.patient, up_to=newest.decided_at, now=timezone.now())
    return see_other(request, reverse("progress:today"))


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def find_muscle(request: PatientRequest) -> HttpResponse:
    """Practise finding the muscle. "Not yet" leads to more practice, never to a dead end."""
    form = MuscleForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.cleaned_data["answer"] == MuscleForm.FOUND:
        confirm_vmo_found(request.patient, now=timezone.now())
        messages.success(request, _("Well done. You found the muscle."))
        return see_other(request, reverse("progress:today"))
    context = {
        "patient": request.patient,
        "text": readable_programme(request.patient).texts[Topic.FIND_MUSCLE],
        "form": form,
        "is_not_yet": form.is_valid(),
    }
    return page_or_fragment(
        request,
        page="exercises/find_muscle.html",
        fragment="exercises/_find_muscle.html",
        context=context,
        status=422 if form.errors else 200,
    )
