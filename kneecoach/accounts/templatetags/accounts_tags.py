"""How people and places are shown. Display only: no queries here."""

from datetime import datetime, timedelta

from django import template
from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def place(zone: str) -> str:
    """Return the place in the name of an IANA zone: "New York" for America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def reply_time(hours: int) -> str:
    """Return within how long messages are answered: whole days from two days on, hours below."""
    if hours >= 48 and hours % 24 == 0:
        days = hours // 24
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


@register.filter
def dialled(number: str) -> str:
    """Return a number as a link calls it: digits, and the + of an international one."""
    return "".join(sign for sign in str(number) if sign.isdigit() or sign == "+")


@register.filter
def day_in_words(moment: datetime) -> str:
    """Return a day in words while it is near: today, yesterday, or its date. No hour: nobody is watched."""
    day, today = timezone.localdate(moment), timezone.localdate()
    if day == today:
        return _("today")
    if day == today - timedelta(days=1):
        return _("yesterday")
    return _("on %(day)s") % {"day": date_filter(day, "j F Y")}
