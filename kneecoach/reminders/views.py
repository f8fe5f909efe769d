"""Reminders, under Me; and the calendar itself, which a phone asks for without log-in."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.services import set_reminders
from kneecoach.http import PatientRequest
from kneecoach.reminders.access import calendar_by, calendar_of
from kneecoach.reminders.forms import ReminderForm
from kneecoach.reminders.ics import calendar_text
from kneecoach.reminders.planning import quiet_hours, wish_of
from kneecoach.reminders.rules import time_of
from kneecoach.reminders.services import end_calendar, make_calendar
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


@login_not_required  # calendars have no log-in: the secret in the address is theirs
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with a patient's calendar."""
    if not ratelimit.consume(request, app="allauth.account", action="calendar", limit_get=True):
        return ratelimit.respond_429(request)
    text = calendar_text(calendar_by(token), timezone.now())
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def _page(request: PatientRequest, form: ReminderForm, token: str = "") -> HttpResponse:
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
        "address": address,
        # Phones subscribe to what is called so, instead of opening it once.
        "subscribe": address.replace(f"{settings.SITE_URL.partition(':')[0]}:", "webcal:", 1),
    }
    return render(request, "reminders/choices.html", context)
