"""How a decision is made on a page: shown first with everything that it changes, then written."""

from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from exercises.models import Decision
from exercises.services import Signed
from kneecoach.accounts.access import log_read
from kneecoach.accounts.models import Patient, User
from kneecoach.desk.admin.in_place import to_story
from kneecoach.desk.decision_words import outcome_of


def decide(
    request: HttpRequest,
    page: "ModelAdmin[Any]",
    *,
    patient: Patient,
    form: BaseForm,
    act: Callable[[], list[Decision]],
    done: str,
    template: str = "desk/decide.html",
    **context: object,
) -> HttpResponse:
    """Show a form; then what it would change; then write it, say `done`, and go back to the patient.

    What would change is found by doing it and taking it back: it is what will happen, and nothing else can refuse it.
    `act` writes through services and returns what was decided. Raises Http404 for an id that is somebody else's.
    """
    is_final, outcome = "save" in request.POST, None
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                decisions = act()
                outcome = outcome_of(decisions) if decisions and not is_final else None
                transaction.set_rollback(not is_final)
        except ValidationError as error:
            add_errors(form, error)
        except Decision.DoesNotExist:
            raise Http404 from None
        else:
            if is_final:
                messages.success(request, done)
                return to_story(request, patient.pk)
    everything = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "patient": patient,
        "form": form,
        "outcome": outcome,
        **context,
    }
    response = render(request, template, everything, status=422 if form.errors else 200)
    log_read(cast(User, request.user), patient.pk, page.opts.model_name or "")
    return response


def add_errors(form: BaseForm, error: ValidationError) -> None:
    """Put what a service refused where it belongs: at its field, or above the form where it has none."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)


def signed(request: HttpRequest, patient: Patient, cleaned: dict[str, Any]) -> Signed:
    """Return who decides, when and why."""
    return Signed(
        decision_id=cleaned["decision_id"],
        by=cast(User, request.user),
        now=timezone.now(),
        today=timezone.localdate(timezone=ZoneInfo(patient.time_zone)),
        why=cleaned["why"],
        note=cleaned.get("note", ""),
    )
