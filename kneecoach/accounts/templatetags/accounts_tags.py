"""How people and places are shown. Display only: no queries here."""

from django import template
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
