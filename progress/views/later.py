"""A session that was done without the page: choose the slot, then write down what is remembered."""

from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress import services
from progress.facts import moment_of
from progress.forms import LaterForm
from progress.models import ExerciseSession, Slot


@require_GET
@patient_required
def choose(request: PatientRequest) -> HttpResponse:
    """Show the mornings and evenings of the last seven days that nothing is recorded for."""
    now = timezone.now()
    _span, slots = services.load_enterable(patient=request.patient, now=now)
    context = {"patient": request.patient, "slots": slots, "today": moment_of(request.patient, now).local_date}
    return render(request, "progress/later_choose.html", context)


@require_http_methods(["GET", "POST"])
@patient_required
def enter(request: PatientRequest, day: str, slot: str) -> HttpResponse:
    """Ask for what was done in a slot, or write it down. A slot that cannot be entered is 404."""
    now = timezone.now()
    span, slots = services.load_enterable(patient=request.patient, now=now)
    chosen = next((row for row in slots if (row.day.isoformat(), row.slot.value) == (day, slot)), None)
    if chosen is None:
        return _answer_for_taken(request, day, slot)
    rows = services.sets_to_enter(span, chosen, request.patient)
    form = LaterForm(request.POST if request.method == "POST" else None, rows=rows, initial={"session_id": uuid4()})
    if form.is_valid():
        try:
            made = services.enter_session(
                patient=request.patient, entry=form.entry(day=chosen.day, slot=chosen.slot), now=now
            )
        except ExerciseSession.DoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Thank you. It is recorded, and marked as entered later."))
            return redirect("progress:session-record", session_id=made.pk)
    context = {"patient": request.patient, "form": form, "chosen": chosen}
    return render(request, "progress/later_enter.html", context, status=422 if form.is_bound else 200)


def _answer_for_taken(request: PatientRequest, day: str, slot: str) -> HttpResponse:
    """Lead to what is on record for the slot already, such as after the button was pressed twice; else 404."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    standing = ExerciseSession.objects.of(request.patient).filter(local_date=on, slot=slot).first()
    if standing is None or standing.slot == Slot.EXTRA:
        raise Http404
    messages.info(request, _("A session is recorded for that time. You can correct it here."))
    return redirect("progress:session-record", session_id=standing.pk)
