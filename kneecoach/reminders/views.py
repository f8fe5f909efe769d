"""Reminders, under Me; and the calendar itself, which a phone asks for without log-in."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.rules import device_of
from kneecoach.accounts.services import device_here, set_reminders
from kneecoach.http import PatientRequest
from kneecoach.reminders.access import calendar_by, calendar_of, push_device_of, push_devices_of
from kneecoach.reminders.forms import PushForm, ReminderForm
from kneecoach.reminders.ics import calendar_text
from kneecoach.reminders.models import PushDevice
from kneecoach.reminders.planning import quiet_hours, wish_of
from kneecoach.reminders.push import is_offered, public_key
from kneecoach.reminders.rules import time_of
from kneecoach.reminders.services import (
    Subscription,
    TooManyDevices,
    end_calendar,
    make_calendar,
    switch_push_off,
    switch_push_on,
)
from progress.reminding import rests_for
from progress.rules.days import PLANNED_SLOTS, Slot


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def choices(request: PatientRequest) -> HttpResponse:
    """Show and change whether reminders are mailed, and lead to the calendar."""
    patient = request.patient
    form = ReminderForm(request.POST if request.method == "POST" else None, patient=patient)
    if form.is_valid():
        chosen = form.cleaned_data
        by_mail, repeats = chosen.get("by_mail", False), chosen.get("repeats", patient.repeats_reminders)
        set_reminders(patient, by_mail=by_mail, repeats=repeats, now=timezone.now())
        messages.success(request, _("Saved.") if by_mail else _("Saved. No reminders are mailed to you."))
        return redirect("reminders:choices")
    return _page(request, form)


@require_POST
@patient_required
def new_calendar(request: PatientRequest) -> HttpResponse:
    """Make a new address for the calendar, and show it this once."""
    token = make_calendar(request.patient, now=timezone.now())
    return _page(request, ReminderForm(patient=request.patient), token=token)


@require_POST
@patient_required
def calendar_off(request: PatientRequest) -> HttpResponse:
    """Switch the calendar off."""
    end_calendar(request.patient)
    messages.success(request, _("The calendar is switched off. You can delete it from your phone."))
    return redirect("reminders:choices")


@require_POST
@patient_required
def push_on(request: PatientRequest) -> HttpResponse:
    """Remind the patient in this browser, which says where it takes messages."""
    if not is_offered():
        raise Http404
    form = PushForm(request.POST)
    if not form.is_valid():
        return _refused(request, str(next(iter(form.errors.values()))[0]))
    try:
        device = switch_push_on(
            request.patient,
            Subscription(**form.cleaned_data),
            log_in=device_here(request),
            browser=device_of(request.headers.get("User-Agent", "")),
            now=timezone.now(),
        )
    except TooManyDevices:
        return _refused(
            request,
            _("You are reminded on %(count)s devices already. Switch one of them off first.")
            % {"count": PushDevice.MOST},
        )
    messages.success(request, _("Switched on: %(device)s.") % {"device": device})
    return redirect("reminders:choices")


@require_POST
@patient_required
def push_off(request: PatientRequest, push_id: int) -> HttpResponse:
    """Push nothing to one of the patient's browsers any more."""
    device = push_device_of(request.patient, push_id)
    switch_push_off(device)
    messages.success(request, _("Switched off: %(device)s.") % {"device": device})
    return redirect("reminders:choices")


@login_not_required  # calendars have no log-in: the secret in the address is theirs
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with a patient's calendar."""
    if not ratelimit.consume(request, app="allauth.account", action="calendar", limit_get=True):
        return ratelimit.respond_429(request)
    text = calendar_text(calendar_by(token), timezone.now())
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def _refused(request: PatientRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return _page(request, ReminderForm(patient=request.patient), status=422)


def _page(request: PatientRequest, form: ReminderForm, token: str = "", status: int = 200) -> HttpResponse:
    patient, quiet = request.patient, quiet_hours()
    wish = wish_of(patient)
    own = {Slot.MORNING: wish.morning, Slot.EVENING: wish.evening}
    address = settings.SITE_URL + reverse("reminders:calendar", args=[token]) if token else ""
    context = {
        "form": form,
        "patient": patient,
        "times": [(slot, own[slot], time_of(slot, wish, quiet)) for slot in PLANNED_SLOTS],
        "has_time": any(own.values()),
        "quiet": quiet,
        "rests": rests_for(patient, timezone.now()),
        "feed": calendar_of(patient),
        "push_key": public_key() if is_offered() else "",
        "push_devices": push_devices_of(patient) if is_offered() else (),
        "address": address,
        # Phones subscribe to what is called so, instead of opening it once.
        "subscribe": address.replace(f"{settings.SITE_URL.partition(':')[0]}:", "webcal:", 1),
    }
    return render(request, "reminders/choices.html", context, status=status)
