"""A session that was done without the page: choose the slot, then write down what is remembered.

With `?from=paper` the patient copies a sheet of paper: four weeks back instead of seven days, one slot after the other.
"""

from datetime import date
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest, SiteRequest
from progress import services
from progress.facts import moment_of
from progress.forms import LaterForm
from progress.models import ExerciseSession, Slot

FROM_PAPER = "from=paper"


@require_safe
@patient_required
def choose(request: PatientRequest) -> HttpResponse:
    """Show the mornings and evenings that nothing is recorded for: of seven days, or of the sheet of paper."""
    now, is_from_paper = timezone.now(), _is_from_paper(request)
    _span, slots = services.load_enterable(patient=request.patient, now=now, is_from_paper=is_from_paper)
    context = {
        "patient": request.patient,
        "slots": slots,
        "today": moment_of(request.patient, now).local_date,
        "is_from_paper": is_from_paper,
    }
    return render(request, "progress/later_choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def enter(request: PatientRequest, day: str, slot: str) -> HttpResponse:
    """Ask for what was done in a slot, or write it down. A slot that cannot be entered is 404."""
    now, is_from_paper = timezone.now(), _is_from_paper(request)
    span, slots = services.load_enterable(patient=request.patient, now=now, is_from_paper=is_from_paper)
    chosen = next((row for row in slots if (row.day.isoformat(), row.slot.value) == (day, slot)), None)
    if chosen is None:
        return _answer_for_taken(request, day, slot)
    rows = services.sets_to_enter(span, chosen, request.patient)
    form = LaterForm(
        request.POST if request.method == "POST" else None,
        rows=rows,
        is_from_paper=is_from_paper,
        initial={"session_id": uuid4()},
    )
    if form.is_valid():
        try:
            made = services.enter_session(
                patient=request.patient,
                entry=form.entry(day=chosen.day, slot=chosen.slot),
                by=request.user,
                now=now,
            )
        except ExerciseSession.DoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _thank(request, made, is_from_paper=is_from_paper)
    context = {"patient": request.patient, "form": form, "chosen": chosen, "is_from_paper": is_from_paper}
    return render(request, "progress/later_enter.html", context, status=422 if form.is_bound else 200)


@require_safe
def sheet(request: SiteRequest, patient_id: UUID) -> HttpResponse:
    """Lead from the code on a sheet of paper to entering it: staff to the form of the desk, the patient to theirs."""
    if request.user.is_staff:
        return redirect("admin:accounts_patient_paper_type", patient_id)
    return _own_sheet(request, patient_id)  # type: ignore[arg-type]


@patient_required
def _own_sheet(request: PatientRequest, patient_id: UUID) -> HttpResponse:
    """Lead to the free lines of one's own sheet. The sheet of somebody else is 404."""
    if request.patient.pk != patient_id:
        raise Http404
    return redirect(f"{reverse('progress:later')}?{FROM_PAPER}")


def _is_from_paper(request: PatientRequest) -> bool:
    return request.GET.get("from") == "paper"


def _thank(request: PatientRequest, made: ExerciseSession, *, is_from_paper: bool) -> HttpResponse:
    """Show what was entered; on the way through a sheet, the next free slots instead."""
    if is_from_paper:
        messages.success(request, _("Recorded, and marked as from paper. Here is what is still free."))
        return redirect(f"{reverse('progress:later')}?{FROM_PAPER}")
    messages.success(request, _("Thank you. It is recorded, and marked as entered later."))
    return redirect("progress:session-record", session_id=made.pk)


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
