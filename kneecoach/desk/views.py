"""The worklist: who needs somebody first. The index of the admin for those who look after patients."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from kneecoach.accounts.access import log_reads
from kneecoach.accounts.models import DataRequest, Patient, User
from kneecoach.desk.cases import load_cases
from kneecoach.desk.rules import Case, Need, count_needs, in_order
from kneecoach.desk.worklist import load_rows
from kneecoach.desk.worklist_words import LABELS, criteria_words, line_words, reasons
from progress import services
from progress.models import Alert
from progress.switches import alerts_are_on, readiness_is_on

# About two screens: whoever needs somebody comes first, and each row costs as much as a hundred that are only counted.
ROWS = 15
# All of it or nothing: a row tells of each of these.
PERMISSIONS = tuple(
    f"{app}.view_{model}"
    for app, model in (
        ("accounts", "patient"),
        ("exercises", "prescription"),
        ("progress", "exercisesession"),
        ("progress", "painrating"),
        ("progress", "redflagreport"),
        ("progress", "alert"),
        ("progress", "stagerequest"),
        ("progress", "message"),
    )
)


def may_see_worklist(user: User) -> bool:
    """Tell whether somebody may see all that the worklist tells of patients."""
    return user.has_perms(PERMISSIONS)


@dataclass(frozen=True)
class Choice:
    """What is asked of the worklist: whose patients, with which need, with what in their name, and which page."""

    everybody: bool = False
    need: Need | None = None
    name: str = ""
    page: str = ""

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "Choice":
        """Return what an address asks for; what is not known asks for nothing."""
        need = told.get("need", "")
        return cls(
            everybody=told.get("who") == "all",
            need=Need(need) if need in set(Need) else None,
            name=told.get("q", "").strip().replace("\x00", "")[:150],
            page=told.get("page", ""),
        )

    @property
    def address(self) -> str:
        """Return the address that asks for this."""
        parts = {"who": "all" if self.everybody else "", "need": self.need or "", "q": self.name, "page": self.page}
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{reverse('admin:index')}{'?' if query else ''}{query}"

    def wants(self, case: Case) -> bool:
        """Tell whether a patient is among those with the need."""
        return self.need is None or self.need in case.needs


def worklist(request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
    """Show the patients, those who need somebody first on top. Each one that is shown goes to the access log."""
    user, now, choice = cast(User, request.user), timezone.now(), Choice.of(request.GET)
    everybody = Patient.objects.followed()
    patients = everybody if choice.everybody else everybody.led_by(user)
    if choice.name:
        patients = patients.filter(name__icontains=choice.name)
    cases = load_cases(patients, user, now)
    page = Paginator(in_order(filter(choice.wants, cases)), ROWS).get_page(choice.page)
    rows = load_rows(list(page.object_list), now)
    response = TemplateResponse(
        request,
        "desk/worklist.html",
        {
            **context,
            "choice": choice,
            "page": page,
            "rows": [(row, reasons(row, now), line_words(row), criteria_words(row)) for row in rows],
            "total": len(cases),
            "asked_about_data": _asked_about_data(user),
            "waiting": sum(1 for case in cases if case.needs),
            **_links(choice, cases),
            "earlier": replace(choice, page=str(page.number - 1)).address,
            "later": replace(choice, page=str(page.number + 1)).address,
        },
    )
    response.render()
    log_reads(user, [row.patient.pk for row in rows], "worklist")
    return response


def _asked_about_data(user: User) -> dict[str, Any] | None:
    """Return how many requests about data nobody has answered, and since when; None for who may not answer them.

    Of all patients of the clinic: who has taken back their consent stands in no list, and may ask all the same.
    """
    if not user.has_perm("accounts.change_datarequest"):
        return None
    return DataRequest.objects.open().aggregate(count=Count("pk"), since=Min("asked_at"))


def _links(choice: Choice, cases: list[Case]) -> dict[str, object]:
    """Return the addresses of the other choices, each need with how many have it. What is off has no place here."""
    first = replace(choice, page="")
    counts = count_needs(cases)
    off = set() if alerts_are_on() else {Need.PAIN, Need.UNSETTLED}
    off |= set() if readiness_is_on() else {Need.STUCK}
    return {
        "mine": replace(first, everybody=False).address,
        "everybody": replace(first, everybody=True).address,
        "all_needs": replace(first, need=None).address,
        "needs": [
            (need, LABELS[need], counts[need], replace(first, need=need).address) for need in Need if need not in off
        ],
    }


@require_POST
def seen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down that the alerts that a row has shown were seen, and go back to the worklist as it was."""
    user = cast(User, request.user)
    if not (may_see_worklist(user) and user.has_perm("progress.change_alert") and alerts_are_on()):
        raise PermissionDenied
    asked = {text for text in request.POST.getlist("alert") if text.isdecimal() and len(text) < 19}
    alerts = Alert.objects.filter(patient=pk, pk__in=asked)
    if not asked or len(alerts) != len(request.POST.getlist("alert")):
        raise Http404
    now = timezone.now()
    for alert in alerts:
        services.see_alert(alert=alert, by=user, now=now)
    return redirect(Choice.of(request.POST).address)
