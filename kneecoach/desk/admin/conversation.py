"""The thread with a patient, as the clinic reads it: answering, and marking notes as seen."""

import uuid
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kneecoach.accounts.access import log_read
from kneecoach.accounts.models import Patient, User
from kneecoach.desk.admin.in_place import to_story
from kneecoach.desk.forms import SeenForm, StaffMessageForm
from progress import services
from progress.access import message_of
from progress.conversation import SHOWN, load_thread
from progress.models import Message

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def thread_context(patient: Patient, *, before: Message | None = None, most: int = SHOWN) -> dict[str, object]:
    """Return what templates/desk/_thread.html shows, with an empty form. One query."""
    thread = load_thread(patient, before=before, most=most)
    return {
        "thread": thread,
        "unread_note": thread.newest_unread(is_from_patient=True),
        "message_form": StaffMessageForm(initial={"message_id": uuid.uuid4()}),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, page: "ModelAdmin[Patient]", patient: Patient) -> HttpResponse:
    """Show the thread, or those before `?before=<id>`; send an answer."""
    by = cast(User, request.user)
    form = StaffMessageForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        try:
            services.send_message(
                patient=patient, author=by, is_from_patient=False, now=timezone.now(), **form.cleaned_data
            )
        except Message.DoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Sent. %(patient)s reads it at the next look.") % {"patient": patient})
            return to_story(request, patient.pk, "admin:accounts_patient_messages", patient.pk)
    context = {
        **page.admin_site.each_context(request),
        "title": _("Messages with %(patient)s") % {"patient": patient},
        "opts": page.opts,
        "original": patient,
        **thread_context(patient, before=_before(request, patient)),
    }
    if form:
        context["message_form"] = form
    response = render(request, "desk/messages.html", context, status=422 if form else 200)
    log_read(by, patient.pk, "message")
    return response


@require_POST
def seen(request: HttpRequest, patient: Patient) -> HttpResponse:
    """Mark the notes as read, up to the newest that was on the screen."""
    form = SeenForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    newest = message_of(patient, str(form.cleaned_data["newest"]))
    services.mark_read(
        patient=patient,
        by=cast(User, request.user),
        is_by_patient=False,
        up_to=newest.sent_at,
        now=timezone.now(),
    )
    messages.success(request, _("Marked as seen. %(patient)s can see that.") % {"patient": patient})
    return to_story(request, patient.pk)


def _before(request: HttpRequest, patient: Patient) -> Message | None:
    text = request.GET.get("before")
    return message_of(patient, text) if text is not None else None
