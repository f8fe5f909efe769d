"""Who may be on the patient site, and the log of what staff read."""

import functools
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Concatenate, ParamSpec
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.http import PatientRequest, see_other, with_receipt

P = ParamSpec("P")
PatientView = Callable[Concatenate[PatientRequest, P], HttpResponse]


def patient_of(user: User) -> Patient | None:
    """Return the patient that logs in with this account, or None. `PatientBackend` has loaded it."""
    return getattr(user, "patient", None)


def open_when_stopped(view: PatientView[P]) -> PatientView[P]:
    """Mark a view, below `patient_required`, as one that is there whatever the patient agreed to or took back."""
    view.open_when_stopped = True  # type: ignore[attr-defined]
    return view


def patient_required(view: PatientView[P]) -> PatientView[P]:
    """Let patients in, with the zone active that they are in now; lead physiotherapists to the admin.

    Before anything is recorded, whoever has not agreed to the text as it is now is asked, and of whoever has taken it
    back nothing is recorded. Raises PermissionDenied where something would be, and for an account that belongs to nobody.
    """
    is_always_open = getattr(view, "open_when_stopped", False)

    @functools.wraps(view)
    def wrapper(request: PatientRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_staff:
            return see_other(request, reverse("admin:index"))
        patient = patient_of(request.user)
        if patient is None:
            raise PermissionDenied(_("This account is not linked to a patient yet. Please ask your clinic."))
        # What waits in a phone belongs to whoever did it, not to whoever is logged in when it is sent.
        if request.headers.get("X-Outbox-Owner", str(patient.pk)) != str(patient.pk):
            raise PermissionDenied(_("This belongs to another log-in."))
        request.patient = patient
        if not is_always_open and not patient.may_be_recorded:
            return _ask_first(request, patient)
        with timezone.override(ZoneInfo(patient.zone_now)):
            return with_receipt(request, view(request, *args, **kwargs))

    return wrapper  # type: ignore[return-value]


def _ask_first(request: PatientRequest, patient: Patient) -> HttpResponse:
    """Lead to the question, or to what has stopped. Nothing is written meanwhile; a phone keeps what it could not send."""
    if request.method not in ("GET", "HEAD"):
        raise PermissionDenied(_("Nothing was recorded: please open Kneecoach and read what it asks first."))
    return see_other(request, reverse("privacy:stopped" if patient.stopped_why else "privacy:agree"))


def log_read(actor: User, patient_id: UUID, view: str, how: AccessLog.How = AccessLog.How.PAGE) -> None:
    """Write down that a member of staff has read data of this patient: on a page, as an export or to print."""
    AccessLog.objects.create(actor=actor, patient_id=patient_id, view=view, how=how)


def log_reads(
    actor: User, patient_ids: Iterable[UUID | None], view: str, *, once_within: timedelta | None = None
) -> None:
    """Write down that a member of staff has read data of several patients on one page: a row for each. One query.

    None stands for a row of nobody's. With `once_within`, whoever looked already within that time leaves no second
    row: for what is asked again with every letter that is typed. Two queries.
    """
    keys = list(dict.fromkeys(key for key in patient_ids if key))
    if once_within and keys:
        lately = AccessLog.objects.filter(actor=actor, view=view, at__gte=timezone.now() - once_within)
        seen = set(lately.filter(patient_id__in=keys).values_list("patient_id", flat=True))
        keys = [key for key in keys if key not in seen]
    AccessLog.objects.bulk_create(AccessLog(actor=actor, patient_id=key, view=view) for key in keys)
