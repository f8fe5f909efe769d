"""Why a patient stands where they do on the worklist: in words, with the numbers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kneecoach.desk.cases import need_of
from kneecoach.desk.rules import Need
from kneecoach.desk.worklist import Row
from progress.models import Alert, AlertEvidence, RedFlagReport

QUOTED = 90
LABELS = {
    Need.URGENT: gettext_lazy("Look first"),
    Need.PAIN: gettext_lazy("Over the limit"),
    Need.UNSETTLED: gettext_lazy("Not settled"),
    Need.ASKS: gettext_lazy("Asks for a stage"),
    Need.QUIET: gettext_lazy("Quiet for 48 h"),
    Need.UNREAD: gettext_lazy("Unread note"),
    Need.STUCK: gettext_lazy("Stuck on a stage"),
}


@dataclass(frozen=True)
class Reason:
    """One reason to look: how soon, what it is about, in words; and where something is done about it."""

    need: Need
    tag: str
    text: str
    href: str = ""
    action: str = ""

    @property
    def level(self) -> str:
        """Return the level of its tag."""
        return {Need.URGENT: "high", Need.QUIET: "", Need.STUCK: ""}.get(self.need, "review")


def reasons(row: Row, now: datetime) -> list[Reason]:
    """Return every reason to look at a patient, the most pressing first."""
    from_alerts = [_alert(alert) for alert in row.alerts]
    found = [*(_sign(report) for report in row.signs), *from_alerts, *_asks(row), *_quiet(row, now), *_unread(row)]
    order = list(Need)
    return sorted([*found, *_stuck(row)], key=lambda reason: order.index(reason.need))


def _sign(report: RedFlagReport) -> Reason:
    signs = "; ".join(str(sign.get_code_display()) for sign in report.signs.all())
    text = _("Answered yes on %(at)s") % {"at": _moment(report.answered_at)}
    return Reason(
        Need.URGENT,
        _("warning sign"),
        f"{text}: {signs}" if signs else text,
        reverse("admin:progress_redflagreport_change", args=[report.pk]),
        _("Look at it"),
    )


def _alert(alert: Alert) -> Reason:
    return Reason(
        need_of(alert.kind, alert.level),
        str(Alert.Level(alert.level).label),
        _evidence(alert),
        reverse("admin:progress_alert_change", args=[alert.pk]),
        _("Look at it"),
    )


def _evidence(alert: Alert) -> str:
    """Return what an alert is about, with its newest number and who has seen it."""
    # By the labels themselves: Django's own way looks through the words of all choices each time.
    parts = [str(Alert.Kind(alert.kind).label).capitalize()]
    newest = next((row for row in reversed(alert.evidence.all()) if row.value is not None), None)
    if newest:
        told = {
            "what": AlertEvidence.What(newest.what).label,
            "value": _number(newest.value),
            "day": _day(newest.local_date),
        }
        parts.append(_("%(what)s %(value)s on %(day)s") % told)
        if newest.limit is not None:
            parts.append(_("limit %(limit)s") % {"limit": _number(newest.limit)})
    text = f"{parts[0]}: {', '.join(parts[1:])}" if parts[1:] else parts[0]
    return f"{text} · {_('seen by %(who)s') % {'who': alert.seen_by}}" if alert.seen_at else text


def _asks(row: Row) -> list[Reason]:
    if row.request is None:
        return []
    text = _("%(stage)s, since %(at)s") % {"stage": row.request.stage, "at": _moment(row.request.requested_at)}
    href = reverse("admin:progress_stagerequest_change", args=[row.request.pk])
    return [Reason(Need.ASKS, _("asks for a stage"), f"{text}{_quote(row.request.message)}", href, _("Answer"))]


def _quiet(row: Row, now: datetime) -> list[Reason]:
    if row.case.quiet is None:
        return []
    days = row.case.quiet // timedelta(days=1)
    text = ngettext("No session for %(days)s day", "No session for %(days)s days", days) % {"days": days}
    if row.case.heard_at:
        told = _("the last was on %(at)s") % {"at": _moment(row.case.heard_at)}
    else:
        told = _("prescribed on %(at)s, none begun yet") % {"at": _moment(now - row.case.quiet)}
    return [Reason(Need.QUIET, _("quiet"), f"{text}; {told}")]


def _unread(row: Row) -> list[Reason]:
    if not row.case.unread or row.note is None:
        return []
    unread = row.case.unread
    text = ngettext("%(unread)s unread note", "%(unread)s unread notes", unread) % {"unread": unread}
    href = reverse("admin:accounts_patient_messages", args=[row.patient.pk])
    return [Reason(Need.UNREAD, _("note"), f"{text}{_quote(row.note.body)}", href, _("Read and answer"))]


def _stuck(row: Row) -> list[Reason]:
    if Need.STUCK not in row.case.needs or not row.stages:
        return []
    days = row.case.days_on_stage
    text = ngettext("%(days)s day on %(stage)s", "%(days)s days on %(stage)s", days or 0)
    text %= {"days": days, "stage": row.stages[0][0].stage}
    return [Reason(Need.STUCK, _("stuck"), f"{text}; {criteria_words(row) or _('the criteria are not counted yet')}")]


def criteria_words(row: Row) -> str:
    """Return how many criteria somebody met when they were counted last."""
    counted = row.case.criteria
    if counted is None:
        return ""
    told = {"met": counted.met, "total": counted.total, "day": _day(counted.day)}
    if counted.is_ready:
        return _("all %(total)s criteria met on %(day)s") % told
    text = ngettext("%(met)s of %(total)s criterion met", "%(met)s of %(total)s criteria met", counted.total) % told
    return _("%(count)s on %(day)s") % {"count": text, "day": told["day"]}


def line_words(row: Row) -> str:
    """Return the small line of pain in words."""
    if not row.worst:
        return _("No number in the last 14 days.")
    days = sorted(row.worst)
    return _(
        "Worst pain of each day in the last 14 days: %(first)s on %(from)s, %(last)s on %(to)s, at most %(most)s."
    ) % {
        "first": row.worst[days[0]],
        "from": _day(days[0]),
        "last": row.worst[days[-1]],
        "to": _day(days[-1]),
        "most": max(row.worst.values()),
    }


def _quote(text: str) -> str:
    return f": “{Truncator(text).chars(QUOTED)}”" if text else ""


def _number(value: object) -> str:
    return floatformat(value, -1)


def _day(day: date) -> str:
    return date_format(day, "j M")


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M, H:i")
