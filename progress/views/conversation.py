"""Messages: the thread between the patient and the physiotherapists. Nobody watches it live."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.models import ClinicSettings
from kneecoach.http import PatientRequest
from progress import services
from progress.access import message_of
from progress.conversation import load_thread
from progress.forms import MessageForm, ReadForm
from progress.models import Message


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def thread(request: PatientRequest) -> HttpResponse:
    """Show the thread, newest last, or those before `?before=<id>`; send a message."""
    form = MessageForm(request.POST if request.method == "POST" else None, initial={"message_id": uuid.uuid4()})
    if form.is_valid():
        try:
            services.send_message(
                patient=request.patient,
                author=request.user,
                is_from_patient=True,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Message.DoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Sent. Your physiotherapist reads it when there is time."))
            return redirect("progress:messages")
    before = request.GET.get("before")
    shown = load_thread(request.patient, before=message_of(request.patient, before) if before else None)
    context = {
        "patient": request.patient,
        "thread": shown,
        "unread": shown.newest_unread(is_from_patient=False),
        "is_newest": not before,
        "form": form,
        "clinic": ClinicSettings.load(),
    }
    return render(request, "progress/messages.html", context, status=422 if form.errors else 200)


@require_POST
@patient_required
def read(request: PatientRequest) -> HttpResponse:
    """Mark what the physiotherapists wrote as read, up to the newest that was on the screen.

    The page sends this by itself when it has been loaded; without JavaScript there is a button.
    """
    form = ReadForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    newest = message_of(request.patient, str(form.cleaned_data["newest"]))
    now = timezone.now()
    services.mark_read(patient=request.patient, by=request.user, is_by_patient=True, up_to=newest.sent_at, now=now)
    return render(request, "progress/_messages_read.html") if request.htmx else redirect("progress:messages")
