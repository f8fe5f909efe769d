"""What is on record of one session, and its corrections."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress import services
from progress.access import session_of
from progress.facts import is_session_live
from progress.forms import CorrectionForm
from progress.models import ExerciseSession
from progress.records import load_record


@require_safe
@patient_required
def record(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Show every value of a session: as recorded, and as corrected."""
    session = session_of(request.patient, session_id)
    context = {
        "patient": request.patient,
        "exercise_session": session,
        "items": load_record(session),
        "notes": session.messages.select_related("author", "read_by"),
        "is_running": is_running(session),
    }
    return render(request, "progress/record.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def correct(request: PatientRequest, session_id: UUID) -> HttpResponse:
    """Ask for what should stand there instead, or write it down beside what was recorded."""
    session = session_of(request.patient, session_id)
    if is_running(session):
        messages.info(request, _("This session still runs. Finish it first."))
        return redirect("progress:session", session_id=session.pk)
    form = CorrectionForm(request.POST if request.method == "POST" else None, items=load_record(session))
    if form.is_valid():
        try:
            made = services.correct(
                session=session,
                changes=form.changes(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved. Both are shown.") if made else _("Nothing was changed."))
            return redirect("progress:session-record", session_id=session.pk)
    context = {"patient": request.patient, "exercise_session": session, "form": form}
    return render(request, "progress/record_correct.html", context, status=422 if form.is_bound else 200)


def is_running(session: ExerciseSession) -> bool:
    """Tell whether the session's own screens still change it."""
    return session.ended_at is None and is_session_live(session, timezone.now())
