"""How the programme is read. Display only: no queries here."""

from django import template
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exercises.models import ProgrammeText, Stage

register = template.Library()


@register.filter
def get_text(texts: dict[str, ProgrammeText], topic: str) -> ProgrammeText | None:
    """Return the text on a topic whose name a template cannot spell as an attribute."""
    return texts.get(topic)


@register.filter
def paragraphs(body: str) -> list[str]:
    """Return the paragraphs of a text: an empty line stands between them."""
    return [" ".join(part.split()) for part in body.split("\n\n") if part.strip()]


@register.filter
def what_comes_first(stage: Stage) -> str:
    """Say which stages a stage requires, by their numbers; nothing where it requires none. They have to be loaded."""
    numbers = sorted(row.number for row in stage.requires.all())
    if not numbers:
        return ""
    text = ngettext(
        "Get the knack of stage %(numbers)s first.", "Get the knack of stages %(numbers)s first.", len(numbers)
    )
    return text % {"numbers": get_text_list([str(number) for number in numbers], _("and"))}
