"""Parts of a page that are the same for everybody, put together once."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.template.loader import render_to_string
from django.template.loader_tags import BlockNode
from django.utils.translation import get_language

register = template.Library()

MOST_KEPT = 200
OF_FEW_KINDS = (str, int, bool, type(None))
NOT_THE_SAME = (BlockNode, CsrfTokenNode)


@register.simple_tag
@lru_cache(maxsize=MOST_KEPT)
def icon(name: str) -> str:
    """Return a drawing of templates/_icon.html, drawn once: they stand on every page."""
    return render_to_string("_icon.html", {"name": name})


@register.tag
def for_everybody(parser: Parser, token: Token) -> "ForEverybodyNode":
    """Render what stands up to `endfor_everybody` once for each language, and for each value of the variables named.

        {% for_everybody name %}<svg>{% if name == "sun" %}…{% endif %}</svg>{% endfor_everybody %}

    Nothing else of the page gets in: not the request, nor anything of whoever looks at it. Name only variables that
    have few values, none of them somebody's own. A day inside would not change with the zone of who looks at it.
    """
    _tag, *names = token.split_contents()
    nodelist = parser.parse(("endfor_everybody",))
    parser.delete_first_token()
    if any(nodelist.get_nodes_by_type(kind) for kind in NOT_THE_SAME):
        raise template.TemplateSyntaxError("A block or a token of a form is not the same for everybody.")
    return ForEverybodyNode(names, nodelist)


class ForEverybodyNode(template.Node):
    """Keeps what it has rendered for as long as its template is kept."""

    def __init__(self, names: Sequence[str], nodelist: NodeList) -> None:
        self.names, self.nodelist = names, nodelist
        self.kept: dict[tuple[object, ...], str] = {}

    def render(self, context: template.Context) -> str:
        """Return the part, from memory where it was rendered before."""
        given = {name: context[name] for name in self.names if name in context}
        # 1, True and "1" look the same to a dictionary or to a reader, and not to a template; safe text is no plain text.
        key = (get_language(), *((name, type(value), value) for name, value in given.items()))
        if not all(isinstance(value, OF_FEW_KINDS) for value in given.values()):
            return self._rendered(given, context)
        if key not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                return self._rendered(given, context)
            self.kept[key] = self._rendered(given, context)
        return self.kept[key]

    def _rendered(self, given: dict[str, Any], context: template.Context) -> str:
        alone = template.Context(given)
        alone.template = context.template
        with alone.render_context.push_state(context.render_context.template):  # type: ignore[arg-type]
            return self.nodelist.render(alone)
