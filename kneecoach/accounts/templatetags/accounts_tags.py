"""How people and places are shown. Display only: no queries here."""

from django import template

register = template.Library()


@register.filter
def place(zone: str) -> str:
    """Return the place in the name of an IANA zone: "New York" for America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")
