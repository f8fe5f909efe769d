"""How the programme is read. Display only: no queries here."""

from django import template

from exercises.models import ProgrammeText

register = template.Library()


@register.filter
def get_text(texts: dict[str, ProgrammeText], topic: str) -> ProgrammeText | None:
    """Return the text on a topic whose name a template cannot spell as an attribute."""
    return texts.get(topic)


@register.filter
def paragraphs(body: str) -> list[str]:
    """Return the paragraphs of a text: an empty line stands between them."""
    return [" ".join(part.split()) for part in body.split("\n\n") if part.strip()]
